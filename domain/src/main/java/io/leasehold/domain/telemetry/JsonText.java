package io.leasehold.domain.telemetry;

import java.nio.charset.StandardCharsets;

/**
 * A place in a JSON text that moves on over values, strictly as RFC 8259 has it, and builds
 * nothing. Depth is bounded, so a line of brackets costs nothing. The text is valid UTF-8 already.
 * Reusable; not thread safe.
 */
final class JsonText {
  static final int MAX_DEPTH = 64;

  /** What kind of value was passed. */
  enum Kind {
    /** The text is broken here. */
    BROKEN,
    NULL,
    STRING,
    NUMBER,
    BOOLEAN,
    OBJECT,
    ARRAY
  }

  private byte[] text = new byte[0];
  private int at;
  private int end;
  private int from;
  private int to;
  private boolean escaped;

  void begin(byte[] bytes, int first, int last) {
    text = bytes;
    at = first;
    end = last;
  }

  /** Another one that stands in the same place. */
  JsonText copy() {
    var other = new JsonText();
    other.begin(text, at, end);
    return other;
  }

  /** Behind what was passed last. */
  int position() {
    return at;
  }

  /** Where the last value or name begins; of a string without its quote. */
  int from() {
    return from;
  }

  /** Where it ends (exclusive); of a string without its quote. */
  int to() {
    return to;
  }

  /** Whether the last string has an escape in it. */
  boolean isEscaped() {
    return escaped;
  }

  /** The next byte that is no blank, 0 at the end; does not pass it. */
  int peek() {
    skipBlanks();
    return at < end ? text[at] : 0;
  }

  boolean isAtEnd() {
    skipBlanks();
    return at == end;
  }

  /** Passes one byte, blanks before it too; false if another is there. */
  boolean accept(char expected) {
    if (at < end && text[at] == expected) {
      at++;
      return true;
    }
    skipBlanks();
    if (at < end && text[at] == expected) {
      at++;
      return true;
    }
    return false;
  }

  /** Passes a name and its colon; false if they are not there. */
  boolean name() {
    skipBlanks();
    return at < end && text[at] == '"' && string() && accept(':');
  }

  /**
   * Passes a value.
   *
   * @param depth of what it stands in, 0 outside of everything
   */
  Kind value(int depth) {
    skipBlanks();
    if (at >= end) {
      return Kind.BROKEN;
    }
    return switch (text[at]) {
      case '"' -> string() ? Kind.STRING : Kind.BROKEN;
      case '{' -> object(depth + 1) ? Kind.OBJECT : Kind.BROKEN;
      case '[' -> array(depth + 1) ? Kind.ARRAY : Kind.BROKEN;
      case 't' -> word("true") ? Kind.BOOLEAN : Kind.BROKEN;
      case 'f' -> word("false") ? Kind.BOOLEAN : Kind.BROKEN;
      case 'n' -> word("null") ? Kind.NULL : Kind.BROKEN;
      default -> number() ? Kind.NUMBER : Kind.BROKEN;
    };
  }

  private boolean object(int depth) {
    int first = at++;
    if (depth > MAX_DEPTH) {
      return false;
    }
    if (!accept('}')) {
      do {
        if (!name() || value(depth) == Kind.BROKEN) {
          return false;
        }
      } while (accept(','));
      if (!accept('}')) {
        return false;
      }
    }
    from = first;
    to = at;
    return true;
  }

  private boolean array(int depth) {
    int first = at++;
    if (depth > MAX_DEPTH) {
      return false;
    }
    if (!accept(']')) {
      do {
        if (value(depth) == Kind.BROKEN) {
          return false;
        }
      } while (accept(','));
      if (!accept(']')) {
        return false;
      }
    }
    from = first;
    to = at;
    return true;
  }

  private boolean word(String word) {
    int first = at;
    if (end - at < word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (text[at++] != word.charAt(i)) {
        return false;
      }
    }
    from = first;
    to = at;
    return true;
  }

  private boolean number() {
    int first = at;
    if (text[at] == '-') {
      at++;
    }
    if (at < end && text[at] == '0') {
      at++;
    } else if (!digits()) {
      return false;
    }
    if (at < end && text[at] == '.') {
      at++;
      if (!digits()) {
        return false;
      }
    }
    if (at < end && (text[at] == 'e' || text[at] == 'E')) {
      at++;
      if (at < end && (text[at] == '+' || text[at] == '-')) {
        at++;
      }
      if (!digits()) {
        return false;
      }
    }
    from = first;
    to = at;
    return true;
  }

  private boolean digits() {
    int first = at;
    while (at < end && text[at] >= '0' && text[at] <= '9') {
      at++;
    }
    return at > first;
  }

  private boolean string() {
    byte[] bytes = text;
    int last = end;
    int i = at + 1;
    int first = i;
    boolean escapes = false;
    while (i < last) {
      byte c = bytes[i];
      if (c > '"' && c != '\\') { // nearly all of them
        i++;
      } else if (c == '"') {
        from = first;
        to = i;
        escaped = escapes;
        at = i + 1;
        return true;
      } else if (c == '\\') {
        escapes = true;
        int length = escapeLength(i + 1);
        if (length == 0) {
          return false;
        }
        i += 1 + length;
      } else if (c >= 0 && c < 0x20) {
        return false; // a control character
      } else {
        i++;
      }
    }
    return false;
  }

  /** How many bytes an escape has after its backslash, 0 if it is none. */
  private int escapeLength(int first) {
    if (first >= end) {
      return 0;
    }
    return switch (text[first]) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> 1;
      case 'u' -> hex(text, first + 1, end) < 0 ? 0 : 5;
      default -> 0;
    };
  }

  private static int hex(byte[] text, int first, int end) {
    if (end - first < 4) {
      return -1;
    }
    int unit = 0;
    for (int i = first; i < first + 4; i++) {
      int digit = Character.digit(text[i], 16);
      if (digit < 0) {
        return -1;
      }
      unit = (unit << 4) | digit;
    }
    return unit;
  }

  private void skipBlanks() {
    while (at < end) {
      byte c = text[at];
      if (c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t')) {
        return;
      }
      at++;
    }
  }

  /**
   * The characters of a string that has been passed, escapes undone. Half of a surrogate pair is no
   * character: U+FFFD stands for it, so that every text has bytes of its own.
   */
  static String decode(byte[] text, int from, int to, boolean escaped) {
    if (!escaped) {
      return new String(text, from, to - from, StandardCharsets.UTF_8);
    }
    var out = new StringBuilder(to - from);
    int i = from;
    int plain = from;
    boolean surrogates = false;
    while (i < to) {
      if (text[i] != '\\') {
        i++;
        continue;
      }
      out.append(new String(text, plain, i - plain, StandardCharsets.UTF_8));
      char c = (char) text[i + 1];
      i += 2;
      switch (c) {
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'u' -> {
          char unit = (char) hex(text, i, to);
          surrogates |= Character.isSurrogate(unit);
          out.append(unit);
          i += 4;
        }
        default -> out.append(c);
      }
      plain = i;
    }
    out.append(new String(text, plain, to - plain, StandardCharsets.UTF_8));
    if (surrogates) {
      replaceHalves(out);
    }
    return out.toString();
  }

  private static void replaceHalves(StringBuilder text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (i + 1 < text.length()
            && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
          i++;
        } else {
          text.setCharAt(i, '\uFFFD');
        }
      }
    }
  }
}
