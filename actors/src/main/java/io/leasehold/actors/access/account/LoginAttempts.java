package io.leasehold.actors.access.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;

/**
 * Counts failed logins per email and address on this node: after ten within five minutes there are
 * no more until the first of them is five minutes old. One that is under way counts as failed, so
 * that many at once are no way around it. Safe for any thread.
 */
final class LoginAttempts {
  static final int MAX_FAILED = 10;
  static final Duration WINDOW = Duration.ofMinutes(5);
  private static final int MAX_REMEMBERED = 100_000;
  private static final long NANOS_A_SECOND = 1_000_000_000;

  /** Times of attempts in nanoseconds, oldest first; guarded by itself. */
  private final Cache<String, ArrayDeque<Long>> attempts;

  private final Clock clock;

  LoginAttempts(Clock clock) {
    this.clock = clock;
    Ticker ticker = clock::nanos;
    this.attempts =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterAccess(WINDOW)
            .ticker(ticker)
            .build();
  }

  /** 0 = go on; else how many seconds to wait, 1 or more. */
  int begin(String email, String address) {
    long now = clock.nanos();
    ArrayDeque<Long> times = attempts.get(email + '\n' + address, none -> new ArrayDeque<>());
    synchronized (times) {
      Long first = times.peekFirst();
      while (first != null && now - first >= WINDOW.toNanos()) {
        times.removeFirst();
        first = times.peekFirst();
      }
      if (first != null && times.size() >= MAX_FAILED) {
        long left = WINDOW.toNanos() - (now - first);
        return (int) ((left + NANOS_A_SECOND - 1) / NANOS_A_SECOND);
      }
      times.addLast(now);
      return 0;
    }
  }

  /** It came to nothing through no fault of the client: the last one does not count. */
  void forgive(String email, String address) {
    ArrayDeque<Long> times = attempts.getIfPresent(email + '\n' + address);
    if (times != null) {
      synchronized (times) {
        times.pollLast();
      }
    }
  }

  /** It was the right password: what was before counts no more. */
  void succeeded(String email, String address) {
    attempts.invalidate(email + '\n' + address);
  }
}
