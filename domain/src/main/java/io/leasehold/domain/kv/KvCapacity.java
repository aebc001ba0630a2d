package io.leasehold.domain.kv;

import java.util.concurrent.atomic.AtomicLong;

/** The accounted bytes that the shards of one node hold together. Safe for any thread. */
public final class KvCapacity {
  private final long maxBytes;
  private final AtomicLong used = new AtomicLong();

  /**
   * @param maxBytes above 0
   */
  public KvCapacity(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Takes room, or takes nothing and says no; a negative number gives room back and always goes.
   */
  boolean tryTake(long bytes) {
    for (; ; ) {
      long before = used.get();
      if (bytes > 0 && before + bytes > maxBytes) {
        return false;
      }
      if (used.compareAndSet(before, before + bytes)) {
        return true;
      }
    }
  }

  /** Counts what is there already, also beyond the limit: a shard that was read, or has left. */
  public void count(long bytes) {
    used.addAndGet(bytes);
  }

  public long usedBytes() {
    return used.get();
  }

  public long maxBytes() {
    return maxBytes;
  }
}
