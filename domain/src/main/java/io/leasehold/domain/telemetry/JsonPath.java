package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Looks into valid JSON by dotted paths; elements of arrays by their index. No state. */
final class JsonPath {
  private static final int MAX_DIGITS = 64;

  private JsonPath() {}

  /** The text of the value at a path, null if nothing is there. Of duplicate keys the last. */
  static @Nullable String at(String text, String path) {
    byte[] bytes = text.getBytes(UTF_8);
    for (String segment : path.split("\\.", -1)) {
      byte[] below = child(bytes, segment);
      if (below == null) {
        return null;
      }
      bytes = below;
    }
    return new String(bytes, UTF_8);
  }

  private static byte @Nullable [] child(byte[] text, String name) {
    var json = new JsonText();
    json.begin(text, 0, text.length);
    boolean object = json.accept('{');
    if ((!object && !json.accept('[')) || json.accept(object ? '}' : ']')) {
      return null;
    }
    byte[] found = null;
    int index = 0;
    do {
      String key;
      if (object) {
        json.name();
        key = JsonText.decode(text, json.from(), json.to(), json.isEscaped());
      } else {
        key = Integer.toString(index++);
      }
      int quote = json.value(0) == JsonText.Kind.STRING ? 1 : 0;
      if (key.equals(name)) {
        int from = json.from() - quote;
        found = new byte[json.to() + quote - from];
        System.arraycopy(text, from, found, 0, found.length);
      }
    } while (json.accept(','));
    return found;
  }

  /**
   * Whether two valid texts mean the same: strings whatever their escapes, numbers by value,
   * objects and arrays member by member in their order, blanks aside.
   */
  static boolean isSame(String one, String other) {
    byte[] left = one.getBytes(UTF_8);
    byte[] right = other.getBytes(UTF_8);
    var a = new JsonText();
    a.begin(left, 0, left.length);
    var b = new JsonText();
    b.begin(right, 0, right.length);
    JsonText.Kind kind = a.value(0);
    if (kind != b.value(0)) {
      return false;
    }
    return switch (kind) {
      case STRING ->
          JsonText.decode(left, a.from(), a.to(), a.isEscaped())
              .equals(JsonText.decode(right, b.from(), b.to(), b.isEscaped()));
      case NUMBER ->
          Math.max(one.length(), other.length()) <= MAX_DIGITS
              ? new BigDecimal(one.strip()).compareTo(new BigDecimal(other.strip())) == 0
              : one.equals(other);
      default -> compact(one).equals(compact(other));
    };
  }

  private static String compact(String text) {
    var out = new StringBuilder(text.length());
    boolean inside = false;
    boolean escaped = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!escaped && c == '"') {
        inside = !inside;
      }
      escaped = inside && !escaped && c == '\\';
      if (inside || c > ' ') {
        out.append(c);
      }
    }
    return out.toString();
  }
}
