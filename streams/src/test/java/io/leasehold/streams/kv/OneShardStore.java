package io.leasehold.streams.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvCapacity;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvListing;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * The rules of one shard without actors and journal, at one moment that does not pass. Like the
 * real store it answers reads from what is committed. Commits can be held back. Safe for any
 * thread.
 */
public final class OneShardStore implements KvStore {
  public static final long NOW_MILLIS = 1_768_469_400_123L;
  private static final long SHARD_BYTES = 8 << 20;

  private final KvTime now = new KvTime(NOW_MILLIS, NOW_MILLIS);
  private final KvGroup.Rules rules =
      new KvGroup.Rules(SHARD_BYTES, new KvMarks.Rules(16, false, lock -> 0));
  private final KvCapacity capacity = new KvCapacity(1 << 30);
  private final KvImage image = new KvImage(new KvImage.HistoryBounds(0, 0));
  private final List<Runnable> waiting = new ArrayList<>();
  private final List<Caller> callers = new ArrayList<>();
  private boolean holding;
  private KvResult failure = new KvResult.Absent();
  private boolean broken;

  /** Writes are not committed until {@link #commit}. */
  public synchronized void hold() {
    holding = true;
  }

  /** How many writes wait for {@link #commit}. */
  public synchronized int held() {
    return waiting.size();
  }

  /** Commits what waits now, and whatever comes. */
  public synchronized void commit() {
    holding = false;
    var all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(Runnable::run);
  }

  /** From now on every operation comes to this. */
  public synchronized void failWith(KvResult result) {
    failure = result;
    broken = true;
  }

  public synchronized void heal() {
    broken = false;
  }

  /** Who asked, in their order. */
  public synchronized List<Caller> callers() {
    return List.copyOf(callers);
  }

  @Override
  public synchronized CompletionStage<KvResult> run(KvOperation operation, Caller caller) {
    callers.add(caller);
    if (broken) {
      return CompletableFuture.completedFuture(failure);
    }
    var result = new CompletableFuture<KvResult>();
    Runnable step = () -> result.complete(apply(operation));
    if (holding && !operation.isRead()) {
      waiting.add(step);
    } else {
      step.run();
    }
    return result;
  }

  private KvResult apply(KvOperation operation) {
    var group = new KvGroup(image, now, rules, capacity);
    KvResult result = group.run(operation, KvMarks.Proof.NOT_ASKED);
    group.changes().forEach(image::apply);
    return result;
  }

  @Override
  public synchronized CompletionStage<Listed> list(ListQuery query, Caller caller) {
    callers.add(caller);
    if (broken && failure instanceof KvResult.Unavailable unavailable) {
      return CompletableFuture.completedFuture(
          new Listed(List.of(), List.of(), false, null, unavailable));
    }
    var page =
        KvListing.page(
            image,
            new KvListing.Query(
                query.prefix(), query.behind(), query.limit(), query.maxBytes(), query.keysOnly()),
            NOW_MILLIS);
    var ttls = page.entries().stream().map(entry -> entry.ttlMillis(NOW_MILLIS)).toList();
    return CompletableFuture.completedFuture(
        new Listed(
            page.entries(), ttls, page.more(), query.wantsPosition() ? "3f2a.AAE" : null, null));
  }

  @Override
  public CompletionStage<List<KvResult>> runAll(List<KvOperation> operations, Caller caller) {
    throw new UnsupportedOperationException("no batches here");
  }

  @Override
  public Watch watch(WatchQuery query) {
    throw new UnsupportedOperationException("no watches here");
  }

  @Override
  public Source<ByteString, NotUsed> backup(Bytes prefix) {
    throw new UnsupportedOperationException("no backups here");
  }

  @Override
  public CompletionStage<Restored> restore(Path file, RestoreMode mode, Caller caller) {
    throw new UnsupportedOperationException("no backups here");
  }

  @Override
  public CompletionStage<Optional<List<Mark>>> fenceMarks(String lock) {
    throw new UnsupportedOperationException("no marks here");
  }

  @Override
  public CompletionStage<Optional<Integer>> forgetFence(String lock) {
    throw new UnsupportedOperationException("no marks here");
  }

  @Override
  public CompletionStage<Stats> stats() {
    throw new UnsupportedOperationException("no figures here");
  }

  @Override
  public int shards() {
    return 1;
  }
}
