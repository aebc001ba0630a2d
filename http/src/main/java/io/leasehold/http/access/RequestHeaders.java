package io.leasehold.http.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.headers.RawRequestURI;
import org.jspecify.annotations.Nullable;

/**
 * What the doors need of the headers of a request, found in one pass over them. Immutable once
 * made.
 */
final class RequestHeaders {
  private static final String BEARER = "Bearer ";

  private final HttpRequest request;
  private @Nullable String target;
  private @Nullable String correlationId;
  private @Nullable String requestId;
  private @Nullable String authorization;
  private @Nullable String bearer;
  private @Nullable String apiKey;
  private @Nullable String acceptEncoding;
  private @Nullable String origin;
  private @Nullable String accept;
  private boolean expectsContinue;
  private boolean conditional;
  private int correlationIds;
  private int requestIds;
  private long bytes;

  /** A bit for each length of a name: most headers that are asked for are not there. */
  private long lengths;

  RequestHeaders(HttpRequest request) {
    this.request = request;
    for (HttpHeader header : request.getHeaders()) {
      note(header);
    }
    String sent = authorization;
    bearer =
        sent != null && sent.regionMatches(true, 0, BEARER, 0, BEARER.length())
            ? sent.substring(BEARER.length()).strip()
            : null;
  }

  private void note(HttpHeader header) {
    if (target == null && header instanceof RawRequestURI own) { // the first is the server's own
      target = own.uri();
      return;
    }
    String value = header.value();
    String name = header.lowercaseName();
    lengths |= 1L << name.length(); // modulo 64
    bytes += name.length() + value.length() + 4; // colon, blank, end of line
    switch (name) {
      case "raw-request-uri" -> {
        if (target == null) {
          target = value;
          bytes = 0;
        }
      }
      case "x-correlation-id" -> {
        correlationId = value;
        correlationIds++;
      }
      case "x-request-id" -> {
        requestId = value;
        requestIds++;
      }
      case "authorization" -> authorization = authorization == null ? value : authorization;
      case "x-api-key" -> apiKey = apiKey == null ? value : apiKey;
      case "accept-encoding" ->
          acceptEncoding = acceptEncoding == null ? value : acceptEncoding + "," + value;
      case "origin" -> origin = value;
      case "expect" -> expectsContinue = true;
      case "accept" -> accept = accept == null ? value : accept + "," + value;
      default -> conditional |= name.startsWith("if-");
    }
  }

  /** As it was sent, or as the server read it if that is not kept. */
  String target() {
    return target == null ? request.getUri().toString() : target;
  }

  /** The client's id if it came once and is harmless, otherwise one of ours. */
  String correlationId() {
    return RequestIds.correlation(correlationIds == 1 ? correlationId : null);
  }

  /** The same for the id of this one request. */
  String requestId() {
    return RequestIds.request(requestIds == 1 ? requestId : null);
  }

  /** The API key that was presented: a bearer token, else {@code X-API-Key}. */
  Optional<String> presentedKey() {
    Optional<String> bearer = bearer();
    return bearer.isPresent() ? bearer : Optional.ofNullable(apiKey);
  }

  /** The token of {@code Authorization: Bearer}, and nothing else. */
  Optional<String> bearer() {
    return Optional.ofNullable(bearer);
  }

  /** Whether there is any such header; cheaper than to ask for its values. */
  boolean has(String lowercaseName) {
    if ((lengths & 1L << lowercaseName.length()) == 0) {
      return false;
    }
    for (HttpHeader header : request.getHeaders()) {
      if (header.lowercaseName().equals(lowercaseName)) {
        return true;
      }
    }
    return false;
  }

  boolean acceptsGzip() {
    return acceptEncoding != null && Gzip.isAcceptedBy(acceptEncoding);
  }

  /** What the client wants, all its headers joined; null = anything. */
  @Nullable String accept() {
    return accept;
  }

  /** Whether any header begins with {@code If-}: most requests have none. */
  boolean isConditional() {
    return conditional;
  }

  @Nullable String origin() {
    return origin;
  }

  /** Whether the client waits for a word before it sends its body. */
  boolean expectsContinue() {
    return expectsContinue;
  }

  /** Of all names and values. */
  long bytes() {
    return bytes;
  }

  /** All values of a header, in order; usually none or one. */
  List<String> all(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    var values = new ArrayList<String>(1);
    for (HttpHeader header : request.getHeaders()) {
      if (header.lowercaseName().equals(lower)) {
        values.add(header.value());
      }
    }
    return values;
  }
}
