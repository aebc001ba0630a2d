package io.leasehold.http.access;

import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a request that failed is answered. No state; safe for any thread. */
final class FailedRequests {
  private static final Logger LOG = LoggerFactory.getLogger(ApiDoor.class);

  private FailedRequests() {}

  static HttpResponse answer(ApiCall call, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof Refused refused) {
      return call.error(refused.problem(), refused.text(), refused.members());
    }
    if (cause instanceof Call.BadQuery) {
      return call.error(Answer.Problem.INVALID_REQUEST, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof TimeoutException) {
      return call.error(
          Answer.Problem.UNAVAILABLE,
          String.valueOf(cause.getMessage()),
          Map.of("outcome", "unknown"));
    }
    LOG.error("a request failed, correlation {}", call.correlationId(), cause);
    return call.error(Answer.Problem.INTERNAL, "unexpected failure, see the log");
  }
}
