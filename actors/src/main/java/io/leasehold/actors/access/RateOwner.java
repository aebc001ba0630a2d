package io.leasehold.actors.access;

import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;

/**
 * Owns one bucket of the cluster: the only place where its tokens come into being. Nodes get them
 * in slices and give back what they do not use. Lost when it moves: it then starts full, which
 * admits one burst too much at most.
 */
final class RateOwner extends AbstractBehavior<RateOwner.Command> {
  sealed interface Command {
    String bucket();
  }

  /**
   * A node asks for tokens.
   *
   * @param want as many as it may use soon, at least {@code need}
   * @param need as many as the next request there needs; 0 = nothing waits
   * @param known tokens it knows to be left, of a bucket it has used alone so far; -1 = it has not
   */
  record Lease(
      String bucket,
      int rate,
      int burst,
      long want,
      long need,
      long known,
      ActorRef<Granted> replyTo)
      implements Command {}

  /** A node did not use these. */
  record GiveBack(String bucket, long tokens) implements Command {}

  /** Sent by sharding when the entity has to go. */
  record Stop(String bucket) implements Command, NoSerializationVerificationNeeded {}

  private record Idle(String bucket) implements Command, NoSerializationVerificationNeeded {}

  /**
   * The answer to {@link Lease}.
   *
   * @param tokens 0 = less than what was needed is there
   * @param left in the owner's bucket
   * @param retryInNanos until what was needed is there, if nothing was given
   */
  record Granted(String bucket, long tokens, long left, long retryInNanos) {}

  private final Clock clock;
  private final ActorRef<ClusterSharding.ShardCommand> shard;
  private final String id;
  private final TokenBucket bucket;
  private final long leaseNanos;
  private final Map<ActorRef<Granted>, Long> askedAt = new HashMap<>();

  private RateOwner(
      ActorContext<Command> context,
      Clock clock,
      ActorRef<ClusterSharding.ShardCommand> shard,
      String id,
      RateLimiter.Setup setup,
      Lease first) {
    super(context);
    this.clock = clock;
    this.shard = shard;
    this.id = id;
    this.leaseNanos = setup.lease().toNanos();
    this.bucket = new TokenBucket(new RatePolicy(first.rate(), first.burst()), clock);
    context.setReceiveTimeout(setup.idle(), new Idle(id));
  }

  /** The policy of a bucket comes with the first message that asks for tokens of it. */
  static Behavior<Command> create(
      Clock clock,
      ActorRef<ClusterSharding.ShardCommand> shard,
      String id,
      RateLimiter.Setup setup) {
    return Behaviors.receive(Command.class)
        .onMessage(
            Lease.class,
            first -> {
              Behavior<Command> owner =
                  Behaviors.setup(
                      context ->
                          new RateOwner(context, clock, shard, id, setup, first).onLease(first));
              return owner;
            })
        .onMessage(Stop.class, stop -> Behaviors.stopped())
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Lease.class, this::onLease)
        .onMessage(GiveBack.class, this::onGiveBack)
        .onMessage(Idle.class, this::onIdle)
        .onMessage(Stop.class, stop -> Behaviors.stopped())
        .build();
  }

  private Behavior<Command> onLease(Lease lease) {
    long now = clock.nanos();
    bucket.configure(new RatePolicy(lease.rate(), lease.burst()));
    if (lease.known() >= 0) { // what the node took before it had to ask
      bucket.takeUpTo(Math.max(0, lease.burst() - lease.known()));
    }
    askedAt.values().removeIf(at -> now - at > leaseNanos);
    askedAt.put(lease.replyTo(), now);
    long available = bucket.available();
    long tokens = 0;
    if (available >= lease.need()) {
      // several nodes ask: each its part, but always what waits there
      tokens = Math.min(lease.want(), Math.max(lease.need(), available / askedAt.size()));
      tokens = bucket.takeUpTo(tokens);
    }
    lease
        .replyTo()
        .tell(new Granted(id, tokens, bucket.available(), bucket.nanosUntil(lease.need())));
    return this;
  }

  private Behavior<Command> onGiveBack(GiveBack back) {
    bucket.putBack(Math.min(back.tokens(), bucket.policy().burst()));
    return this;
  }

  private Behavior<Command> onIdle(Idle idle) {
    if (bucket.isFull()) {
      shard.tell(new ClusterSharding.Passivate<>(getContext().getSelf()));
    }
    return this;
  }
}
