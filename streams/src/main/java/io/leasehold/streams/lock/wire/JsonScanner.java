package io.leasehold.streams.lock.wire;

import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON object byte by byte, strictly as RFC 8259 has it, without building anything: tells
 * a listener where each member of the outermost object stands. Reusable; not thread safe.
 *
 * <p>The input is valid UTF-8 already. Depth is bounded, so a line of brackets costs nothing.
 */
final class JsonScanner {
  static final int MAX_DEPTH = 16;

  /** What kind of value a member has. */
  enum Kind {
    ABSENT,
    STRING,
    /** A string with at least one escape. */
    ESCAPED_STRING,
    INTEGER,
    /** A number with a fraction or an exponent. */
    NUMBER,
    TRUE,
    FALSE,
    OBJECT,
    ARRAY
  }

  /** Is told of each member of the outermost object, in the order of the text. */
  interface Members {
    /**
     * One member. Of a string value the range is what stands between the quotes.
     *
     * @param nameEscaped the name has escapes and must be decoded before it is compared
     * @param kind {@link Kind#ABSENT} for null
     */
    void member(
        int nameFrom, int nameTo, boolean nameEscaped, Kind kind, int valueFrom, int valueTo);
  }

  private byte[] text = new byte[0];
  private int start;
  private int end;
  private int at;
  private @Nullable String problem;
  private boolean surrogateProblem;
  private int stringFrom;
  private int stringTo;
  private boolean stringEscaped;

  /**
   * Scans {@code text[from, to)}.
   *
   * @return false if it is not one JSON object; then {@link #problem()} or {@link
   *     #isUnpairedSurrogate()} says why
   */
  boolean scan(byte[] bytes, int from, int to, Members members) {
    text = bytes;
    start = from;
    end = to;
    at = from;
    problem = null;
    surrogateProblem = false;
    skipBlanks();
    if (at >= end || text[at] != '{') {
      return fail("expected {");
    }
    return object(members, 1) && atEnd();
  }

  /** What is wrong, and where, counted from 1. */
  String problem() {
    return problem == null ? "" : problem;
  }

  boolean isUnpairedSurrogate() {
    return surrogateProblem;
  }

  private boolean atEnd() {
    skipBlanks();
    return at == end || fail("unexpected text after the object");
  }

  private boolean object(@Nullable Members members, int depth) {
    if (depth > MAX_DEPTH) {
      return fail("nested deeper than " + MAX_DEPTH);
    }
    at++;
    skipBlanks();
    if (at < end && text[at] == '}') {
      at++;
      return true;
    }
    while (true) {
      skipBlanks();
      if (at >= end || text[at] != '"') {
        return fail("expected a member name");
      }
      if (!string()) {
        return false;
      }
      int nameFrom = stringFrom;
      int nameTo = stringTo;
      boolean nameEscaped = stringEscaped;
      skipBlanks();
      if (at >= end || text[at] != ':') {
        return fail("expected :");
      }
      at++;
      skipBlanks();
      int valueFrom = at;
      Kind kind = value(depth);
      if (kind == null) {
        return false;
      }
      if (members != null) {
        boolean isString = kind == Kind.STRING || kind == Kind.ESCAPED_STRING;
        members.member(
            nameFrom,
            nameTo,
            nameEscaped,
            kind,
            isString ? stringFrom : valueFrom,
            isString ? stringTo : at);
      }
      skipBlanks();
      if (at >= end) {
        return fail("expected , or }");
      }
      byte next = text[at++];
      if (next == '}') {
        return true;
      }
      if (next != ',') {
        at--;
        return fail("expected , or }");
      }
    }
  }

