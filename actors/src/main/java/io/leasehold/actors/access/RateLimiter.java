package io.leasehold.actors.access;

import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
  private static final Duration TICK = Duration.ofMillis(10);
  private static final Duration SWEEP = Duration.ofSeconds(10);

  /** What names of the buckets of addresses begin with. */
  private static final List<String> OF_ADDRESSES = List.of("addr:", "kv:addr:");

  /**
   * How it is set up.
   *
   * @param maxBuckets of addresses on this node, and as many of keys: whoever makes up addresses
   *     takes no room from keys; new ones beyond share one
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
  private final Room keys = new Room("overflow");
  private final Room addresses = new Room("addr:overflow");

  /** Slices that wait for something: those that do not are left alone. */
  private final Set<String> busy = ConcurrentHashMap.newKeySet();

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
                                clock, context.getShard(), context.getEntityId(), setup))
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
    while (true) {
      RateSlice slice = slices.get(bucket);
      if (slice == null) {
        slice = open(bucket, policy);
      }
      CompletionStage<RateDecision> decision = slice.take(policy, cost);
      if (decision != null) {
        return decision;
      }
      drop(slice);
    }
  }

  private RateSlice open(String bucket, RatePolicy policy) {
    Room room = roomOf(bucket);
    boolean fits = room.enter(setup.maxBuckets());
    String name = fits ? bucket : room.overflow;
    RateSlice shared = fits ? null : slices.get(name);
    if (shared != null) {
      return shared;
    }
    var made =
        new RateSlice(name, policy, clock, node, setup.lease().toNanos(), PATIENCE.toNanos());
    RateSlice there = slices.putIfAbsent(name, made);
    if (fits && there != null) {
      room.leave(name); // another thread was first
    }
    return there == null ? made : there;
  }

  private void drop(RateSlice slice) {
    if (slices.remove(slice.id(), slice)) {
      roomOf(slice.id()).leave(slice.id());
    }
  }

  private Room roomOf(String bucket) {
    return OF_ADDRESSES.stream().anyMatch(bucket::startsWith) ? addresses : keys;
  }

  /** How many buckets of a kind there are. */
  private static final class Room {
    private final AtomicInteger count = new AtomicInteger();
    private final String overflow;

    Room(String overflow) {
      this.overflow = overflow;
    }

    boolean enter(int max) {
      if (count.incrementAndGet() <= max) {
        return true;
      }
      count.decrementAndGet();
      return false;
    }

    void leave(String bucket) {
      if (!bucket.equals(overflow)) {
        count.decrementAndGet();
      }
    }
  }

  /** Buckets this node knows. */
  public int buckets() {
    return slices.size();
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
    var again = new ArrayList<String>();
    for (var ids = busy.iterator(); ids.hasNext(); ) {
      String id = ids.next();
      ids.remove(); // before it is looked at: what begins meanwhile puts it in again
      RateSlice slice = slices.get(id);
      if (slice != null && slice.tick()) {
        again.add(id);
      }
    }
    busy.addAll(again);
    long nanos = clock.nanos();
    if (nanos - sweptNanos.get() >= SWEEP.toNanos()) {
      sweptNanos.set(nanos);
      for (RateSlice each : slices.values()) {
        if (each.forget(setup.idle().toNanos())) {
          drop(each);
        }
      }
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
      busy.add(bucket);
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
