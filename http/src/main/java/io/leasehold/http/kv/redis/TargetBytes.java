package io.leasehold.http.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Arguments in the target of a request. Taken apart as it was sent and decoded to bytes then, so
 * that a slash, a zero or what is no UTF-8 survives. No state; safe for any thread.
 */
final class TargetBytes {
  private static final String TOKEN = "_token";

  private TargetBytes() {}

  /** The bytes of a segment of the path. */
  static Bytes ofPath(String segment) {
    return decoded(segment, false);
  }

  /**
   * The arguments in a query: names and values in turn, an empty value left out, the token too.
   *
   * @param query as sent, without the question mark
   */
  static List<Bytes> ofQuery(String query) {
    var arguments = new ArrayList<Bytes>();
    for (String each : query.split("&", -1)) {
      int equals = each.indexOf('=');
      Bytes name = decoded(equals < 0 ? each : each.substring(0, equals), true);
      Bytes value = equals < 0 ? Bytes.EMPTY : decoded(each.substring(equals + 1), true);
      if (each.isEmpty() || name.equals(Bytes.utf8(TOKEN))) {
        continue;
      }
      arguments.add(name);
      if (!value.isEmpty()) {
        arguments.add(value);
      }
    }
    return arguments;
  }

  /** The first token in a query; empty without one. */
  static String token(String query) {
    for (String each : query.split("&", -1)) {
      if (each.startsWith(TOKEN + "=")) {
        return decoded(each.substring(TOKEN.length() + 1), true).text();
      }
    }
    return "";
  }

  private static Bytes decoded(String text, boolean plusIsSpace) {
    if (isPlain(text, plusIsSpace)) {
      return Bytes.of(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    var bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw GatewayRefusal.malformed("invalid percent-encoding in the request target");
        }
        bytes.write(high << 4 | low);
        i += 2;
      } else {
        bytes.write(plusIsSpace && c == '+' ? ' ' : c); // the line is read as single bytes
      }
    }
    return Bytes.of(bytes.toByteArray());
  }

  /** Whether every character stands for its own byte. */
  private static boolean isPlain(String text, boolean plusIsSpace) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%' || c > 0xff || (plusIsSpace && c == '+')) {
        return false;
      }
    }
    return true;
  }
}
