package io.leasehold.http.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.jspecify.annotations.Nullable;

/** The one form of every answer of the gateway's control plane. Safe for any thread. */
public final class Envelope {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final int OK = 200;
  private static final int UNAUTHENTICATED = 401;

  private final Clock clock;

  public Envelope(Clock clock) {
    this.clock = clock;
  }

  /** RFC 3339 in UTC with microseconds. */
  public static String time(Instant time) {
    return TIME.format(time);
  }

  /**
   * What was asked for.
   *
   * @param message null = none
   */
  public HttpResponse success(JsonNode data, @Nullable String message) {
    return response(OK, true, data, message);
  }

  /**
   * Why not.
   *
   * @param retryAfterSeconds 0 = asking again would not help
   */
  public HttpResponse error(int status, String message, int retryAfterSeconds) {
    HttpResponse response = response(status, false, MAPPER.nullNode(), message);
    if (status == UNAUTHENTICATED) {
      response = response.addHeader(RawHeader.create("WWW-Authenticate", "Bearer"));
    }
    return retryAfterSeconds > 0
        ? response.addHeader(RawHeader.create("Retry-After", Integer.toString(retryAfterSeconds)))
        : response;
  }

  private HttpResponse response(
      int status, boolean success, JsonNode data, @Nullable String message) {
    ObjectNode body = MAPPER.createObjectNode();
    body.put("success", success);
    body.set("data", data);
    body.put("message", message);
    body.put("timestamp", time(Instant.ofEpochMilli(clock.wallMillis())));
    return plain(status, body);
  }

  /** The few answers that have no envelope. */
  public static HttpResponse plain(int status, JsonNode body) {
    try {
      return Answers.json(
          status,
          MAPPER.writeValueAsBytes(body),
          List.of(RawHeader.create("Cache-Control", "no-store")));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON can be written", e);
    }
  }
}
