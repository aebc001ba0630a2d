package io.leasehold.domain.telemetry;

/** Writes texts as JSON. Half a surrogate pair stays what it was, as an escape. No state. */
final class JsonOut {
  private static final String HEX = "0123456789abcdef";

  private JsonOut() {}

  /** Puts a text with its quotes behind what is there. */
  static void quoted(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || isHalf(text, i)) {
        out.append("\\u").append(HEX.charAt(c >> 12)).append(HEX.charAt((c >> 8) & 0xF));
        out.append(HEX.charAt((c >> 4) & 0xF)).append(HEX.charAt(c & 0xF));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  /** The same as a text. */
  static String quoted(String text) {
    var out = new StringBuilder(text.length() + 2);
    quoted(out, text);
    return out.toString();
  }

  private static boolean isHalf(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(c)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }

  /** Bytes of UTF-8 that {@link #quoted} of a text has. */
  static int quotedBytes(String text) {
    int bytes = 2;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20) {
        bytes += 6;
      } else if (c == '"' || c == '\\') {
        bytes += 2;
      } else if (c < 0x80) {
        bytes++;
      } else if (c < 0x800) {
        bytes += 2;
      } else {
        bytes += Character.isSurrogate(c) && isHalf(text, i) ? 6 : Character.isSurrogate(c) ? 2 : 3;
      }
    }
    return bytes;
  }

  /** Bytes of UTF-8 that a text has which is written as it is. */
  static int bytes(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }
}
