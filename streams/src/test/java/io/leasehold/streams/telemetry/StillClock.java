package io.leasehold.streams.telemetry;

import io.leasehold.domain.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A wall clock that stands still, so that lines of tests have one time, beside the monotonic clock
 * of the system, by which batches and traces end.
 */
final class StillClock implements Clock {
  /** What it shows. */
  static final long WALL = 1_795_211_115_193L;

  private final Clock system = Clock.system();
  private final AtomicLong reloadLooks = new AtomicLong();

  /** How often the thread that looks after the configuration has asked for the time. */
  long reloadLooks() {
    return reloadLooks.get();
  }

  @Override
  public long nanos() {
    if (Thread.currentThread().getName().equals("leasehold-telemetry-reload")) {
      reloadLooks.incrementAndGet();
    }
    return system.nanos();
  }

  @Override
  public long wallMillis() {
    return WALL;
  }
}
