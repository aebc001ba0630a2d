package io.leasehold.actors.access;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.time.Duration;

/**
 * A bucket that refills evenly. Safe for any thread, but for {@link #configure}, which one thread
 * at a time may call.
 */
final class TokenBucket {
  private final Bucket bucket;
  private RatePolicy policy;

  TokenBucket(RatePolicy policy, Clock clock) {
    this.policy = policy;
    this.bucket =
        Bucket.builder()
            .addLimit(bandwidth(policy))
            .withCustomTimePrecision(new ClockMeter(clock))
            .build();
  }

  private static Bandwidth bandwidth(RatePolicy policy) {
    return Bandwidth.builder()
        .capacity(policy.burst())
        .refillGreedy(policy.rate(), Duration.ofSeconds(1))
        .build();
  }

  /** Takes another policy over; what is in the bucket changes in proportion. */
  void configure(RatePolicy wanted) {
    if (!wanted.equals(policy)) {
      bucket.replaceConfiguration(
          BucketConfiguration.builder().addLimit(bandwidth(wanted)).build(),
          TokensInheritanceStrategy.PROPORTIONALLY);
      policy = wanted;
    }
  }

  RatePolicy policy() {
    return policy;
  }

  /** Takes all the tokens or none. */
  RateDecision take(int cost) {
    if (cost > policy.burst()) {
      return RateDecision.refused(policy, available(), RateDecision.NEVER);
    }
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(cost);
    return probe.isConsumed()
        ? RateDecision.admitted(policy, probe.getRemainingTokens())
        : RateDecision.refused(
            policy, probe.getRemainingTokens(), Math.max(1, probe.getNanosToWaitForRefill()));
  }

  /** Takes as many as are there, at most so many. */
  long takeUpTo(long tokens) {
    return tokens == 0 ? 0 : bucket.tryConsumeAsMuchAsPossible(tokens);
  }

  void putBack(long tokens) {
    if (tokens > 0) {
      bucket.addTokens(tokens);
    }
  }

  long available() {
    return bucket.getAvailableTokens();
  }

  boolean isFull() {
    return available() >= policy.burst();
  }

  /** Nanoseconds until so many tokens are there, 0 if they are. */
  long nanosUntil(long tokens) {
    return policy.nanosFor(Math.max(0, tokens - available()));
  }

  private record ClockMeter(Clock clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      return clock.nanos();
    }

    @Override
    public boolean isWallClockBased() {
      return false;
    }
  }
}
