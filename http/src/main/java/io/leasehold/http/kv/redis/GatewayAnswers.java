package io.leasehold.http.kv.redis;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.AnswerHeader;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.RateHeaders;
import io.leasehold.http.access.RawCall;
import io.leasehold.http.access.Refused;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The answers of the data plane: every error is JSON with a text. Safe for any thread. */
final class GatewayAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(DataPlane.class);
  private static final int OK = 200;
  private static final int INTERNAL = 500;
  private static final int TOO_MANY = 429;
  private static final HttpHeader NO_STORE = new AnswerHeader.Name("Cache-Control").of("no-store");
  private static final AnswerHeader.Name SYNC_TOKEN = new AnswerHeader.Name("Upstash-Sync-Token");

  private final String node;
  private final long maxBody;
  private final AtomicLong answers = new AtomicLong();

  /**
   * @param node name that no other start of a node has
   * @param maxBody bytes of a body, for the answer to a larger one
   */
  GatewayAnswers(String node, long maxBody) {
    this.node = node;
    this.maxBody = maxBody;
  }

  /** A body that is written already. */
  static HttpResponse of(int status, AnswerForm form, ByteString body) {
    ContentType type =
        form.resp2()
            ? ContentTypes.parse("application/octet-stream")
            : ContentTypes.APPLICATION_JSON;
    HttpResponse response = HttpResponse.create().withEntity(HttpEntities.create(type, body));
    return status == OK ? response : response.withStatus(StatusCodes.get(status));
  }

  /** An error of the gateway itself. */
  static HttpResponse error(GatewayRefusal no) {
    return Answers.response(Answer.json(no.status(), Answer.object().put("error", no.text())))
        .addHeaders(no.headers());
  }

  /** The limit is used up. */
  static HttpResponse limited(RateDecision decision, int cost) {
    var policy = decision.policy();
    ObjectNode body = Answer.object();
    if (decision.retryInNanos() == RateDecision.NEVER) {
      body.put(
          "error",
          "ERR rate limit exceeded: "
              + cost
              + " commands are more than the burst of "
              + policy.burst());
      body.putNull("retry_after_ms");
      return Answers.response(Answer.json(TOO_MANY, body));
    }
    long millis = RateHeaders.retryMillis(decision);
    body.put(
        "error",
        "ERR rate limit exceeded: " + policy.rate() + " commands/s, retry in " + millis + " ms");
    body.put("retry_after_ms", millis);
    return Answers.response(Answer.json(TOO_MANY, body))
        .addHeader(RateHeaders.retryAfter(decision));
  }

  /** Why a request failed: refusals are told, all else is a bug and logged. */
  HttpResponse failed(RawCall call, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof GatewayRefusal no) {
      return error(no);
    }
    if (cause instanceof Refused refused) {
      return error(ofBody(refused));
    }
    LOG.error("a request failed, correlation {}", call.correlationId(), cause);
    return Answers.response(
        Answer.json(
            INTERNAL,
            Answer.object()
                .put("error", "ERR internal error")
                .put("correlation_id", call.correlationId())));
  }

  private GatewayRefusal ofBody(Refused refused) {
    return switch (refused.problem()) {
      case BODY_TOO_LARGE -> GatewayRefusal.tooLarge(maxBody);
      case OVERLOADED -> GatewayRefusal.unavailable(refused.text());
      default -> GatewayRefusal.malformed(refused.text());
    };
  }

  /** Adds what every answer has. */
  void finish(List<HttpHeader> headers) {
    headers.add(SYNC_TOKEN.of(node + "." + Long.toHexString(answers.incrementAndGet())));
    headers.add(NO_STORE);
  }
}
