package io.leasehold.http.access.account;

import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.Envelope;
import io.leasehold.http.access.RateHeaders;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Holds whoever asks the control plane to the limit of his address, and tells him on every answer
 * how it stands. Safe for any thread.
 */
final class AddressLimit {
  private static final String NAME = "address";
  private static final int TOO_MANY = 429;

  private final GatewayLimits limits;
  private final Envelope envelope;
  private final RateHeaders headers;

  AddressLimit(GatewayLimits limits, Envelope envelope, Clock clock) {
    this.limits = limits;
    this.envelope = envelope;
    this.headers = new RateHeaders(NAME, clock);
  }

  /** The same route for those who have not asked too much. */
  ApiRoute on(ApiRoute route) {
    return new ApiRoute(
        route.methods(),
        route.template(),
        route.right(),
        route.traits(),
        call -> answer(call, route.handler()));
  }

  private CompletionStage<HttpResponse> answer(ApiCall call, ApiRoute.Handler handler) {
    CompletionStage<RateDecision> taken = limits.ofAddress(call.remote());
    if (taken == null) {
      return handler.handle(call);
    }
    return taken.thenCompose(
        decision ->
            (decision.admitted()
                    ? handler.handle(call)
                    : CompletableFuture.completedFuture(refusal(decision)))
                .thenApply(response -> response.addHeaders(headers.of(decision))));
  }

  private HttpResponse refusal(RateDecision decision) {
    String text = "Rate limit exceeded, retry in " + RateHeaders.retryMillis(decision) + " ms";
    return Answers.marked(envelope.error(TOO_MANY, text, 0), Answer.Problem.RATE_LIMITED)
        .addHeader(RateHeaders.retryAfter(decision));
  }
}
