package io.leasehold.http.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** Operations on one key. Safe for any thread. */
final class KeyRoutes {
  private static final int OK = 200;
  private static final int NOT_MODIFIED = 304;

  private final KvStore store;

  KeyRoutes(KvStore store) {
    this.store = store;
  }

  CompletionStage<HttpResponse> put(ApiCall call) {
    Bytes key = Keys.ofPath(call);
    KvOperation.Put put = call.isOctetStream() ? raw(call, key) : json(call, key);
    return store
        .run(put, Reads.writer(call))
        .thenApply(
            result ->
                result instanceof KvResult.Stored stored
                    ? Answers.json(
                        OK, ResultWriter.single(stored), List.of(EntryWriter.tag(stored.version())))
                    : failed(call, result, put));
  }

  private static KvOperation.Put raw(ApiCall call, Bytes key) {
    Fence fence = Fences.ofHeader(call);
    Precondition precondition = Preconditions.of(call);
    Ttl ttl = Ttls.ofQuery(call);
    Bytes value = Fields.withinLimit(Bytes.of(call.body().toArray()));
    return new KvOperation.Put(key, value, metadata(call), ttl, precondition, fence);
  }

  private static Map<String, String> metadata(ApiCall call) {
    List<String> sent = call.headers("X-KV-Metadata");
    if (sent.isEmpty()) {
      return Map.of();
    }
    String text = sent.get(0);
    if (sent.size() > 1 || !text.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
      throw new Refused(
          Problem.INVALID_METADATA, "X-KV-Metadata must come once, as JSON escaped to ASCII");
    }
    return Json.object(
        Bytes.utf8(text).array(), Problem.INVALID_METADATA, json -> Fields.metadata(json));
  }

  private static Fields body(ApiCall call) {
    return Json.object(call.body().toArrayUnsafe(), Problem.INVALID_JSON, Fields::read);
  }

  private static KvOperation.Put json(ApiCall call, Bytes key) {
    Fields body = body(call);
    return new KvOperation.Put(
        key,
        body.value(Field.VALUE),
        body.metadata(),
        body.ttl(true),
        Preconditions.of(call),
        Fences.of(call, body));
  }

  CompletionStage<HttpResponse> get(ApiCall call) {
    Bytes key = Keys.ofPath(call);
    Fence fence = Fences.ofHeader(call);
    var get = new KvOperation.Get(key, Preconditions.of(call), fence);
    KvStore.Caller reader = Reads.reader(call, fence != null);
    return store.run(get, reader).thenApply(result -> got(call, get, result, reader));
  }

  private static HttpResponse got(
      ApiCall call, KvOperation.Get get, KvResult result, KvStore.Caller reader) {
    HttpResponse response;
    if (result instanceof KvResult.Found found) {
      response = found(call, found);
    } else if (result instanceof KvResult.NotModified same) {
      response =
          HttpResponse.create()
              .withStatus(NOT_MODIFIED)
              .withEntity(HttpEntities.EMPTY)
              .addHeader(EntryWriter.tag(same.version()));
    } else {
      response = failed(call, result, get);
    }
    return Reads.isStale(reader) ? response.addHeader(Reads.STALE) : response;
  }

  private static HttpResponse found(ApiCall call, KvResult.Found found) {
    KvEntry entry = found.entry();
    boolean raw = Reads.prefersRaw(call);
    List<HttpHeader> headers =
        raw || call.method().equals("HEAD")
            ? EntryWriter.headers(entry, found.ttlMillis())
            : List.of(EntryWriter.tag(entry.version()));
    if (raw) {
      return HttpResponse.create()
          .withHeaders(headers)
          .withEntity(
              HttpEntities.create(
                  ContentTypes.APPLICATION_OCTET_STREAM,
                  ByteString.fromArrayUnsafe(entry.value().array())));
    }
    return Answers.json(OK, FoundBody.of(entry, found.ttlMillis()), headers);
  }

  CompletionStage<HttpResponse> delete(ApiCall call) {
    return run(
        call,
        new KvOperation.Delete(Keys.ofPath(call), Preconditions.of(call), Fences.ofHeader(call)));
  }

  CompletionStage<HttpResponse> touch(ApiCall call) {
    Bytes key = Keys.ofPath(call);
    Fields body = body(call);
    return run(
        call,
        new KvOperation.Touch(key, touchTtl(body), Preconditions.of(call), Fences.of(call, body)));
  }

  /** Exactly one of three. */
  static Ttl touchTtl(Fields body) {
    boolean persist = body.flag(Field.PERSIST, Problem.INVALID_TTL);
    boolean given = body.has(Field.TTL_MS) || body.has(Field.TTL_SECONDS);
    if (persist == given) {
      throw new Refused(
          Problem.INVALID_TTL, "exactly one of ttl_ms, ttl_seconds and persist = true is needed");
    }
    return persist ? Ttl.NONE : body.ttl(false);
  }

  CompletionStage<HttpResponse> increment(ApiCall call) {
    Bytes key = Keys.ofPath(call);
    Fields body = call.body().isEmpty() ? new Fields() : body(call);
    return run(call, increment(key, body, Preconditions.of(call), Fences.of(call, body)));
  }

  static KvOperation.Increment increment(
      Bytes key, Fields body, Precondition precondition, @Nullable Fence fence) {
    return new KvOperation.Increment(
        key,
        body.integer(Field.DELTA, 1, Problem.INVALID_REQUEST),
        body.integer(Field.INITIAL, 0, Problem.INVALID_REQUEST),
        body.ttl(false),
        precondition,
        fence);
  }

  CompletionStage<HttpResponse> compareAndSet(ApiCall call) {
    Bytes key = Keys.ofPath(call);
    Fields body = body(call);
    // null is an expectation: the key must be absent. No version is none
    if (body.isGiven(Field.EXPECTED) == body.has(Field.EXPECTED_VERSION)) {
      throw new Refused(
          Problem.INVALID_REQUEST, "exactly one of expected and expected_version is needed");
    }
    long version = body.integer(Field.EXPECTED_VERSION, 0, Problem.INVALID_REQUEST);
    if (version < 0) {
      throw new Refused(
          Problem.INVALID_REQUEST, "expected_version = " + version + ": must be 0 or more");
    }
    return run(
        call,
        new KvOperation.CompareAndSet(
            key,
            body.has(Field.EXPECTED) ? body.value(Field.EXPECTED) : null,
            version,
            body.value(Field.VALUE),
            body.metadata(),
            body.ttl(true),
            Preconditions.of(call),
            Fences.of(call, body)));
  }

  private CompletionStage<HttpResponse> run(ApiCall call, KvOperation operation) {
    return store
        .run(operation, Reads.writer(call))
        .thenApply(
            result ->
                result.isFailure()
                    ? failed(call, result, operation)
                    : Answers.json(OK, ResultWriter.single(result), tags(result)));
  }

  /** The version that the key has now. */
  private static List<HttpHeader> tags(KvResult result) {
    if (result instanceof KvResult.Stored stored) {
      return List.of(EntryWriter.tag(stored.version()));
    } else if (result instanceof KvResult.Counted counted) {
      return List.of(EntryWriter.tag(counted.version()));
    } else if (result instanceof KvResult.Touched touched) {
      return List.of(EntryWriter.tag(touched.version()));
    }
    return List.of();
  }

  private static HttpResponse failed(ApiCall call, KvResult result, KvOperation operation) {
    if (result instanceof KvResult.Absent) {
      return Failures.notFound(call);
    }
    Refused refused = Failures.of(result, operation);
    return call.error(refused.problem(), refused.text(), refused.members());
  }
}
