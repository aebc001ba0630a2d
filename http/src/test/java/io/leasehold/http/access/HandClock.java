package io.leasehold.http.access;

import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that a test moves by hand. */
public final class HandClock implements Clock {
  private final long wallStart;
  private final AtomicLong nanos = new AtomicLong();

  /** Starts at this wall time. */
  public HandClock(long wallMillis) {
    this.wallStart = wallMillis;
  }

  /** Moves both clocks. */
  public void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  @Override
  public long wallMillis() {
    return wallStart + nanos.get() / 1_000_000;
  }
}
