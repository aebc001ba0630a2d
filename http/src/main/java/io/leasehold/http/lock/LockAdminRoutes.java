package io.leasehold.http.lock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.lock.ForcedRelease;
import io.leasehold.actors.lock.LockDesk;
import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * Locks over HTTP, for people and scripts: what is held, who has one key, and its release by force.
 * Safe for any thread.
 */
public final class LockAdminRoutes {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;
  private static final int MAX_KEY_BYTES = 2_048;
  private static final int MAX_REASON_BYTES = 256;
  private static final long MAX_TOKEN = (1L << 53) - 1;
  private static final int SHOWN_HOLDERS = 1_000;
  private static final int SHOWN_WAITERS = 100;
  private static final Pattern LIMIT = Pattern.compile("[0-9]{1,9}");
  private static final EnumSet<ApiRoute.Trait> TRAITS = EnumSet.of(ApiRoute.Trait.MONITORING);
  private static final ObjectReader JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .readerFor(JsonNode.class);

  private final LockService locks;
  private final LockDesk desk;
  private final ForcedRelease releases;

  /** Routes to the locks of the cluster. */
  public LockAdminRoutes(LockService locks, LockDesk desk, ForcedRelease releases) {
    this.locks = locks;
    this.desk = desk;
    this.releases = releases;
  }

  /** The paths of the application port. */
  public List<ApiRoute> routes() {
    var read = ApiKeys.Right.READ_MONITORING;
    var reads = List.of("GET", "HEAD");
    return List.of(
        new ApiRoute(reads, "/api/v1/locks", read, TRAITS, this::list),
        new ApiRoute(reads, "/api/v1/locks/{key}", read, TRAITS, this::inspect),
        new ApiRoute(
            List.of("POST"),
            "/api/v1/locks/force-release",
            ApiKeys.Right.ADMINISTER_LOCKS,
            TRAITS,
            this::forceRelease));
  }

  private CompletionStage<HttpResponse> list(ApiCall call) {
    var prefix = call.query("prefix");
    return locks
        .list(
            true,
            prefix == null ? "" : prefix,
            after(call.query("cursor")),
            LockMonitor.KeyState.HELD,
            limit(call.query("limit")),
            1,
            0)
        .thenApply(
            page -> {
              ObjectNode body = LockViews.list(page.locks());
              if (page.truncated() && !page.locks().isEmpty()) {
                body.put("cursor", cursor(page.locks().get(page.locks().size() - 1).key()));
              }
              return ok(body);
            });
  }

  private static int limit(@Nullable String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    int limit = LIMIT.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (limit < 1 || limit > MAX_LIMIT) {
      throw invalid("limit must be a whole number from 1 to " + MAX_LIMIT + ", got " + cut(text));
    }
    return limit;
  }

  private static String after(@Nullable String cursor) {
    try {
      return cursor == null
          ? ""
          : new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Refused(
          Answer.Problem.INVALID_CURSOR, "cursor must be one that was given, got " + cut(cursor));
    }
  }

