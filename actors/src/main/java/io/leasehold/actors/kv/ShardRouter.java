package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The way to every shard: straight to those of this node, through the region to the others. The
 * region would hand each message on from actor to actor, which costs more than a read.
 *
 * <p>What one thread sends to a shard arrives in its order, also when the way gets shorter: from
 * the moment a {@link KvShard.Wake} follows through the region what went there before, messages are
 * held, and they go straight to the shard once it has answered. Safe for any thread.
 */
final class ShardRouter {
  /** A wake that is not answered for so long will not be: no region keeps anything that long. */
  private static final long LOST_NANOS = Duration.ofMinutes(1).toNanos();

  private static final class Way {
    /** Where messages go; null = through the region, or they are held. */
    volatile @Nullable ActorRef<KvMessage> open;

    @Nullable ActorRef<KvMessage> shard;

    /** What was sent since the region was asked; null = it was not asked. */
    @Nullable ArrayDeque<KvMessage> held;

    boolean asked;
    long askedNanos;
  }

  private final RegionRef<KvMessage> region;
  private final Clock clock;
  private final Way[] ways;

  ShardRouter(RegionRef<KvMessage> region, int shards, Clock clock) {
    this.region = region;
    this.clock = clock;
    this.ways = new Way[shards];
    for (int i = 0; i < shards; i++) {
      ways[i] = new Way();
    }
  }

  /** The node leaves: nothing more is sent. */
  boolean isClosed() {
    return region.isClosed();
  }

  /** Sends it on, or drops it after the region was closed. */
  void tell(KvMessage message) {
    Way way = ways[message.shard()];
    ActorRef<KvMessage> open = way.open;
    if (open == null) {
      tellInTurn(way, message);
    } else if (!region.isClosed()) {
      open.tell(message);
    }
  }

  private void tellInTurn(Way way, KvMessage message) {
    synchronized (way) {
      ActorRef<KvMessage> open = way.open;
      if (open != null) {
        open.tell(message);
      } else if (way.held != null) {
        way.held.add(message); // bounded by the open calls of the node
      } else {
        region.tell(message);
      }
    }
  }

  /** A shard has started on this node. Said by the shard. */
  void arrived(int shard, ActorRef<KvMessage> ref) {
    Way way = ways[shard];
    synchronized (way) {
      if (!ref.equals(way.shard)) {
        close(way);
        way.shard = ref;
      }
    }
  }

  /** A shard of this node takes nothing more. Said by the shard. */
  void left(int shard, ActorRef<KvMessage> ref) {
    Way way = ways[shard];
    synchronized (way) {
      if (ref.equals(way.shard)) {
        close(way);
        way.shard = null;
      }
    }
  }

  private void close(Way way) {
    way.open = null;
    ArrayDeque<KvMessage> held = way.held;
    way.held = null;
    if (held != null) {
      held.forEach(region::tell);
    }
  }

  /** Whether the way to this shard could be shorter than it is. */
  boolean mayOpen(int shard) {
    Way way = ways[shard];
    synchronized (way) {
      return way.shard != null
          && way.open == null
          && (!way.asked || clock.nanos() - way.askedNanos >= LOST_NANOS);
    }
  }

  /**
   * Asks the shard through the region, and holds what is sent from now on.
   *
   * @param replyTo to be told of {@link #reached}
   */
  void ask(int shard, ActorRef<KvShard.Status> replyTo) {
    Way way = ways[shard];
    synchronized (way) {
      way.asked = true;
      way.askedNanos = clock.nanos();
      if (way.held == null) {
        way.held = new ArrayDeque<>();
      }
      region.tell(new KvShard.Wake(shard, replyTo));
    }
  }

  /**
   * The shard has answered what was asked last.
   *
   * @param here it is on this node
   */
  void reached(int shard, boolean here) {
    Way way = ways[shard];
    synchronized (way) {
      way.asked = false;
      ActorRef<KvMessage> ref = way.shard;
      ArrayDeque<KvMessage> held = way.held;
      if (!here || ref == null || held == null) {
        close(way);
        return;
      }
      held.forEach(ref::tell);
      way.held = null;
      way.open = ref;
    }
  }

  /** An answer has been waited for long enough: what is held goes through the region after all. */
  void giveUp(int shard) {
    Way way = ways[shard];
    synchronized (way) {
      if (way.held != null) {
        close(way);
      }
    }
  }
}
