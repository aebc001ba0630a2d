package io.leasehold.domain.lock;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many leases and how many accounted bytes a node may hold. Safe for any thread: counting is
 * one atomic "add unless at the limit", so concurrent requests cannot pass a limit together.
 *
 * <p>Bytes are an account of what the state of locks costs, not the use of the heap, which contains
 * garbage. Only new leases and queue places are ever turned away; what is handed over or recovered
 * is counted, so a count may stand above its limit.
 */
public final class LockCapacity {
  /** Accounted for a key in use, besides twice its bytes. */
  public static final long KEY_BYTES = 2_048;

  /** Accounted for a lease or a waiter, besides its owner and metadata. */
  public static final long ENTRY_BYTES = 512;

  /** Accounted for an open connection. */
  public static final long CONNECTION_BYTES = 12_288;

  private static final long MEGABYTE = 1L << 20;

  /** What can be full. */
  public enum Limit {
    LOCKS,
    MEMORY
  }

  private final long maxLeases;
  private final long maxBytes;
  private final boolean rejecting;
  private final AtomicLong leases = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong waiters = new AtomicLong();

  /**
   * @param maxLeases 0 = unlimited
   * @param maxMegabytes of 1,048,576 bytes, 0 = unlimited
   * @param rejecting false = count only, never turn away
   */
  public LockCapacity(long maxLeases, long maxMegabytes, boolean rejecting) {
    if (maxLeases < 0) {
      throw new IllegalArgumentException("maxLeases = " + maxLeases + ": must be 0 or more");
    }
    if (maxMegabytes < 0) {
      throw new IllegalArgumentException("maxMegabytes = " + maxMegabytes + ": must be 0 or more");
    }
    this.maxLeases = maxLeases;
    this.maxBytes = maxMegabytes * MEGABYTE;
    this.rejecting = rejecting;
  }

  /** Takes room for one lease, or says which limit it met and takes nothing. */
  LockAnswer.@Nullable LimitReached tryLease(long needBytes) {
    if (!addUnlessFull(leases, 1, maxLeases)) {
      return new LockAnswer.LimitReached(Limit.LOCKS, leases.get(), maxLeases);
    }
    if (!addUnlessFull(bytes, needBytes, maxBytes)) {
      leases.decrementAndGet();
      return memoryReached(needBytes);
    }
    return null;
  }

  /** Takes room for one queue place, or says that memory is full and takes nothing. */
  LockAnswer.@Nullable LimitReached tryWaiter(long needBytes) {
    if (!addUnlessFull(bytes, needBytes, maxBytes)) {
      return memoryReached(needBytes);
    }
    waiters.incrementAndGet();
    return null;
  }

  /** Counts a lease that must not be turned away: handed over to a waiter, or recovered. */
  void addLease(long needBytes) {
    leases.incrementAndGet();
    bytes.addAndGet(needBytes);
  }

  void removeLease(long freedBytes) {
    leases.decrementAndGet();
    bytes.addAndGet(-freedBytes);
  }

  void removeWaiter(long freedBytes) {
    waiters.decrementAndGet();
    bytes.addAndGet(-freedBytes);
  }

  /** Counts what is no lease and no waiter: a connection, say. Negative gives back. */
  public void addBytes(long delta) {
    bytes.addAndGet(delta);
  }

  public long leases() {
    return leases.get();
  }

  public long waiters() {
    return waiters.get();
  }

  public long bytes() {
    return bytes.get();
  }

  /** 0 = unlimited. */
  public long maxLeases() {
    return maxLeases;
  }

  /** 0 = unlimited. */
  public long maxBytes() {
    return maxBytes;
  }

  static long megabytesRoundedUp(long count) {
    return (count + MEGABYTE - 1) / MEGABYTE;
  }

  private LockAnswer.LimitReached memoryReached(long needBytes) {
    return new LockAnswer.LimitReached(
        Limit.MEMORY, megabytesRoundedUp(bytes.get() + needBytes), maxBytes / MEGABYTE);
  }

  private boolean addUnlessFull(AtomicLong counter, long delta, long max) {
    if (max == 0 || !rejecting) {
      counter.addAndGet(delta);
      return true;
    }
    long seen;
    do {
      seen = counter.get();
      if (seen + delta > max) {
        return false;
      }
    } while (!counter.compareAndSet(seen, seen + delta));
    return true;
  }
}
