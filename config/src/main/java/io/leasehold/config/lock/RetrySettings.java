package io.leasehold.config.lock;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Durations;
import io.leasehold.config.value.Values;
import java.time.Duration;

/**
 * The back-off that {@code POST /lock} turns into one wait. Immutable.
 *
 * @param enabled false = a request's retries are not waited for
 * @param initialDelay 1 ms..1 min
 * @param maxDelay from initialDelay to 1 h
 * @param backoffMultiplier factor from one delay to the next, 1..100
 */
public record RetrySettings(
    boolean enabled, Duration initialDelay, Duration maxDelay, double backoffMultiplier) {
  private static final Duration MIN_INITIAL = Duration.ofMillis(1);
  private static final Duration MAX_INITIAL = Duration.ofMinutes(1);

  public RetrySettings {
    Checks.of("lock.retry")
        .within("initial-delay", initialDelay, MIN_INITIAL, MAX_INITIAL)
        .that(
            maxDelay.compareTo(Duration.ofHours(1)) <= 0
                && (maxDelay.compareTo(initialDelay) >= 0
                    || initialDelay.compareTo(MAX_INITIAL) > 0), // told already
            "max-delay",
            maxDelay,
            "must be from lock.retry.initial-delay (" + Durations.text(initialDelay) + ") to 1h")
        .that(
            backoffMultiplier >= 1 && backoffMultiplier <= 100,
            "backoff-multiplier",
            backoffMultiplier,
            "must be 1..100")
        .done();
  }

  static RetrySettings from(Values values) {
    return new RetrySettings(
        values.flag("lock.retry.enabled"),
        values.duration("lock.retry.initial-delay"),
        values.duration("lock.retry.max-delay"),
        values.decimal("lock.retry.backoff-multiplier"));
  }
}
