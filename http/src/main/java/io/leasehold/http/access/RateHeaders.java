package io.leasehold.http.access;

import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.time.Clock;
import java.util.List;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * How a limit is told to the caller it holds: RateLimit and RateLimit-Policy as the IETF's draft
 * names them, and the older {@code X-RateLimit} headers. No state; safe for any thread.
 */
public final class RateHeaders {
  private static final long NANOS_A_MILLI = 1_000_000;
  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final long MILLIS_A_SECOND = 1_000;

  private RateHeaders() {}

  /**
   * Of every limited answer, admitted or not.
   *
   * @param name of the limit
   */
  public static List<HttpHeader> of(String name, RateDecision decision, Clock clock) {
    var policy = decision.policy();
    long left = Math.max(0, Math.min(policy.burst(), decision.remaining()));
    long full = decision.fullInNanos();
    long reset = ceil(clock.wallMillis() + ceil(full, NANOS_A_MILLI), MILLIS_A_SECOND);
    return List.of(
        RawHeader.create(
            "RateLimit-Policy",
            "\"" + name + "\";q=" + policy.burst() + ";w=" + ceil(policy.burst(), policy.rate())),
        RawHeader.create(
            "RateLimit", "\"" + name + "\";r=" + left + ";t=" + ceil(full, NANOS_A_SECOND)),
        RawHeader.create("X-RateLimit-Limit", Integer.toString(policy.burst())),
        RawHeader.create("X-RateLimit-Remaining", Long.toString(left)),
        RawHeader.create("X-RateLimit-Reset", Long.toString(reset)));
  }

  /** Milliseconds to wait, rounded up, 1 at least. */
  public static long retryMillis(RateDecision decision) {
    return ceil(Math.max(1, decision.retryInNanos()), NANOS_A_MILLI);
  }

  /** Seconds to wait, for {@code Retry-After}, rounded up, 1 at least. */
  public static HttpHeader retryAfter(RateDecision decision) {
    long seconds = ceil(Math.max(1, decision.retryInNanos()), NANOS_A_SECOND);
    return RawHeader.create("Retry-After", Long.toString(seconds));
  }

  private static long ceil(long amount, long unit) {
    return (amount + unit - 1) / unit;
  }
}