  private static String cursor(String lastKey) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(lastKey.getBytes(StandardCharsets.UTF_8));
  }

  private CompletionStage<HttpResponse> inspect(ApiCall call) {
    String key = checkedKey(call.parameter());
    return desk.ask(key, new LockOperation.Inspect(SHOWN_HOLDERS, SHOWN_WAITERS))
        .thenApply(
            answer ->
                answer instanceof LockAnswer.Inspected inspected
                    ? ok(LockViews.inspect(inspected.view()))
                    : notAnswered(call, answer, "not_applied"));
  }

  private CompletionStage<HttpResponse> forceRelease(ApiCall call) {
    checkOrigin(call);
    JsonNode body = object(call);
    String key = key(body.get("key"));
    long token = token(body.get("token"));
    String reason = reason(body.get("reason"));
    return releases
        .carryOut(new ForcedRelease.Order(key, token, reason, call.keyId(), peer(call)))
        .thenApply(
            answer -> {
              if (answer instanceof LockAnswer.ForceReleased released) {
                return ok(LockViews.released(released.leases()));
              }
              if (answer instanceof LockAnswer.Refused refused) {
                return fresh(
                    Answer.json(
                        409,
                        Answer.object()
                            .put("success", false)
                            .put("reason", refused.reason().wire())));
              }
              return notAnswered(call, answer, "unknown");
            });
  }

  private static String peer(ApiCall call) {
    return call.request()
        .getAttribute(AttributeKeys.remoteAddress)
        .flatMap(
            remote ->
                remote
                    .getAddress()
                    .map(address -> address.getHostAddress() + ":" + remote.getPort()))
        .orElse("-");
  }

  /** A page of another site must not do this with what the browser has. */
  private static void checkOrigin(ApiCall call) {
    var origin = call.header("Origin");
    if (origin == null) {
      return;
    }
    var host = call.header("Host");
    boolean own =
        host != null
            && (origin.equalsIgnoreCase("http://" + host)
                || origin.equalsIgnoreCase("https://" + host));
    if (!own) {
      throw new Refused(
          Answer.Problem.FORBIDDEN_ORIGIN, "requests of pages of other sites are refused");
    }
  }

  private static JsonNode object(ApiCall call) {
    try {
      JsonNode body = JSON.readTree(call.body().toArray());
      if (body == null || !body.isObject()) {
        throw new Refused(Answer.Problem.INVALID_JSON, "the body must be a JSON object");
      }
      return body;
    } catch (JsonProcessingException e) {
      throw new Refused(
          Answer.Problem.INVALID_JSON, "the body is no JSON: " + cut(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new Refused(Answer.Problem.INVALID_JSON, "the body is no JSON");
    }
  }

  private static String key(@Nullable JsonNode key) {
    if (key == null || key.isNull() || (key.isTextual() && key.textValue().isEmpty())) {
      throw new Refused(Answer.Problem.MISSING_KEY, "key is required");
    }
    return checkedKey(key.isTextual() ? key.textValue() : "");
  }

  private static String checkedKey(String key) {
    int bytes = key.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > MAX_KEY_BYTES || key.indexOf('\0') >= 0) {
      throw new Refused(
          Answer.Problem.INVALID_KEY,
          "key must be a string of 1 to " + MAX_KEY_BYTES + " bytes without U+0000");
    }
    return key;
  }

  /** 0 = every lease. */
  private static long token(@Nullable JsonNode token) {
    if (token == null || token.isNull()) {
      return 0;
    }
    boolean fits = token.isIntegralNumber() && token.canConvertToLong();
    if (!fits || token.longValue() < 1 || token.longValue() > MAX_TOKEN) {
      throw invalid("token must be an integer from 1 to 2^53-1, got " + cut(token.toString()));
    }
    return token.longValue();
  }

  private static String reason(@Nullable JsonNode reason) {
    String text = reason != null && reason.isTextual() ? reason.textValue().strip() : "";
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > MAX_REASON_BYTES) {
      throw invalid(
          "reason is required: a string of 1 to " + MAX_REASON_BYTES + " bytes that says why");
    }
    return text;
  }

  private static HttpResponse notAnswered(ApiCall call, LockAnswer answer, String outcome) {
    if (answer instanceof LockAnswer.Unavailable unavailable) {
      String known = unavailable.outcomeUnknown() ? outcome : "not_applied";
      return call.error(Answer.Problem.UNAVAILABLE, unavailable.reason(), Map.of("outcome", known));
    }
    return call.error(
        Answer.Problem.UNAVAILABLE,
        "the key moves to another node",
        Map.of("outcome", "not_applied"));
  }

  private static HttpResponse ok(ObjectNode body) {
    return fresh(Answer.json(200, body));
  }

  private static HttpResponse fresh(Answer answer) {
    return Answers.response(answer.with("Cache-Control", "no-store"));
  }

  private static Refused invalid(String message) {
    return new Refused(Answer.Problem.INVALID_REQUEST, message);
  }

  private static String cut(@Nullable String text) {
    String shown = String.valueOf(text);
    return shown.length() > 64 ? shown.substring(0, 64) + "..." : shown;
  }
}
