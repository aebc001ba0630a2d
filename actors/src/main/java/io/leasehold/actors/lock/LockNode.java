package io.leasehold.actors.lock;

import io.leasehold.actors.cluster.RegionRef;
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
    RegionRef<LockMessage> region,
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
}
