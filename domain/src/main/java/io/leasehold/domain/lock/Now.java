package io.leasehold.domain.lock;

import io.leasehold.domain.time.Clock;

/**
 * One reading of both clocks: the rules see a single moment per message.
 *
 * @param nanos monotonic, may wrap
 * @param wallMillis since the epoch
 */
public record Now(long nanos, long wallMillis) {
  public static Now of(Clock clock) {
    return new Now(clock.nanos(), clock.wallMillis());
  }
}
