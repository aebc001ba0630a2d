package io.leasehold.actors.kv;

import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.time.Clock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** The store as one node offers it: operations, watches, backups. Safe for any thread. */
public final class NodeStore implements KvStore {
  private final KvClient client;
  private final KvWatches watches;
  private final KvBackup backups;
  private final KvRestore restores;

  /**
   * What it needs besides the shards.
   *
   * @param dataId which data this is, the same on every node and after every restart
   * @param patience with a shard, for each part of a backup or restore
   * @param random names of epochs and instants
   */
  record Setup(
      KvSettings.WatchSettings watch,
      String dataId,
      Duration patience,
      LongSupplier random,
      KvWatchMetrics metrics) {}

  NodeStore(ActorSystem<?> system, KvService service, Clock clock, Setup setup) {
    this.client = service.client();
    int shards = client.shards();
    var region = service.node().region();
    this.watches =
        new KvWatches(
            system, shards, setup.watch(), setup.dataId(), clock, setup.metrics(), region::tell);
    this.backups =
        new KvBackup(system, service.region(), shards, setup.patience(), clock, setup.random());
    this.restores =
        new KvRestore(system, service.region(), shards, setup.patience(), setup.random());
  }

  @Override
  public CompletionStage<KvResult> run(KvOperation operation, Caller caller) {
    return client.run(operation, caller);
  }

  @Override
  public CompletionStage<List<KvResult>> runAll(List<KvOperation> operations, Caller caller) {
    return client.runAll(operations, caller);
  }

  @Override
  public CompletionStage<Listed> list(ListQuery query, Caller caller) {
    return client.list(query, caller, query.wantsPosition() ? this::position : null);
  }

  private String position(Bytes prefix, SortedMap<Integer, PositionMaker.Point> points) {
    return watches.position(
        prefix,
        points.values().stream().mapToLong(PositionMaker.Point::epoch).toArray(),
        points.values().stream().mapToLong(PositionMaker.Point::revision).toArray());
  }

  @Override
  public Watch watch(WatchQuery query) {
    return watches.watch(query);
  }

  @Override
  public Source<ByteString, NotUsed> backup(Bytes prefix) {
    return backups.backup(prefix);
  }

  @Override
  public CompletionStage<Restored> restore(Path file, RestoreMode mode, Caller caller) {
    return restores.restore(file, mode, caller);
  }

  @Override
  public CompletionStage<Optional<List<Mark>>> fenceMarks(String lock) {
    return client.fenceMarks(lock);
  }

  @Override
  public CompletionStage<Optional<Integer>> forgetFence(String lock) {
    return client.forgetFence(lock);
  }

  @Override
  public CompletionStage<Stats> stats() {
    return client.stats(watches.count());
  }

  @Override
  public int shards() {
    return client.shards();
  }

  /** Watchers of this node, for a gauge. */
  public IntSupplier watchers() {
    return watches::count;
  }
}
