package io.leasehold.streams.lock;

import io.leasehold.domain.time.Clock;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * How much a counter has risen in the last minute, by samples taken when somebody asks: at most one
 * a second, so at most 61. Safe for any thread.
 */
final class MinuteWindow {
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final long SECOND_NANOS = 1_000_000_000L;

  private record Sample(long nanos, long value) {}

  private final Clock clock;
  private final LongSupplier counter;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();

  MinuteWindow(Clock clock, LongSupplier counter) {
    this.clock = clock;
    this.counter = counter;
    samples.add(new Sample(clock.nanos(), counter.getAsLong()));
  }

  synchronized long count() {
    long now = clock.nanos();
    long value = counter.getAsLong();
    if (now - samples.getLast().nanos() >= SECOND_NANOS) {
      samples.add(new Sample(now, value));
    }
    while (samples.size() > 1 && now - samples.getFirst().nanos() > MINUTE_NANOS) {
      samples.removeFirst();
    }
    return value - samples.getFirst().value();
  }
}
