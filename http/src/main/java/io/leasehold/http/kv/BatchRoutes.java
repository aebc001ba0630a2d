package io.leasehold.http.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/** Many operations in one request, each for itself. Safe for any thread. */
final class BatchRoutes {
  private static final long MAX_ANSWER_BYTES = 16L << 20;

  /** Keys that are read at once: what is read beyond the bound of an answer is at most so many. */
  private static final int READ_AT_ONCE = 100;

  private final KvStore store;

  BatchRoutes(KvStore store) {
    this.store = store;
  }

  CompletionStage<HttpResponse> put(ApiCall call) {
    var items = BatchBody.objects(call.body().toArrayUnsafe(), "items");
    Fence fence = Fences.of(call, items.rest());
    var batch = new Batch();
    for (Fields item : items.entries()) {
      batch.add(item.shownKey(), () -> put(call, item, fence));
    }
    return run(call, batch);
  }

  private static KvOperation put(ApiCall call, Fields item, @Nullable Fence ofAll) {
    Bytes key = Keys.checked(call, item.key());
    var own = item.fence();
    if (ofAll != null && own != null) {
      throw new Refused(
          Problem.INVALID_FENCE, "the fence is given twice: for the batch and in the item");
    }
    return new KvOperation.Put(
        key,
        item.value(Field.VALUE),
        item.metadata(),
        item.ttl(true),
        precondition(item),
        ofAll != null ? ofAll : own);
  }

  private static Precondition precondition(Fields item) {
    boolean noneMatch = item.flag(Field.IF_NONE_MATCH, Problem.INVALID_PRECONDITION);
    List<Long> match = List.of();
    if (item.has(Field.IF_MATCH)) {
      long version = item.integer(Field.IF_MATCH, 0, Problem.INVALID_PRECONDITION);
      if (version < 1) {
        throw new Refused(
            Problem.INVALID_PRECONDITION, "if_match = " + version + ": must be a version");
      }
      match = List.of(version);
    }
    return new Precondition(match, noneMatch ? Precondition.ANY : List.of());
  }

  CompletionStage<HttpResponse> delete(ApiCall call) {
    var keys = BatchBody.texts(call.body().toArrayUnsafe(), "keys");
    Fence fence = Fences.of(call, keys.rest());
    var batch = new Batch();
    for (String key : keys.entries()) {
      batch.add(
          key, () -> new KvOperation.Delete(Keys.checked(call, key), Precondition.NONE, fence));
    }
    return run(call, batch);
  }

  private CompletionStage<HttpResponse> run(ApiCall call, Batch batch) {
    List<KvOperation> operations = batch.operations();
    CompletionStage<List<KvResult>> results =
        operations.isEmpty()
            ? CompletableFuture.completedFuture(List.of())
            : store.runAll(operations, Reads.writer(call));
    return results.thenApply(
        done -> {
          batch.done(done);
          return Answers.json(batch.status(), batch.written(), List.of());
        });
  }

  CompletionStage<HttpResponse> get(ApiCall call) {
    var keys = BatchBody.texts(call.body().toArrayUnsafe(), "keys");
    Fence fence = Fences.of(call, keys.rest());
    KvStore.Caller reader = Reads.reader(call, fence != null);
    var batch = new Batch();
    for (String key : keys.entries()) {
      batch.add(key, () -> new KvOperation.Get(Keys.checked(call, key), Precondition.NONE, fence));
    }
    return read(batch.operations(), reader, new ArrayList<>(), 0)
        .thenApply(
            done -> {
              batch.done(done);
              return Answers.json(
                  batch.status(),
                  batch.written(),
                  Reads.isStale(reader) ? List.of(Reads.STALE) : List.of());
            });
  }

  /** Reads in slices until the answer is as large as it may be; the rest stays unread. */
  private CompletionStage<List<KvResult>> read(
      List<KvOperation> gets, KvStore.Caller reader, List<KvResult> done, long bytes) {
    if (done.size() == gets.size() || bytes > MAX_ANSWER_BYTES) {
      return CompletableFuture.completedFuture(done);
    }
    int to = Math.min(done.size() + READ_AT_ONCE, gets.size());
    return store
        .runAll(gets.subList(done.size(), to), reader)
        .thenApply(results -> take(results, done, bytes))
        .thenCompose(after -> read(gets, reader, done, after));
  }

  private static long take(List<KvResult> results, List<KvResult> done, long before) {
    long bytes = before;
    for (KvResult result : results) {
      bytes += result instanceof KvResult.Found found ? found.entry().value().size() : 0;
      if (bytes > MAX_ANSWER_BYTES) {
        return bytes;
      }
      done.add(result);
    }
    return bytes;
  }
}
