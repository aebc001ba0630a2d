package io.leasehold.http.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** An answer before it goes out. Not changed once it is made. */
public final class Answer {
  public static final String JSON = "application/json";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final int status;
  private final String contentType;
  private final byte[] body;
  private final Map<String, String> headers;

  /**
   * Any answer.
   *
   * @param headers besides those every answer has
   */
  public Answer(int status, String contentType, byte[] body, Map<String, String> headers) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
    this.headers = Map.copyOf(headers);
  }

  public int status() {
    return status;
  }

  public String contentType() {
    return contentType;
  }

  public byte[] body() {
    return body;
  }

  public Map<String, String> headers() {
    return headers;
  }

  /** An empty object to fill. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  public static Answer json(int status, JsonNode body) {
    try {
      return new Answer(status, JSON, MAPPER.writeValueAsBytes(body), Map.of());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON can be written", e);
    }
  }

  public static Answer text(int status, String contentType, String body) {
    return new Answer(status, contentType, body.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  public Answer with(String name, String value) {
    var more = new TreeMap<>(headers);
    more.put(name, value);
    return new Answer(status, contentType, body, more);
  }

  /** The one form of an error over HTTP. */
  public static Answer error(Problem problem, String message, String correlationId) {
    ObjectNode body =
        object()
            .put("error", problem.title())
            .put("code", problem.code())
            .put("message", message)
            .put("correlation_id", correlationId);
    Answer answer = json(problem.status(), body);
    return switch (problem) {
      case AUTH_FAILED -> answer.with("WWW-Authenticate", "Bearer");
      case OVERLOADED -> answer.with("Retry-After", "1");
      case METHOD_NOT_ALLOWED -> answer.with("Allow", "GET, HEAD");
      default -> answer;
    };
  }

  /** Every error of the monitoring ports: its status, its code and its short text. */
  public enum Problem {
    INVALID_REQUEST(400, "invalid_request", "Invalid request"),
    AUTH_FAILED(401, "auth_failed", "Authentication failed"),
    FORBIDDEN_ORIGIN(403, "forbidden_origin", "Forbidden"),
    BODY_TOO_LARGE(413, "body_too_large", "Body too large"),
    NO_SUCH_ROUTE(404, "no_such_route", "No such route"),
    METRICS_DISABLED(404, "metrics_disabled", "Metrics are disabled"),
    METHOD_NOT_ALLOWED(405, "method_not_allowed", "Method not allowed"),
    INTERNAL(500, "internal", "Internal error"),
    OVERLOADED(503, "overloaded", "Too many requests at once"),
    UNAVAILABLE(503, "unavailable", "Unavailable");

    private final int status;
    private final String code;
    private final String title;

    Problem(int status, String code, String title) {
      this.status = status;
      this.code = code;
      this.title = title;
    }

    public int status() {
      return status;
    }

    public String code() {
      return code;
    }

    public String title() {
      return title;
    }
  }
}
