package io.leasehold.actors.access;

import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * Limits how much each caller may ask for, in the whole cluster. Safe for any thread.
 *
 * <p>Alone, a node keeps each bucket itself. With more members a bucket has one owner in the
 * cluster, and nodes spend from slices that it leases to them; so all of them together admit at
 * most burst + rate x time. An owner that does not answer within 50 ms is done without: the node
 * then goes by its part of the limit.
 */
public final class RateLimiter implements AutoCloseable {
  /** Name of the entity type. */
  public static final String ENTITY_TYPE = "rate-limiter";

  private static final Duration PATIENCE = Duration.ofMillis(50);
  private static final Duration TICK = Duration.ofMillis(20);
  private static final Duration SWEEP = Duration.ofSeconds(10);

  /** All that come when {@code maxBuckets} are in use. */
  private static final String OVERFLOW = "overflow";

  /**
   * How it is set up.
   *
   * @param maxBuckets on this node; new ones beyond share one
   * @param idle a full bucket that was not used for so long is forgotten
   * @param lease how long a slice stays with a node that does not use it
   */
  public record Setup(int maxBuckets, Duration idle, Duration lease) {
    /** As shipped. */
    public static final Setup DEFAULTS =
        new Setup(100_000, Duration.ofSeconds(60), Duration.ofMillis(200));
  }

  private final Clock clock;
  private final Setup setup;
  private final Cluster cluster;
  private final ActorRef<ShardingEnvelope<RateOwner.Command>> owners;
  private final ActorRef<RateOwner.Granted> inbox;
  private final ConcurrentHashMap<String, RateSlice> slices = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong sweptNanos;
  private final LongAdder fallbacks = new LongAdder();
  private final RateSlice.Node node = new Node();
  private final Cancellable ticker;
  private volatile int members = 1;

  /** Starts the limiter of this node; every member of the cluster starts one. */
  public RateLimiter(ActorSystem<?> system, Clock clock, Setup setup) {
    this.clock = clock;
    this.setup = setup;
    this.cluster = Cluster.get(system);
    this.sweptNanos = new AtomicLong(clock.nanos());
    var type = EntityTypeKey.create(RateOwner.Command.class, ENTITY_TYPE);
    this.owners =
        ClusterSharding.get(system)
            .init(
                Entity.of(
                        type,
                        context ->
                            RateOwner.create(
                                clock, context.getShard(), context.getEntityId(), setup.lease()))
                    .withStopMessage(new RateOwner.Stop("")));
    this.inbox =
        system.systemActorOf(
            Behaviors.receiveMessage(
                granted -> {
                  RateSlice slice = slices.get(granted.bucket());
                  if (slice != null) {
                    slice.granted(granted);
                  }
                  return Behaviors.same();
                }),
            "rate-limiter",
            Props.empty());
    this.ticker =
        system
            .scheduler()
            .scheduleWithFixedDelay(TICK, TICK, this::tick, system.executionContext());
  }

  /**
   * Takes tokens from a bucket, all or none.
   *
   * @param bucket whose; a quota belongs to a name
   * @param cost 1 or more; more than the burst is never admitted
   * @return completed at once while this node has tokens, else within some 50 ms; never failed
   */
  public CompletionStage<RateDecision> take(String bucket, RatePolicy policy, int cost) {
    RateSlice slice = slices.get(bucket);
    if (slice == null) {
      String name = count.get() < setup.maxBuckets() ? bucket : OVERFLOW;
      slice =
          slices.computeIfAbsent(
              name,
              id -> {
                count.incrementAndGet();
                return new RateSlice(
                    id, policy, clock, node, setup.lease().toNanos(), PATIENCE.toNanos());
              });
    }
    return slice.take(policy, cost);
  }

  /** Buckets this node knows. */
  public int buckets() {
    return count.get();
  }

  /** Decisions made without an owner. */
  public long fallbacks() {
    return fallbacks.sum();
  }

  private void tick() {
    int now = 0;
    for (var member : cluster.state().getMembers()) {
      if (member.status() == MemberStatus.up()) {
        now++;
      }
    }
    members = Math.max(1, now);
    slices.values().forEach(RateSlice::tick);
    long nanos = clock.nanos();
    if (nanos - sweptNanos.get() >= SWEEP.toNanos()) {
      sweptNanos.set(nanos);
      slices
          .entrySet()
          .removeIf(
              each -> {
                boolean gone = each.getValue().isForgettable(setup.idle().toNanos());
                if (gone) {
                  count.decrementAndGet();
                }
                return gone;
              });
    }
  }

  @Override
  public void close() {
    ticker.cancel();
  }

  private final class Node implements RateSlice.Node {
    @Override
    public int members() {
      return members;
    }

    @Override
    public void lease(String bucket, RatePolicy policy, long want, long need, long known) {
      owners.tell(
          new ShardingEnvelope<>(
              bucket,
              new RateOwner.Lease(
                  bucket, policy.rate(), policy.burst(), want, need, known, inbox)));
    }

    @Override
    public void giveBack(String bucket, long tokens) {
      owners.tell(new ShardingEnvelope<>(bucket, new RateOwner.GiveBack(bucket, tokens)));
    }

    @Override
    public void fellBack() {
      fallbacks.increment();
    }
  }
}
