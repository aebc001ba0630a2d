package io.leasehold.streams.telemetry;

import io.leasehold.actors.metrics.EventCounter;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the lines may take that are in memory and in no buffer of a target: those of connections
 * that wait for room or for the disk, those that wait to be put together to traces, and records of
 * traces that wait. They share what {@code memory.total} has left beside the buffers. When half of
 * it is used up traces miss messages, when all of it is no connection is read; nothing else is lost
 * by it. Safe for any thread.
 */
final class MemoryBudget {
  /** Is left to them in any case: with nothing at all no line would ever get through. */
  static final long LEAST = 256 << 10;

  private final AtomicLong used = new AtomicLong();
  private final EventCounter waits =
      new EventCounter(
          "sidecar_memory_waits",
          "How often a connection was not read, because lines in memory took all of memory.total.");
  private volatile long share = LEAST;

  /**
   * Says what there is, from now on.
   *
   * @param total bytes of all lines
   * @param buffers of these, what the buffers of targets may take
   */
  void limits(long total, long buffers) {
    share = Math.max(LEAST, total - buffers);
  }

  /** Whether a connection may be read: what it brings may go beyond the bound by one read. */
  boolean hasRoom() {
    return used.get() < share;
  }

  /** Counts lines that are there, whatever room there is. */
  void take(long bytes) {
    used.addAndGet(bytes);
  }

  /**
   * Counts lines of traces if they have room in half of the share: the other half is for those that
   * are to be delivered. When nothing else is there, they may take all of it.
   */
  boolean tryTake(long bytes) {
    long all = used.addAndGet(bytes);
    if (all <= share / 2 || (all == bytes && bytes <= share)) {
      return true;
    }
    used.addAndGet(-bytes);
    return false;
  }

  /** Lines that were counted are in a buffer, on the disk, or gone. */
  void give(long bytes) {
    used.addAndGet(-bytes);
  }

  long used() {
    return used.get();
  }

  EventCounter waits() {
    return waits;
  }
}
