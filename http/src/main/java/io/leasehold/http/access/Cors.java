package io.leasehold.http.access;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.http.javadsl.model.HttpHeader;
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
  private static final HttpHeader EXPOSED =
      RawHeader.create(
          "Access-Control-Expose-Headers",
          "ETag, X-Key-Version, X-Key-Created-At, X-Key-Updated-At, X-Key-Expires-At, X-Key-TTL-Ms,"
              + " X-KV-Metadata, X-Consistency, X-Correlation-ID, X-Request-ID, Retry-After,"
              + " RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining,"
              + " X-RateLimit-Reset, Allow, WWW-Authenticate");
  private static final List<HttpHeader> PREFLIGHT =
      List.of(
          RawHeader.create("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, HEAD, OPTIONS"),
          RawHeader.create(
              "Access-Control-Allow-Headers",
              "Content-Type, Authorization, X-API-Key, If-Match, If-None-Match, If-Fence,"
                  + " X-KV-Metadata, X-Correlation-ID, X-Request-ID, Last-Event-ID"),
          RawHeader.create("Access-Control-Max-Age", "600"));

  private final boolean off;
  private final boolean everybody;
  private final Map<String, HttpHeader> allowed = new TreeMap<>();

  /**
   * @param origins as pages send them, {@code *} = all, empty = none
   */
  Cors(List<String> origins) {
    this.off = origins.isEmpty();
    this.everybody = origins.contains("*");
    for (String origin : origins) {
      allowed.put(origin, RawHeader.create(ALLOW_ORIGIN, origin));
    }
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
      headers.add(EXPOSED); // of use to pages only, and long
    }
  }

  /** What the answer to the question of a page has besides. */
  List<HttpHeader> ofPreflight() {
    return off ? List.of() : PREFLIGHT;
  }
}
