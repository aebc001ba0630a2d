package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.time.Clock;
import java.time.Duration;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.pattern.CircuitBreaker;

/**
 * Says whether an instance may be asked at the moment. Opens after five failures in a row; then
 * nobody asks it but its pool, now and then, until that succeeds. Safe for any thread.
 */
final class Circuit {
  static final int FAILURES = 5;

  /** Nothing is called through the breaker; calls have times of their own. */
  private static final Duration UNUSED = Duration.ofHours(1);

  private static final long SECOND = 1_000_000_000L;

  private final CircuitBreaker breaker;
  private final Duration first;
  private final Duration longest;
  private final Clock clock;
  private volatile String cause = "";
  private volatile long opens;
  private volatile long openedNanos;
  private volatile Duration rest;

  /**
   * @param first how long it stays open, doubled each time the probe fails
   * @param longest but no longer than this
   * @param onOpen nobody may ask it any more
   * @param onProbe somebody has to find out whether it is well, and call {@link #succeeded} or
   *     {@link #failed}
   */
  Circuit(
      ActorSystem<?> actors,
      Duration first,
      Duration longest,
      Clock clock,
      Runnable onOpen,
      Runnable onProbe) {
    this.first = first;
    this.longest = longest;
    this.clock = clock;
    this.rest = first;
    this.breaker =
        new CircuitBreaker(
                actors.executionContext(),
                actors.classicSystem().scheduler(),
                FAILURES,
                UNUSED,
                first)
            .withExponentialBackoff(longest);
    breaker.addOnOpenListener(onOpen);
    breaker.addOnHalfOpenListener(onProbe);
  }

  boolean isClosed() {
    return breaker.isClosed();
  }

  /** {@code closed}, {@code open} or {@code half-open}. */
  String state() {
    return breaker.isClosed() ? "closed" : breaker.isOpen() ? "open" : "half-open";
  }

  /** Of the failure that came last. */
  String cause() {
    return cause;
  }

  /** How often it was opened, failed probes left out. */
  long opens() {
    return opens;
  }

  /** When it is worth asking again, 1 or more. */
  int retryAfterSeconds() {
    long left = rest.toNanos() - (clock.nanos() - openedNanos);
    return (int) Math.max(1, (left + SECOND - 1) / SECOND);
  }

  void succeeded() {
    if (!breaker.isClosed() || breaker.currentFailureCount() > 0) {
      breaker.succeed();
      if (breaker.isClosed()) {
        rest = first;
      }
    }
  }

  synchronized void failed(Throwable failure) {
    cause = Causes.text(failure);
    boolean probing = breaker.isHalfOpen();
    boolean closed = breaker.isClosed();
    breaker.fail();
    if (breaker.isOpen() && (probing || closed)) {
      openedNanos = clock.nanos();
      if (probing) {
        Duration doubled = rest.multipliedBy(2);
        rest = doubled.compareTo(longest) < 0 ? doubled : longest;
      } else {
        rest = first;
        opens++;
      }
    }
  }

  /** It is known to be away, however few failures there were. */
  void gaveUp(Throwable failure) {
    for (int i = 0; i < FAILURES && breaker.isClosed(); i++) {
      failed(failure);
    }
  }
}
