package io.leasehold.actors.kv;

import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** The whole store as one node offers it. Safe for any thread; nothing blocks. */
public final class NodeKvStore implements KvStore {
  private final KvClient client;
  private final KvWatches watches;
  private final KvBackup backup;
  private final KvRestore restore;

  private final Consumer<Bytes> keySeen;

  private NodeKvStore(
      KvClient client,
      KvWatches watches,
      KvBackup backup,
      KvRestore restore,
      Consumer<Bytes> keySeen) {
    this.client = client;
    this.keySeen = keySeen;
    this.watches = watches;
    this.backup = backup;
    this.restore = restore;
  }

  /**
   * Starts what watches, backups and restores need on this node. Once for each service.
   *
   * @param watch what watchers may cost
   * @param requestTimeout every request is answered within it
   * @param dataId which data this is: the same on every node and after every restart
   * @param random numbers that nobody can guess or has had
   * @param keySeen is told of every key that is asked for at any door of this node; must cost
   *     nothing to speak of
   */
  public static NodeKvStore start(
      ActorSystem<?> system,
      KvService service,
      KvSettings.WatchSettings watch,
      Duration requestTimeout,
      String dataId,
      KvWatchMetrics metrics,
      LongSupplier random,
      Consumer<Bytes> keySeen) {
    KvNode node = service.node();
    // an actor, so that it can be asked; what is sent when the node leaves ends in it
    ActorRef<KvMessage> way =
        system.systemActorOf(
            Behaviors.receiveMessage(
                message -> {
                  node.router().tell(message);
                  return Behaviors.same();
                }),
            "kv-way",
            Props.empty());
    return new NodeKvStore(
        service.client(),
        new KvWatches(
            system, node.shards(), watch, dataId, node.clock(), metrics, node.router()::tell),
        new KvBackup(system, way, node.shards(), requestTimeout, node.clock(), random),
        new KvRestore(system, way, node.shards(), requestTimeout, random),
        keySeen);
  }

  @Override
  public CompletionStage<KvResult> run(KvOperation operation, Caller caller) {
    seen(operation);
    return client.run(operation, caller);
  }

  @Override
  public CompletionStage<List<KvResult>> runAll(List<KvOperation> operations, Caller caller) {
    operations.forEach(this::seen);
    return client.runAll(operations, caller);
  }

  private void seen(KvOperation operation) {
    if (operation instanceof KvOperation.Transaction transaction) {
      transaction.steps().forEach(step -> keySeen.accept(step.operation().key()));
    } else {
      keySeen.accept(operation.key());
    }
  }

  @Override
  public CompletionStage<Listed> list(ListQuery query, Caller caller) {
    return client.list(query, caller, this::position);
  }

  private String position(Bytes prefix, SortedMap<Integer, PositionMaker.Point> points) {
    var all = List.copyOf(points.values());
    return watches.position(
        prefix,
        all.stream().mapToLong(PositionMaker.Point::epoch).toArray(),
        all.stream().mapToLong(PositionMaker.Point::revision).toArray());
  }

  @Override
  public Watch watch(WatchQuery query) {
    return watches.watch(query);
  }

  /** Watchers of this node, with those that are about to begin. */
  public int watchers() {
    return watches.count();
  }

  @Override
  public Source<ByteString, NotUsed> backup(Bytes prefix) {
    return backup.backup(prefix);
  }

  @Override
  public CompletionStage<Restored> restore(Path file, RestoreMode mode, Caller caller) {
    return restore.restore(file, mode, caller);
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
}
