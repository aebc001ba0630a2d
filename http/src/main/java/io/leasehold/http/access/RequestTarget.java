package io.leasehold.http.access;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Path and query of a request as they were sent. Taken apart here and not by the server, which
 * would fold {@code ..} and turn what is no UTF-8 into replacement characters. Immutable.
 */
final class RequestTarget {
  /** A pair of the query, decoded. */
  record Pair(String name, String value) {}

  private final List<String> segments;
  private final @Nullable String query;

  private RequestTarget(List<String> segments, @Nullable String query) {
    this.segments = segments;
    this.query = query;
  }

  /** Of the request line; the form with a host in front is taken too. */
  static RequestTarget of(String raw) {
    int start = 0;
    if (!raw.startsWith("/")) {
      int scheme = raw.indexOf("://");
      int slash = scheme < 0 ? -1 : raw.indexOf('/', scheme + 3);
      start = slash < 0 ? raw.length() : slash;
    }
    int fragment = raw.indexOf('#', start);
    int last = fragment < 0 ? raw.length() : fragment;
    int mark = raw.indexOf('?', start);
    int end = mark < 0 || mark > last ? last : mark;
    var segments = new ArrayList<String>(6);
    for (int from = start + 1; from <= end; ) {
      int slash = raw.indexOf('/', from);
      int to = slash < 0 || slash > end ? end : slash;
      segments.add(raw.substring(from, to));
      from = to + 1;
    }
    return new RequestTarget(segments, end == mark ? raw.substring(mark + 1, last) : null);
  }

  /** Of the path, as sent: {@code /a//b/} has {@code a}, an empty one, {@code b}, an empty one. */
  List<String> segments() {
    return segments;
  }

  /** The first pair of the query with this name; null without one. */
  @Nullable String query(String name) {
    if (query == null) {
      return null;
    }
    for (Pair pair : pairs()) {
      if (pair.name().equals(name)) {
        return pair.value();
      }
    }
    return null;
  }

  /** Behind the question mark, as sent; null without one. */
  @Nullable String query() {
    return query;
  }

  private List<Pair> pairs() {
    var pairs = new ArrayList<Pair>();
    if (query == null || query.isEmpty()) {
      return pairs;
    }
    for (String each : query.split("&", -1)) {
      int equals = each.indexOf('=');
      String name = equals < 0 ? each : each.substring(0, equals);
      String value = equals < 0 ? "" : each.substring(equals + 1);
      pairs.add(new Pair(inQuery(name), inQuery(value)));
    }
    return pairs;
  }

  private static String inQuery(String text) {
    String decoded = decoded(text.replace('+', ' '));
    if (decoded == null) {
      throw new Refused(
          Answer.Problem.INVALID_REQUEST, "the query of the URL is not percent-encoded UTF-8");
    }
    return decoded;
  }

  /** The text behind the percent signs; null if they are wrong or it is no UTF-8. */
  static @Nullable String decoded(String text) {
    if (isPlain(text)) {
      return text;
    }
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > 0x7f) {
        bytes[length++] = (byte) c; // the request line is read as single bytes
      } else if (c != '%') {
        bytes[length++] = (byte) c;
      } else {
        int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          return null;
        }
        bytes[length++] = (byte) (high << 4 | low);
        i += 2;
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '%' || text.charAt(i) > 0x7e) {
        return false;
      }
    }
    return true;
  }
}
