package io.leasehold.actors.lock;

import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Two clocks that stand still until a test moves them. */
public final class HandClock implements Clock {
  private final AtomicLong nanos;
  private final AtomicLong wallMillis = new AtomicLong(1_700_000_000_000L);

  public HandClock(long startNanos) {
    nanos = new AtomicLong(startNanos);
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  @Override
  public long wallMillis() {
    return wallMillis.get();
  }

  /** Time passes on both. */
  public void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
    wallMillis.addAndGet(by.toMillis());
  }

  /** Somebody sets the wall clock; no time passes. */
  public void jumpWall(Duration by) {
    wallMillis.addAndGet(by.toMillis());
  }
}
