package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.actors.kv.KvStore.EventKind;
import io.leasehold.actors.kv.KvStore.WatchEvent;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** Changes as server-sent events. Safe for any thread. */
final class WatchRoute {
  private static final ContentType EVENTS = ContentTypes.parse("text/event-stream");
  private static final ByteString RETRY = ByteString.fromString("retry: 2000\n\n");
  private static final ByteString ALIVE = ByteString.fromString(": still here\n\n");
  private static final Duration ALIVE_EVERY = Duration.ofSeconds(15);

  private static final int PIECE_BYTES = 64 * 1_024;

  private final KvStore store;
  private final WatchBook book;
  private final Duration aliveEvery;

  WatchRoute(KvStore store, WatchBook book) {
    this(store, book, ALIVE_EVERY);
  }

  /**
   * @param aliveEvery how often a stream without events shows that it is alive
   */
  WatchRoute(KvStore store, WatchBook book, Duration aliveEvery) {
    this.store = store;
    this.book = book;
    this.aliveEvery = aliveEvery;
  }

  CompletionStage<HttpResponse> watch(ApiCall call) {
    var key = call.query("key");
    var prefix = call.query("prefix");
    if (key != null && prefix != null) {
      throw new Refused(Problem.INVALID_REQUEST, "only one of key and prefix may be given");
    }
    var resumed = call.header("Last-Event-ID");
    var query =
        new KvStore.WatchQuery(
            key == null ? null : Keys.checked(call, key),
            key == null ? Keys.prefix(call, prefix == null ? "" : prefix) : Bytes.EMPTY,
            kinds(call),
            "true".equals(call.query("include_values")),
            resumed != null ? resumed : call.query("position"));
    KvStore.Watch watch = store.watch(query);
    var refusal = watch.refusal();
    var events = watch.events();
    if (refusal == KvStore.WatchRefusal.TOO_MANY_WATCHERS) {
      throw Failures.watchLimit();
    }
    if (events == null) {
      throw new Refused(
          Problem.INVALID_POSITION, "the position is none of this store, or of another query");
    }
    Source<ByteString, ?> stream =
        Source.single(RETRY)
            .concat(events.mapConcat(together -> written(together, query.values())))
            .keepAlive(aliveEvery, () -> ALIVE);
    String keyId = call.keyId().equals("-") ? null : call.keyId();
    return CompletableFuture.completedFuture(
        HttpResponse.create()
            .withEntity(HttpEntities.create(EVENTS, shown(stream, call.client(), keyId))));
  }

  /** One that nobody reads never begins. */
  private Source<ByteString, ?> shown(
      Source<ByteString, ?> stream, String remote, @Nullable String keyId) {
    return Source.lazySource(
        () -> {
          var entry = book.begin(remote, keyId);
          return stream
              .map(
                  bytes -> {
                    entry.sent(bytes.size());
                    return bytes;
                  })
              .watchTermination(
                  (nothing, ended) -> {
                    ended.whenComplete((done, failure) -> entry.end());
                    return nothing;
                  });
        });
  }

  private static Set<EventKind> kinds(ApiCall call) {
    var asked = call.query("events");
    if (asked == null || asked.isEmpty()) {
      return EnumSet.allOf(EventKind.class);
    }
    var kinds = EnumSet.noneOf(EventKind.class);
    for (String name : asked.split(",", -1)) {
      switch (name.strip()) {
        case "put" -> kinds.add(EventKind.PUT);
        case "delete" -> kinds.add(EventKind.DELETE);
        case "expire" -> kinds.add(EventKind.EXPIRE);
        default ->
            throw new Refused(Problem.INVALID_REQUEST, "events must be of put, delete, expire");
      }
    }
    return kinds;
  }

  /** In few pieces, since each is written to the socket by itself, none of them large. */
  private static Iterable<ByteString> written(List<WatchEvent> together, boolean values) {
    var pieces = new ArrayList<ByteString>(1);
    var piece = ByteString.createBuilder();
    for (WatchEvent event : together) {
      piece.append(written(event, values));
      if (piece.length() >= PIECE_BYTES) {
        pieces.add(piece.result());
        piece.clear();
      }
    }
    if (!piece.isEmpty()) {
      pieces.add(piece.result());
    }
    return pieces;
  }

  private static ByteString written(WatchEvent event, boolean values) {
    byte[] data = Json.bytes(json -> data(json, event, values));
    String head = "event: " + name(event) + "\nid: " + event.position() + "\ndata: ";
    byte[] start = head.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[start.length + data.length + 2];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(data, 0, all, start.length, data.length);
    all[all.length - 2] = '\n';
    all[all.length - 1] = '\n';
    return ByteString.fromArrayUnsafe(all);
  }

  private static String name(WatchEvent event) {
    return event instanceof WatchEvent.Gone gone
        ? gone.expired() ? "expire" : "delete"
        : event.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  private static void data(JsonGenerator json, WatchEvent event, boolean values)
      throws IOException {
    json.writeStartObject();
    if (event instanceof WatchEvent.Ready ready) {
      json.writeNumberField("shards", ready.shards());
    } else if (event instanceof WatchEvent.Put put) {
      place(json, put.key(), put.shard(), put.revision());
      json.writeBooleanField("created", put.created());
      EntryWriter.expiry(json, put.expiresAtMillis());
      if (values && put.value() != null) {
        EntryWriter.value(json, put.value());
      }
    } else if (event instanceof WatchEvent.Gone gone) {
      place(json, gone.key(), gone.shard(), gone.revision());
    } else if (event instanceof WatchEvent.Gap gap) {
      json.writeNumberField("shard", gap.shard());
      json.writeNumberField("from", gap.from());
      json.writeNumberField("to", gap.to());
      json.writeStringField("reason", gap.reason());
    }
    json.writeEndObject();
  }

  private static void place(JsonGenerator json, Bytes key, int shard, long revision)
      throws IOException {
    EntryWriter.text(json, "key", key);
    json.writeNumberField("shard", shard);
    json.writeNumberField("revision", revision);
    json.writeNumberField("version", revision);
  }
}
