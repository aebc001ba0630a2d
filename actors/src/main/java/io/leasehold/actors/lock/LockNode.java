package io.leasehold.actors.lock;

import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.time.Clock;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What all lock actors of a node share. Safe for any thread.
 *
 * @param maxWaiters per key, 0 = unlimited
 * @param lingerNanos how long the actor of a free key stays, so that the next request finds it
 * @param tokens where grants take their numbers without a journal; null with a journal
 */
record LockNode(
    Clock clock,
    Partitions partitions,
    LockCapacity capacity,
    LockDirectory directory,
    LockMetrics metrics,
    int maxWaiters,
    long lingerNanos,
    @Nullable TokenSource tokens,
    RegionRef region,
    Self self) {

  /** What a node tells others of itself. */
  static final class Self {
    private final String address;
    private volatile @Nullable String lockAddress;

    /**
     * @param address of the member, {@code host:port}
     */
    Self(String address) {
      this.address = address;
    }

    String address() {
      return address;
    }

    void lockAddress(@Nullable String hostAndPort) {
      lockAddress = hostAndPort;
    }

    /** Where its lock protocol is spoken, null until that is known. */
    @Nullable String lockAddress() {
      return lockAddress;
    }
  }

  /** Straight to the actor of a partition if it is known, else the way that finds it. */
  void tell(@Nullable ActorRef<LockMessage> partition, LockMessage message) {
    if (partition == null) {
      region.tell(message);
    } else {
      partition.tell(message);
    }
  }

  /** The way to all entities; known once the region has been started. */
  static final class RegionRef {
    private volatile @Nullable ActorRef<LockMessage> ref;
    private volatile boolean closed;

    void set(ActorRef<LockMessage> region) {
      ref = region;
    }

    /**
     * From here on nothing is sent: the node leaves. Its region would keep what comes for shards
     * that have been handed off, and with a message kept it does not stop in time.
     */
    void close() {
      closed = true;
    }

    void tell(LockMessage message) {
      if (closed) {
        return;
      }
      var region = ref;
      if (region == null) {
        throw new IllegalStateException("the region has not been started");
      }
      region.tell(message);
    }
  }
}
