package io.leasehold.http.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.kv.KvProblem;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** An answer before it goes out. Not changed once it is made. */
public final class Answer {
  public static final String JSON = "application/json";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final int status;
  private final String contentType;
  private final byte[] body;
  private final Map<String, String> headers;
  private final @Nullable Source<ByteString, ?> stream;

  /**
   * Any answer.
   *
   * @param headers besides those every answer has
   */
  public Answer(int status, String contentType, byte[] body, Map<String, String> headers) {
    this(status, contentType, body, headers, null);
  }

  private Answer(
      int status,
      String contentType,
      byte[] body,
      Map<String, String> headers,
      @Nullable Source<ByteString, ?> stream) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
    this.headers = Map.copyOf(headers);
    this.stream = stream;
  }

  /** One whose body comes as it goes, chunk by chunk; status 200. */
  public static Answer streaming(String contentType, Source<ByteString, ?> stream) {
    return new Answer(200, contentType, new byte[0], Map.of(), stream);
  }

  /** The body that comes as it goes; null = it is {@link #body}. */
  public @Nullable Source<ByteString, ?> stream() {
    return stream;
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
    return new Answer(status, contentType, body, more, stream);
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
    INVALID_JSON(KvProblem.INVALID_JSON),
    INVALID_REQUEST(KvProblem.INVALID_REQUEST),
    MISSING_KEY(KvProblem.MISSING_KEY),
    INVALID_KEY(KvProblem.INVALID_KEY),
    KEY_TOO_LONG(KvProblem.KEY_TOO_LONG),
    MISSING_VALUE(KvProblem.MISSING_VALUE),
    INVALID_VALUE(KvProblem.INVALID_VALUE),
    INVALID_TTL(KvProblem.INVALID_TTL),
    INVALID_METADATA(KvProblem.INVALID_METADATA),
    INVALID_CURSOR(KvProblem.INVALID_CURSOR),
    INVALID_POSITION(KvProblem.INVALID_POSITION),
    INVALID_PRECONDITION(KvProblem.INVALID_PRECONDITION),
    INVALID_FENCE(KvProblem.INVALID_FENCE),
    CROSS_SHARD(KvProblem.CROSS_SHARD),
    AUTH_FAILED(KvProblem.AUTH_FAILED),
    FORBIDDEN(KvProblem.FORBIDDEN),
    FORBIDDEN_ORIGIN(403, "forbidden_origin", "Forbidden"),
    NOT_FOUND(KvProblem.NOT_FOUND),
    NO_SUCH_ROUTE(KvProblem.NO_SUCH_ROUTE),
    METRICS_DISABLED(404, "metrics_disabled", "Metrics are disabled"),
    METHOD_NOT_ALLOWED(KvProblem.METHOD_NOT_ALLOWED),
    STALE_FENCE(KvProblem.STALE_FENCE),
    UNKNOWN_FENCE(KvProblem.UNKNOWN_FENCE),
    CAS_MISMATCH(KvProblem.CAS_MISMATCH),
    TRANSACTION_CONFLICT(KvProblem.TRANSACTION_CONFLICT),
    NOT_AN_INTEGER(KvProblem.NOT_AN_INTEGER),
    OVERFLOW(KvProblem.OVERFLOW),
    PRECONDITION_FAILED(KvProblem.PRECONDITION_FAILED),
    VALUE_TOO_LARGE(KvProblem.VALUE_TOO_LARGE),
    METADATA_TOO_LARGE(KvProblem.METADATA_TOO_LARGE),
    BODY_TOO_LARGE(KvProblem.BODY_TOO_LARGE),
    RESPONSE_TOO_LARGE(KvProblem.RESPONSE_TOO_LARGE),
    BAD_BACKUP(KvProblem.BAD_BACKUP),
    RATE_LIMITED(KvProblem.RATE_LIMITED),
    INTERNAL(KvProblem.INTERNAL),
    UNAVAILABLE(KvProblem.UNAVAILABLE),
    OVERLOADED(KvProblem.OVERLOADED),
    WATCH_LIMIT(KvProblem.WATCH_LIMIT),
    DRAINING(KvProblem.DRAINING),
    STORAGE_FULL(KvProblem.STORAGE_FULL);

    private final int status;
    private final String code;
    private final String title;

    /** What the store has a word for at every door. */
    Problem(KvProblem problem) {
      this(problem.status(), problem.code(), problem.text());
    }

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