  private boolean array(int depth) {
    if (depth > MAX_DEPTH) {
      return fail("nested deeper than " + MAX_DEPTH);
    }
    at++;
    skipBlanks();
    if (at < end && text[at] == ']') {
      at++;
      return true;
    }
    while (true) {
      skipBlanks();
      if (value(depth) == null) {
        return false;
      }
      skipBlanks();
      if (at >= end) {
        return fail("expected , or ]");
      }
      byte next = text[at++];
      if (next == ']') {
        return true;
      }
      if (next != ',') {
        at--;
        return fail("expected , or ]");
      }
    }
  }

  /** Returns null if there is no valid value here. */
  private @Nullable Kind value(int depth) {
    if (at >= end) {
      fail("expected a value");
      return null;
    }
    return switch (text[at]) {
      case '"' -> string() ? (stringEscaped ? Kind.ESCAPED_STRING : Kind.STRING) : null;
      case '{' -> object(null, depth + 1) ? Kind.OBJECT : null;
      case '[' -> array(depth + 1) ? Kind.ARRAY : null;
      case 't' -> word("true") ? Kind.TRUE : null;
      case 'f' -> word("false") ? Kind.FALSE : null;
      case 'n' -> word("null") ? Kind.ABSENT : null;
      default -> number();
    };
  }

  private boolean word(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (at + i >= end || text[at + i] != word.charAt(i)) {
        return fail("expected a value");
      }
    }
    at += word.length();
    return true;
  }

  private @Nullable Kind number() {
    int from = at;
    if (text[at] == '-') {
      at++;
    }
    if (at < end && text[at] == '0') {
      at++;
    } else if (!digits()) {
      at = from;
      fail("expected a value");
      return null;
    }
    Kind kind = Kind.INTEGER;
    if (at < end && text[at] == '.') {
      at++;
      kind = Kind.NUMBER;
      if (!digits()) {
        fail("expected a digit");
        return null;
      }
    }
    if (at < end && (text[at] == 'e' || text[at] == 'E')) {
      at++;
      kind = Kind.NUMBER;
      if (at < end && (text[at] == '+' || text[at] == '-')) {
        at++;
      }
      if (!digits()) {
        fail("expected a digit");
        return null;
      }
    }
    return kind;
  }

  private boolean digits() {
    int from = at;
    while (at < end && text[at] >= '0' && text[at] <= '9') {
      at++;
    }
    return at > from;
  }

  private boolean string() {
    at++;
    int from = at;
    boolean escaped = false;
    while (at < end) {
      byte c = text[at];
      if (c == '"') {
        stringFrom = from;
        stringTo = at;
        stringEscaped = escaped;
        at++;
        return true;
      }
      if (c == '\\') {
        escaped = true;
        if (!escape()) {
          return false;
        }
      } else if (c >= 0 && c < 0x20) {
        return fail("control character in a string");
      } else {
        at++;
      }
    }
    return fail("string without its end");
  }

  private boolean escape() {
    at++;
    if (at >= end) {
      return fail("string without its end");
    }
    switch (text[at]) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
        at++;
        return true;
      }
      case 'u' -> {
        int unit = hex(at + 1);
        if (unit < 0) {
          return fail("expected four hex digits");
        }
        at += 5;
        if (unit < 0xD800 || unit > 0xDFFF) {
          return true;
        }
        boolean paired =
            unit < 0xDC00
                && at + 1 < end
                && text[at] == '\\'
                && text[at + 1] == 'u'
                && isLowSurrogate(hex(at + 2));
        if (!paired) {
          surrogateProblem = true;
          return fail("unpaired surrogate");
        }
        at += 6;
        return true;
      }
      default -> {
        return fail("unknown escape");
      }
    }
  }

  private static boolean isLowSurrogate(int unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
  }

  /** The number of four hex digits, -1 if they are not there. */
  private int hex(int from) {
    if (end - from < 4) {
      return -1;
    }
    int unit = 0;
    for (int i = from; i < from + 4; i++) {
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
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
        return;
      }
      at++;
    }
  }

  private boolean fail(String what) {
    if (problem == null) {
      problem = what + " at byte " + (at - start + 1);
    }
    return false;
  }
}
