package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.NodeEvents;
import io.leasehold.actors.cluster.PartitionBoard;
import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.actors.journal.JournalBoard;
import io.leasehold.actors.journal.JournalNumbers;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.KeyVersions;
import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.kv.KvCapacity;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.PartitionView;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;
import org.jspecify.annotations.Nullable;

/**
 * The shards of the store, seen from one node: starts them, and says how they are. Safe for any
 * thread.
 */
public final class KvService implements KvMonitor {
  /** Name of the entity type, as health checks and Pekko Management show it. */
  public static final String ENTITY_TYPE = "KvShard";

  /** Nanoseconds that figures of a shard are waited for. */
  static final long FIGURES_NANOS = 2_000_000_000L;

  private static final Duration TICK = Duration.ofMillis(50);
  private static final long MIN_OPEN_BYTES = 32L << 20;

  /** What lives in every shard besides. */
  private static final List<ShardPart.Factory> PARTS =
      List.of(KvHistoryReaders::new, ShardFreezer::new, ShardRestorer::new);

  /**
   * How the store is set up.
   *
   * @param shards fixed for the life of the data
   * @param maxShardBytes accounted bytes of one shard
   * @param maxBytes accounted bytes of this node
   * @param maxMarks fencing tokens that a shard remembers
   * @param verifyIssued whether a token is believed only if it is that of a live lease
   * @param history what a shard keeps of the past
   * @param requestTimeout every request is answered within it
   * @param instances what holds for all embedded instances
   */
  public record Setup(
      int shards,
      long maxShardBytes,
      long maxBytes,
      int maxMarks,
      boolean verifyIssued,
      KvImage.HistoryBounds history,
      Duration requestTimeout,
      InstanceSetup instances) {}

  /**
   * What a durable store needs besides.
   *
   * @param lease null = no other node uses this database
   */
  public record Durable(JournalBoard board, @Nullable ReadLease lease) {}

  /**
   * How a shard proves that it has not been taken over.
   *
   * @param duration how long a proof holds for reads
   * @param numbers looks into the database
   */
  public record ReadLease(Duration duration, JournalNumbers numbers) {}

  private final KvNode node;
  private final Setup setup;
  private final boolean durable;
  private final KvCalls calls;
  private final NodeInstanceEvents events;
  private final PartitionBoard placement;
  private final CompletableFuture<Done> ready = new CompletableFuture<>();
  private final AtomicInteger probed = new AtomicInteger();

