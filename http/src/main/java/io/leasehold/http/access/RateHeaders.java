package io.leasehold.http.access;

import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.jspecify.annotations.Nullable;

/**
 * How a limit is told to the caller it holds: RateLimit and RateLimit-Policy as the IETF's draft
 * names them, and the older {@code X-RateLimit} headers. What most answers of a second have in
 * common is made once. Safe for any thread.
 */
public final class RateHeaders {
  private static final long NANOS_A_MILLI = 1_000_000;
  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final long MILLIS_A_SECOND = 1_000;
  private static final AnswerHeader.Name POLICY = new AnswerHeader.Name("RateLimit-Policy");
  private static final AnswerHeader.Name STATE = new AnswerHeader.Name("RateLimit");
  private static final AnswerHeader.Name LIMIT = new AnswerHeader.Name("X-RateLimit-Limit");
  private static final AnswerHeader.Name REMAINING = new AnswerHeader.Name("X-RateLimit-Remaining");
  private static final AnswerHeader.Name RESET = new AnswerHeader.Name("X-RateLimit-Reset");

  private record OfPolicy(RatePolicy policy, HttpHeader quota, HttpHeader limit) {}

  private record OfSecond(long second, HttpHeader reset) {}

  private final String name;
  private final Clock clock;
  private volatile @Nullable OfPolicy lastPolicy;
  private volatile @Nullable OfSecond lastReset;

  /**
   * @param name of the limit
   */
  public RateHeaders(String name, Clock clock) {
    this.name = name;
    this.clock = clock;
  }

  /** Of every limited answer, admitted or not. */
  public List<HttpHeader> of(RateDecision decision) {
    var headers = new ArrayList<HttpHeader>(5);
    addTo(headers, decision);
    return headers;
  }

  /** Adds them to the headers of an answer. */
  public void addTo(List<HttpHeader> headers, RateDecision decision) {
    var policy = decision.policy();
    long left = Math.max(0, Math.min(policy.burst(), decision.remaining()));
    long full = decision.fullInNanos();
    OfPolicy always = ofPolicy(policy);
    headers.add(always.quota());
    headers.add(STATE.of("\"" + name + "\";r=" + left + ";t=" + ceil(full, NANOS_A_SECOND)));
    headers.add(always.limit());
    headers.add(REMAINING.of(Long.toString(left)));
    headers.add(reset(ceil(clock.wallMillis() + ceil(full, NANOS_A_MILLI), MILLIS_A_SECOND)));
  }

  private OfPolicy ofPolicy(RatePolicy policy) {
    OfPolicy last = lastPolicy;
    if (last != null && last.policy().equals(policy)) {
      return last;
    }
    String quota =
        "\"" + name + "\";q=" + policy.burst() + ";w=" + ceil(policy.burst(), policy.rate());
    var made = new OfPolicy(policy, POLICY.of(quota), LIMIT.of(Integer.toString(policy.burst())));
    lastPolicy = made;
    return made;
  }

  private HttpHeader reset(long second) {
    OfSecond last = lastReset;
    if (last != null && last.second() == second) {
      return last.reset();
    }
    HttpHeader made = RESET.of(Long.toString(second));
    lastReset = new OfSecond(second, made);
    return made;
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
