package io.leasehold.http.access;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.async.AtOnce;
import io.leasehold.domain.time.Clock;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Holds the callers of the store to their limits, and tells each on every answer how it stands with
 * its own. Safe for any thread.
 */
final class LimitedCalls {
  private final CallerLimits limits;
  private final RateHeaders headers;

  LimitedCalls(CallerLimits limits, Clock clock) {
    this.limits = limits;
    this.headers = new RateHeaders("kv", clock);
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
    return AtOnce.then(
        taken,
        decision -> {
          if (!decision.admitted()) {
            return unread.apply(CompletableFuture.completedFuture(refusal(call, decision)));
          }
          return answered(call, route, unread)
              .thenApply(response -> response.addHeaders(headers.of(decision)));
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
    long millis = RateHeaders.retryMillis(decision);
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
        .addHeader(RateHeaders.retryAfter(decision))
        .addHeaders(headers.of(decision));
  }
}