  KvService(
      ActorSystem<?> system,
      Setup setup,
      Clock clock,
      LockService locks,
      KvMetrics metrics,
      @Nullable Durable durable,
      List<ShardPart.Factory> parts) {
    var way = new RegionRef<KvMessage>();
    var router = new ShardRouter(way, setup.shards(), clock);
    var self = Cluster.get(system).selfMember().address();
    long maxOpenBytes = Math.max(MIN_OPEN_BYTES, Runtime.getRuntime().maxMemory() / 8);
    this.calls = new KvCalls(clock, router, metrics, maxOpenBytes);
    KvNode.Lease lease = durable == null ? null : lease(system, clock, durable.lease());
    this.setup = setup;
    this.durable = durable != null;
    this.node =
        new KvNode(
            clock,
            self.getHost().get() + ":" + self.getPort().get(),
            setup.shards(),
            new KvGroup.Rules(
                setup.maxShardBytes(),
                new KvMarks.Rules(setup.maxMarks(), setup.verifyIssued(), locks::partitionOf)),
            new KvCapacity(setup.maxBytes()),
            metrics,
            durable == null
                ? MemoryOfShard.opener(setup.history())
                : JournalOfShard.opener(durable.board(), clock, setup.history()),
            new ShardBoard(),
            router,
            new ShardViews(setup.shards(), lease == null ? 0 : lease.nanos(), clock),
            calls,
            locks.region(),
            lease,
            UUID::randomUUID,
            setup.instances(),
            parts);
    this.placement = new PartitionBoard(clock, setup.shards());
    calls.desk(
        system.systemActorOf(
            Behaviors.receiveMessage(
                answer -> {
                  calls.answered(answer);
                  return Behaviors.same();
                }),
            "kv-desk",
            Props.empty()));
    startShards(system, way);
    startKeeper(system, router);
    this.events = new NodeInstanceEvents(system, clock, setup.shards(), way);
    Cancellable ticks =
        system
            .scheduler()
            .scheduleWithFixedDelay(TICK, TICK, calls::tick, system.executionContext());
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeClusterShutdown(),
            "kv-quiet",
            () -> {
              way.close();
              ticks.cancel();
              calls.end();
              return CompletableFuture.completedFuture(Done.getInstance());
            });
  }

  private static KvNode.@Nullable Lease lease(
      ActorSystem<?> system, Clock clock, @Nullable ReadLease lease) {
    if (lease == null) {
      return null;
    }
    var prover =
        system.systemActorOf(
            OwnerProver.create(clock, lease.numbers()), "kv-prover", Props.empty());
    return new KvNode.Lease(lease.duration().toNanos(), prover);
  }

  private void startShards(ActorSystem<?> system, RegionRef<KvMessage> way) {
    var type = EntityTypeKey.create(KvMessage.class, ENTITY_TYPE);
    way.set(
        ClusterSharding.get(system)
            .init(
                Entity.of(
                        type,
                        context -> KvShard.create(node, ShardIds.shardOf(context.getEntityId())))
                    .withStopMessage(KvShard.Stop.INSTANCE)
                    .withMessageExtractor(new ShardIds(setup.shards()))));
  }

  private void startKeeper(ActorSystem<?> system, ShardRouter router) {
    ActorRef<KvKeeper.Message> keeper =
        system.systemActorOf(
            KvKeeper.create(router, node.address(), setup.shards(), placement, ready),
            "kv-keeper",
            Props.empty());
    var events =
        new NodeEvents.Messages<KvKeeper.Message>(
            KvKeeper.Joined.INSTANCE,
            address -> KvKeeper.NodeLeft.INSTANCE,
            KvKeeper.Undelivered::new);
    system.systemActorOf(NodeEvents.create(keeper, events), "kv-node-events", Props.empty());
  }

  /** Starts a store that is kept in the journal. */
  public static KvService durable(
      ActorSystem<?> system,
      Setup setup,
      Clock clock,
      LockService locks,
      KvMetrics metrics,
      Durable durable) {
    return new KvService(system, setup, clock, locks, metrics, durable, PARTS);
  }

  /** Starts a store that ends with the process. */
  public static KvService inMemory(
      ActorSystem<?> system, Setup setup, Clock clock, LockService locks, KvMetrics metrics) {
    return new KvService(system, setup, clock, locks, metrics, null, PARTS);
  }

  /** Completed when every shard of the cluster has been read. */
  public CompletionStage<Done> ready() {
    return ready;
  }

  /** Operations on the store and questions about it. */
  public KvClient client() {
    return new KvClient(
        node.clock(), setup.shards(), calls, node.views(), setup.requestTimeout(), node.metrics());
  }

  /** What happens in embedded instances. */
  public InstanceEvents instanceEvents() {
    return events;
  }

  /** As of when keys of embedded instances are. */
  public KeyVersions keyVersions() {
    return events;
  }

  /** What parts of the store share with its shards. */
  KvNode node() {
    return node;
  }

  @Override
  public Figures figures() {
    int owned = 0;
    int recovering = 0;
    long entries = 0;
    long sizeBytes = 0;
    long marks = 0;
    for (ShardBoard.Figures each : node.board().figures()) {
      owned += each.ready() ? 1 : 0;
      recovering += each.ready() ? 0 : 1;
      entries += each.entries();
      sizeBytes += each.sizeBytes();
      marks += each.marks();
    }
    return new Figures(
        owned,
        recovering,
        entries,
        sizeBytes,
        marks,
        node.capacity().usedBytes(),
        node.capacity().maxBytes());
  }

  @Override
  public List<JournalView> journals() {
    return node.board().figures().stream().map(ShardBoard.Figures::journal).toList();
  }

  @Override
  public List<PartitionView> placement() {
    return placement.views();
  }

  @Override
  public boolean isDurable() {
    return durable;
  }

  @Override
  public CompletionStage<OptionalLong> probe() {
    int shard = node.board().anyReady(Math.floorMod(probed.getAndIncrement(), setup.shards()));
    if (shard < 0) {
      return CompletableFuture.completedFuture(OptionalLong.empty());
    }
    long started = node.clock().nanos();
    return calls
        .ask(shard, new KvShard.Measure(), true, FIGURES_NANOS)
        .thenApply(
            content -> {
              if (content instanceof KvAnswer.Failed) {
                throw new CompletionException(
                    new TimeoutException("shard " + shard + " did not answer"));
              }
              return OptionalLong.of(node.clock().nanos() - started);
            });
  }
}
