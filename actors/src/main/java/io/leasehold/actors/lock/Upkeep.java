package io.leasehold.actors.lock;

import io.leasehold.domain.lock.LockMonitor;

/** What the last minute of safety sweeps found. Written by the keeper; safe for any thread. */
final class Upkeep {
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private volatile int overdue;
  private volatile int repaired;
  private long windowStartNanos;
  private int repairedInWindow;
  private boolean started;

  /** A sweep found so many overdue keys and woke them. */
  synchronized void swept(long nowNanos, int found) {
    if (!started || nowNanos - windowStartNanos > MINUTE_NANOS) {
      started = true;
      windowStartNanos = nowNanos;
      repairedInWindow = 0;
    }
    repairedInWindow += found;
    overdue = found;
    repaired = repairedInWindow;
  }

  LockMonitor.Upkeep figures() {
    return new LockMonitor.Upkeep(overdue, repaired);
  }
}
