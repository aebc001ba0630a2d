package io.leasehold.streams.telemetry;

import io.leasehold.domain.time.Clock;

/**
 * A wall clock that stands still, so that lines of tests have one time, beside the monotonic clock
 * of the system, by which batches and traces end.
 */
final class StillClock implements Clock {
  /** What it shows. */
  static final long WALL = 1_795_211_115_193L;

  private final Clock system = Clock.system();

  @Override
  public long nanos() {
    return system.nanos();
  }

  @Override
  public long wallMillis() {
    return WALL;
  }
}
