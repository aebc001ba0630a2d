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

  /** What another node wrote by {@link #object()}. */
  public static JsonNode read(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage(), e);
    }
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
    return error(problem, message, correlationId, Map.of());
  }

  /**
   * The same with more members behind the others.
   *
   * @param members numbers, truth values and texts, in the order of the map
   */
  public static Answer error(
      Problem problem, String message, String correlationId, Map<String, Object> members) {
    ObjectNode body =
        object()
            .put("error", problem.title())
            .put("code", problem.code())
            .put("message", message)
            .put("correlation_id", correlationId);
    members.forEach(body::putPOJO);
    Answer answer = json(problem.status(), body);
    return switch (problem) {
      case AUTH_FAILED -> answer.with("WWW-Authenticate", "Bearer");
      case OVERLOADED, UNAVAILABLE, WATCH_LIMIT, DRAINING -> answer.with("Retry-After", "1");
      case METHOD_NOT_ALLOWED -> answer.with("Allow", "GET, HEAD");
      default -> answer;
    };
  }

  /** Every error over HTTP: its status, its code and its short text. */
  public enum Problem {
    INVALID_JSON(400, "invalid_json", "Invalid JSON request"),
    INVALID_REQUEST(400, "invalid_request", "Invalid request"),
    MISSING_KEY(400, "missing_key", "Missing key"),
    INVALID_KEY(400, "invalid_key", "Invalid key"),
    KEY_TOO_LONG(400, "key_too_long", "Key too long"),
    MISSING_VALUE(400, "missing_value", "Missing value"),
    INVALID_VALUE(400, "invalid_value", "Invalid value"),
    INVALID_TTL(400, "invalid_ttl", "Invalid TTL"),
    INVALID_METADATA(400, "invalid_metadata", "Invalid metadata"),
    INVALID_CURSOR(400, "invalid_cursor", "Invalid cursor"),
    INVALID_POSITION(400, "invalid_position", "Invalid position"),
    INVALID_PRECONDITION(400, "invalid_precondition", "Invalid precondition"),
    INVALID_FENCE(400, "invalid_fence", "Invalid fence"),
    CROSS_SHARD(400, "cross_shard", "Keys of several shards"),
    AUTH_FAILED(401, "auth_failed", "Authentication failed"),
    FORBIDDEN(403, "forbidden", "Forbidden"),
    FORBIDDEN_ORIGIN(403, "forbidden_origin", "Forbidden"),
    NOT_FOUND(404, "not_found", "Not found"),
    NO_SUCH_ROUTE(404, "no_such_route", "No such route"),
    METRICS_DISABLED(404, "metrics_disabled", "Metrics are disabled"),
    METHOD_NOT_ALLOWED(405, "method_not_allowed", "Method not allowed"),
    STALE_FENCE(409, "stale_fence", "Stale fencing token"),
    UNKNOWN_FENCE(409, "unknown_fence", "Unknown fencing token"),
    CAS_MISMATCH(409, "cas_mismatch", "Compare-and-set mismatch"),
    TRANSACTION_CONFLICT(409, "transaction_conflict", "Transaction conflict"),
    NOT_AN_INTEGER(409, "not_an_integer", "Not an integer"),
    OVERFLOW(409, "overflow", "Integer overflow"),
    PRECONDITION_FAILED(412, "precondition_failed", "Precondition failed"),
    VALUE_TOO_LARGE(413, "value_too_large", "Value too large"),
    METADATA_TOO_LARGE(413, "metadata_too_large", "Metadata too large"),
    BODY_TOO_LARGE(413, "body_too_large", "Body too large"),
    RESPONSE_TOO_LARGE(413, "response_too_large", "Response too large"),
    BAD_BACKUP(422, "bad_backup", "Bad backup"),
    RATE_LIMITED(429, "rate_limited", "Rate limit exceeded"),
    INTERNAL(500, "internal", "Internal error"),
    UNAVAILABLE(503, "unavailable", "Unavailable"),
    OVERLOADED(503, "overloaded", "Overloaded"),
    WATCH_LIMIT(503, "watch_limit", "Too many watchers"),
    DRAINING(503, "draining", "Draining"),
    STORAGE_FULL(507, "storage_full", "Storage full");

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
