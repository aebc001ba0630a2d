package io.leasehold.actors.kv;

import io.leasehold.actors.kv.KvStore.RestoreMode;
import io.leasehold.actors.kv.KvStore.Restored;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.dispatch.Dispatchers;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores backups, one at a time: the file is looked at as a whole first, then read again and sent
 * to the shards in batches. Files are read on the dispatcher for what blocks. Safe for any thread.
 */
final class KvRestore {
  private static final Logger LOG = LoggerFactory.getLogger(KvRestore.class);

  /** Batches on their way at a time, of a MiB each. */
  private static final int PARALLEL = 4;

  private final ActorSystem<?> system;
  private final ActorRef<KvMessage> region;
  private final int shards;
  private final Duration patience;
  private final LongSupplier random;
  private final Executor files;
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * @param region the way to every shard
   * @param patience with a shard, for each batch
   * @param random names of epochs
   */
  KvRestore(
      ActorSystem<?> system,
      ActorRef<KvMessage> region,
      int shards,
      Duration patience,
      LongSupplier random) {
    this.system = system;
    this.region = region;
    this.shards = shards;
    this.patience = patience;
    this.random = random;
    this.files = system.dispatchers().lookup(DispatcherSelector.blocking());
  }

  /** As {@link KvStore#restore}. */
  CompletionStage<Restored> restore(Path file, RestoreMode mode, KvStore.Caller caller) {
    if (!busy.compareAndSet(false, true)) {
      return CompletableFuture.completedFuture(
          unavailable("a restore is under way on this node, and there is one at a time"));
    }
    return CompletableFuture.supplyAsync(() -> check(file), files)
        .thenCompose(checked -> checked(checked, file, mode, caller))
        .exceptionally(failure -> unavailable("the file cannot be read: " + rootMessage(failure)))
        .whenComplete((restored, failure) -> busy.set(false));
  }

  private static BackupReader.Checked check(Path file) {
    try {
      return BackupReader.check(file);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private static Restored unavailable(String why) {
    return new Restored(0, 0, 0, 0, null, why);
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.toString();
  }

  private CompletionStage<Restored> checked(
      BackupReader.Checked checked, Path file, RestoreMode mode, KvStore.Caller caller) {
    if (checked.bad() != null) {
      return CompletableFuture.completedFuture(new Restored(0, 0, 0, 0, checked.bad(), null));
    }
    LOG.info(
        "restore of {} entries begins, mode {}, asked for by {}",
        checked.entries(),
        mode,
        caller.correlationId());
    var begun = new Restored(0, 0, 0, checked.entries(), null, null);
    CompletionStage<Restored> cleared =
        mode == RestoreMode.REPLACE ? clear(begun) : CompletableFuture.completedFuture(begun);
    return cleared
        .thenCompose(
            empty ->
                empty.unavailable() != null
                    ? CompletableFuture.completedFuture(empty)
                    : fill(empty, file, mode != RestoreMode.SKIP))
        .whenComplete((restored, failure) -> LOG.info("restore ended: {}", restored));
  }

  private CompletionStage<Restored> clear(Restored begun) {
    long epoch = Math.max(1, random.getAsLong() >>> 1); // positive: shorter where it is written
    return Source.range(0, shards - 1)
        .mapAsync(PARALLEL, shard -> clear(shard, epoch))
        .runFold(begun, KvRestore::with, system);
  }

  private CompletionStage<KvTransfer.Taken> clear(int shard, long epoch) {
    return ask(shard, replyTo -> new KvTransfer.Clear(shard, epoch, replyTo))
        .thenCompose(
            taken ->
                taken.again() ? clear(shard, epoch) : CompletableFuture.completedFuture(taken));
  }

  private CompletionStage<Restored> fill(Restored empty, Path file, boolean overwrite) {
    return Source.unfoldResource(
            () -> BackupBatches.open(file, shards), BackupBatches::next, BackupBatches::close)
        .addAttributes(ActorAttributes.dispatcher(Dispatchers.DefaultBlockingDispatcherId()))
        .mapAsync(
            PARALLEL,
            batch ->
                ask(
                    batch.shard(),
                    replyTo ->
                        new KvTransfer.Import(batch.shard(), batch.entries(), overwrite, replyTo)))
        .scan(empty, KvRestore::with)
        .takeWhile(restored -> restored.unavailable() == null, true)
        .runFold(empty, (before, restored) -> restored, system);
  }

  private static Restored with(Restored before, KvTransfer.Taken taken) {
    return new Restored(
        before.restored() + taken.restored(),
        before.skipped() + taken.skipped(),
        before.expired() + taken.expired(),
        before.total(),
        null,
        before.unavailable() != null ? before.unavailable() : taken.failure());
  }

  private CompletionStage<KvTransfer.Taken> ask(
      int shard, Function<ActorRef<KvTransfer.Taken>, KvMessage> message) {
    return AskPattern.<KvMessage, KvTransfer.Taken>ask(
            region, message::apply, patience, system.scheduler())
        .exceptionally(
            failure ->
                KvTransfer.Taken.failed(
                    failure instanceof TimeoutException
                        ? "shard "
                            + shard
                            + " has not answered in "
                            + patience.toMillis()
                            + " ms; whether it was done is not known"
                        : "shard " + shard + ": " + failure.getMessage()));
  }
}
