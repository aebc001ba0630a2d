package io.leasehold.http.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.jspecify.annotations.Nullable;

/**
 * What pages of other origins may do. Only origins of the settings are ever sent back, never one
 * that a request made up. Immutable.
 */
final class Cors {
  private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";
  private static final HttpHeader ALL = RawHeader.create(ALLOW_ORIGIN, "*");
  private static final HttpHeader BY_ORIGIN = RawHeader.create("Vary", "Origin");
  private static final String EXPOSED_OF_STORE =
      "ETag, X-Key-Version, X-Key-Created-At, X-Key-Updated-At, X-Key-Expires-At, X-Key-TTL-Ms,"
          + " X-KV-Metadata, X-Consistency, X-Correlation-ID, X-Request-ID, Retry-After,"
          + " RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining,"
          + " X-RateLimit-Reset, Allow, WWW-Authenticate";
  private static final String SENT_TO_STORE =
      "Content-Type, Authorization, X-API-Key, If-Match, If-None-Match, If-Fence,"
          + " X-KV-Metadata, X-Correlation-ID, X-Request-ID, Last-Event-ID";
  private static final String EXPOSED_OF_GATEWAY =
      "Upstash-Sync-Token, X-Correlation-ID, X-Request-ID, Retry-After, RateLimit,"
          + " RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset,"
          + " Allow, WWW-Authenticate";
  private static final String SENT_TO_GATEWAY =
      "Content-Type, Authorization, Upstash-Encoding, Upstash-Response-Format,"
          + " Upstash-Reponse-Format, Upstash-Sync-Token, Upstash-Telemetry-Sdk,"
          + " Upstash-Telemetry-Runtime, Upstash-Telemetry-Platform, X-Correlation-ID,"
          + " X-Request-ID";
  private static final int NO_CONTENT = 204;

  private final HttpHeader exposed;
  private final List<HttpHeader> preflight;
  private final boolean off;
  private final boolean everybody;
  private final Map<String, HttpHeader> allowed = new TreeMap<>();

  private Cors(List<String> origins, String exposed, String sent) {
    this.exposed = RawHeader.create("Access-Control-Expose-Headers", exposed);
    this.preflight =
        List.of(
            RawHeader.create(
                "Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, HEAD, OPTIONS"),
            RawHeader.create("Access-Control-Allow-Headers", sent),
            RawHeader.create("Access-Control-Max-Age", "600"));
    this.off = origins.isEmpty();
    this.everybody = origins.contains("*");
    for (String origin : origins) {
      allowed.put(origin, RawHeader.create(ALLOW_ORIGIN, origin));
    }
  }

  /**
   * For the store and the views of a node.
   *
   * @param origins as pages send them, {@code *} = all, empty = none
   */
  static Cors ofStore(List<String> origins) {
    return new Cors(origins, EXPOSED_OF_STORE, SENT_TO_STORE);
  }

  /** The same for the gateway. */
  static Cors ofGateway(List<String> origins) {
    return new Cors(origins, EXPOSED_OF_GATEWAY, SENT_TO_GATEWAY);
  }

  /** Whether a browser asks what a page may do. */
  boolean isQuestion(ApiCall call) {
    return !off
        && call.method().equals("OPTIONS")
        && call.presented().origin() != null
        && call.header("Access-Control-Request-Method") != null;
  }

  /** The answer to that, without what {@link #of} adds. */
  HttpResponse preflight() {
    return HttpResponse.create()
        .withStatus(StatusCodes.get(NO_CONTENT))
        .withEntity(HttpEntities.EMPTY)
        .addHeaders(preflight);
  }

  /** What every answer has that is open to pages. */
  List<HttpHeader> of(@Nullable String origin) {
    if (off) {
      return List.of();
    }
    var headers = new ArrayList<HttpHeader>(3);
    addTo(headers, origin);
    return headers;
  }

  /** Adds what every answer of a route open to pages has. */
  void addTo(List<HttpHeader> headers, @Nullable String origin) {
    if (off) {
      return;
    }
    if (everybody) {
      headers.add(ALL);
    } else {
      headers.add(BY_ORIGIN);
      var known = origin == null ? null : allowed.get(origin);
      if (known == null) {
        return;
      }
      headers.add(known);
    }
    if (origin != null) {
      headers.add(exposed); // of use to pages only, and long
    }
  }

  /** What the answer to the question of a page has besides. */
  List<HttpHeader> ofPreflight() {
    return off ? List.of() : preflight;
  }
}
