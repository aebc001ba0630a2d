package io.leasehold.actors.lock;

import io.leasehold.actors.cluster.NodeEvents;
import io.leasehold.actors.cluster.PartitionBoard;
import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.actors.journal.JournalBoard;
import io.leasehold.actors.journal.JournalCleaner;
import io.leasehold.actors.journal.JournalMetrics;
import io.leasehold.actors.journal.SnapshotPolicy;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.PartitionView;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;
import org.jspecify.annotations.Nullable;

/** The lock service of one node: the way to every lock of the cluster. Safe for any thread. */
public final class LockService {
  /** Name of the entity type, as health checks and Pekko Management show it. */
  public static final String ENTITY_TYPE = "lock";

  /**
   * How the service is set up.
   *
   * @param partitions fixed for the life of the data
   * @param maxWaiters per key, 0 = unlimited
   * @param linger how long the actor of a free key stays in memory
   * @param sweepEvery the safety sweep
   */
  public record Setup(int partitions, int maxWaiters, Duration linger, Duration sweepEvery) {}

  /**
   * What a durable service needs besides.
   *
   * @param snapshotChanges a snapshot of a partition after at least so many changes
   */
  public record Durable(JournalMetrics metrics, JournalCleaner cleaner, long snapshotChanges) {}

  private final LockNode node;
  private final JournalBoard board;
  private final PartitionBoard placement;
  private final Upkeep upkeep = new Upkeep();
  private final CompletableFuture<Done> ready = new CompletableFuture<>();
  private final ActorRef<LockMessage> region;
  private final ActorRef<LockKeeper.Message> keeper;

  private LockService(
      ActorSystem<?> system,
      Setup setup,
      Clock clock,
      LockCapacity capacity,
      LockMetrics metrics,
      @Nullable Durable durable,
      @Nullable TokenSource tokens) {
    var partitions = new Partitions(setup.partitions());
    var way = new RegionRef<LockMessage>();
    this.node =
        new LockNode(
            clock,
            partitions,
            capacity,
            new LockDirectory(),
            metrics,
            setup.maxWaiters(),
            setup.linger().toNanos(),
            tokens,
            way,
            self(system));
    this.placement = new PartitionBoard(clock, setup.partitions());
    this.board =
        durable == null
            ? JournalBoard.withoutJournals()
            : new JournalBoard(
                durable.metrics(),
                durable.cleaner(),
                SnapshotPolicy.after(durable.snapshotChanges()));
    var type = EntityTypeKey.create(LockMessage.class, ENTITY_TYPE);
    this.region =
        ClusterSharding.get(system)
            .init(
                Entity.of(type, context -> entity(context.getEntityId(), context.getShard()))
                    .withStopMessage(StopEntity.INSTANCE)
                    .withMessageExtractor(partitions));
    way.set(region);
    this.keeper =
        system.systemActorOf(
            LockKeeper.create(node, upkeep, placement, setup.sweepEvery(), ready),
            "lock-keeper",
            Props.empty());
    var events =
        new NodeEvents.Messages<LockKeeper.Message>(
            LockKeeper.Joined.INSTANCE, LockKeeper.NodeLeft::new, LockKeeper.Undelivered::new);
    system.systemActorOf(NodeEvents.create(keeper, events), "lock-node-events", Props.empty());
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeClusterShutdown(),
            "lock-quiet",
            () -> {
              way.close();
              return CompletableFuture.completedFuture(Done.getInstance());
            });
  }

  /** Starts a service that keeps its locks in the journal. */
  public static LockService durable(
      ActorSystem<?> system,
      Setup setup,
      Clock clock,
      LockCapacity capacity,
      LockMetrics metrics,
      Durable durable) {
    return new LockService(system, setup, clock, capacity, metrics, durable, null);
  }

  /** Starts a service that keeps its locks in memory: they end with the process. */
  public static LockService inMemory(
      ActorSystem<?> system,
      Setup setup,
      Clock clock,
      LockCapacity capacity,
      LockMetrics metrics,
      TokenSource tokens) {
    return new LockService(system, setup, clock, capacity, metrics, null, tokens);
  }

  private Behavior<LockMessage> entity(String id, ActorRef<ClusterSharding.ShardCommand> shard) {
    if (!Partitions.isPartition(id)) {
      return LockActor.create(id, shard, node);
    }
    int partition = Partitions.partitionOf(id);
    return node.tokens() == null
        ? LockPartition.create(node, board, partition)
        : MemoryPartition.create(node, partition);
  }

  /** Takes requests for any key. */
  public ActorRef<LockMessage> region() {
    return region;
  }

  /** The partition of a key, 0 or more. */
  public int partitionOf(String key) {
    return node.partitions().of(key);
  }

  public LockCapacity capacity() {
    return node.capacity();
  }

  public Clock clock() {
    return node.clock();
  }

  public boolean isDurable() {
    return node.tokens() == null;
  }

  /** Completed when all live leases are back and their timers run. */
  public CompletionStage<Done> ready() {
    return ready;
  }

  /**
   * One page of the keys in use, ascending by their UTF-8 bytes.
   *
   * @param ofCluster or of this node only
   * @param after the page starts behind this key, empty = at the first
   * @return fails with a TimeoutException after some two seconds
   */
  public CompletionStage<LockMonitor.Page> list(
      boolean ofCluster,
      String prefix,
      String after,
      LockMonitor.KeyState state,
      int limit,
      int maxHolders,
      int maxWaiters) {
    var result = new CompletableFuture<LockMonitor.Page>();
    var query = new LockLister.Query(prefix, after, state, limit, maxHolders, maxWaiters);
    keeper.tell(new LockKeeper.List(query, ofCluster, result));
    return result;
  }

  /** What was last heard of every partition of the cluster, by number. */
  public List<PartitionView> partitions() {
    return placement.views();
  }

  /**
   * Tells the lock actors of this node where its lock protocol is spoken, so that their answers to
   * connections of other nodes can say it.
   *
   * @param hostAndPort null = nowhere
   */
  public void announce(@Nullable String hostAndPort) {
    node.self().lockAddress(hostAndPort);
  }

  /** What was announced last. */
  public @Nullable String lockAddress() {
    return node.self().lockAddress();
  }

  private static LockNode.Self self(ActorSystem<?> system) {
    var address = Cluster.get(system).selfMember().address();
    return new LockNode.Self(address.getHost().get() + ":" + address.getPort().get());
  }

  /** The journals on this node; empty without any. */
  public List<JournalView> journals() {
    return board.views();
  }

  public LockMonitor.Upkeep upkeep() {
    return upkeep.figures();
  }
}
