package io.leasehold.http.access;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * Holds the callers of the store to their limits, and tells each on every answer how it stands with
 * its own: RateLimit and RateLimit-Policy as the IETF's draft names them, and the older {@code
 * X-RateLimit} headers. Safe for any thread.
 */
final class LimitedCalls {
  private static final long NANOS_A_MILLI = 1_000_000;
  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final long MILLIS_A_SECOND = 1_000;

  private final CallerLimits limits;
  private final Clock clock;

  LimitedCalls(CallerLimits limits, Clock clock) {
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * Answers the call, or refuses it before anything of it was done.
   *
   * @param cost 1 or more
   * @param route answers; may throw
   * @param unread gives the answer instead, also when the route throws: nobody reads the body
   */
  CompletionStage<HttpResponse> answer(
      ApiCall call,
      int cost,
      Supplier<CompletionStage<HttpResponse>> route,
      UnaryOperator<CompletionStage<HttpResponse>> unread) {
    var taken = limits.take(CallerLimits.Door.KV_HTTP, call.caller(), call.remote(), cost);
    if (taken == null) {
      return route.get();
    }
    return taken.thenCompose(
        decision -> {
          if (!decision.admitted()) {
            return unread.apply(CompletableFuture.completedFuture(refusal(call, decision)));
          }
          return answered(call, route, unread)
              .thenApply(response -> response.addHeaders(headers(decision)));
        });
  }

  /** Never fails: what went wrong is an answer that has its headers too. */
  private static CompletionStage<HttpResponse> answered(
      ApiCall call,
      Supplier<CompletionStage<HttpResponse>> route,
      UnaryOperator<CompletionStage<HttpResponse>> unread) {
    CompletionStage<HttpResponse> answer;
    try {
      answer = route.get();
    } catch (RuntimeException e) {
      answer = unread.apply(CompletableFuture.failedFuture(e));
    }
    return answer.exceptionally(failure -> FailedRequests.answer(call, failure));
  }

  private HttpResponse refusal(ApiCall call, RateDecision decision) {
    // a request whose cost is above the burst costs the burst, so every one can pass some time
    long retry = Math.max(1, decision.retryInNanos());
    long millis = ceil(retry, NANOS_A_MILLI);
    var policy = decision.policy();
    return call.error(
            Answer.Problem.RATE_LIMITED,
            "limit of "
                + policy.rate()
                + " requests/s and "
                + policy.burst()
                + " at once, retry in "
                + millis
                + " ms",
            Map.of("retry_after_ms", millis))
        .addHeader(RawHeader.create("Retry-After", Long.toString(ceil(retry, NANOS_A_SECOND))))
        .addHeaders(headers(decision));
  }

  private List<HttpHeader> headers(RateDecision decision) {
    var policy = decision.policy();
    long left = Math.max(0, Math.min(policy.burst(), decision.remaining()));
    long full = decision.fullInNanos();
    long reset = ceil(clock.wallMillis() + ceil(full, NANOS_A_MILLI), MILLIS_A_SECOND);
    return List.of(
        RawHeader.create(
            "RateLimit-Policy",
            "\"kv\";q=" + policy.burst() + ";w=" + ceil(policy.burst(), policy.rate())),
        RawHeader.create("RateLimit", "\"kv\";r=" + left + ";t=" + ceil(full, NANOS_A_SECOND)),
        RawHeader.create("X-RateLimit-Limit", Integer.toString(policy.burst())),
        RawHeader.create("X-RateLimit-Remaining", Long.toString(left)),
        RawHeader.create("X-RateLimit-Reset", Long.toString(reset)));
  }

  private static long ceil(long amount, long unit) {
    return (amount + unit - 1) / unit;
  }
}
