package io.leasehold.streams.lock.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the members of one request stand in its bytes. Values are decoded when asked for. Reusable;
 * not thread safe.
 */
final class MemberTable implements JsonScanner.Members {
  private static final int COUNT = Member.ALL.length;
  private static final int MAX_ATTEMPTS = 100;

  /** Is told of each member of an object. Of a string the value is decoded, else as it stands. */
  interface Nested {
    void member(String name, JsonScanner.Kind kind, String value);
  }

  private final JsonScanner scanner = new JsonScanner();
  private final JsonScanner.Kind[] kinds = new JsonScanner.Kind[COUNT];
  private final int[] from = new int[COUNT];
  private final int[] to = new int[COUNT];
  private final boolean resourceForKey;
  private byte[] text = new byte[0];
  private boolean ascii;

  MemberTable(boolean resourceForKey) {
    this.resourceForKey = resourceForKey;
  }

  @Nullable WireError read(byte[] bytes, int start, int end) {
    text = bytes;
    Arrays.fill(kinds, JsonScanner.Kind.ABSENT);
    int nonAscii = Bytes.firstNonAscii(bytes, start, end);
    ascii = nonAscii == end;
    if (!ascii && Bytes.invalidUtf8(bytes, nonAscii, end) >= 0) {
      return new WireError(ErrorCode.INVALID_UTF8, "line is not valid UTF-8");
    }
    if (scanner.scan(bytes, start, end, this)) {
      return null;
    }
    if (scanner.isUnpairedSurrogate()) {
      return new WireError(ErrorCode.INVALID_UTF8, "line is not valid UTF-8: " + scanner.problem());
    }
    return isAnotherJsonValue(bytes, start, end)
        ? new WireError(ErrorCode.INVALID_REQUEST, "request must be a JSON object")
        : new WireError(ErrorCode.INVALID_JSON, scanner.problem());
  }

  /** Wraps the text in an object: if that is valid, the text was a value, only not an object. */
  private boolean isAnotherJsonValue(byte[] bytes, int start, int end) {
    int first = start;
    while (first < end && bytes[first] <= ' ' && bytes[first] >= 0) {
      first++;
    }
    if (first == end || bytes[first] == '{') {
      return false;
    }
    byte[] wrapped = new byte[end - start + 6];
    System.arraycopy("{\"\":".getBytes(StandardCharsets.US_ASCII), 0, wrapped, 0, 4);
    System.arraycopy(bytes, start, wrapped, 4, end - start);
    wrapped[end - start + 4] = '}';
    return new JsonScanner()
        .scan(wrapped, 0, end - start + 5, (nf, nt, escaped, kind, vf, vt) -> {});
  }

  @Override
  public void member(
      int nameFrom,
      int nameTo,
      boolean nameEscaped,
      JsonScanner.Kind kind,
      int valueFrom,
      int valueTo) {
    Member member;
    if (nameEscaped) {
      byte[] name = decode(text, nameFrom, nameTo).getBytes(StandardCharsets.UTF_8);
      member = Member.named(name, 0, name.length);
    } else {
      member = Member.named(text, nameFrom, nameTo);
    }
    if (member != null) {
      int i = member.ordinal();
      kinds[i] = kind;
      from[i] = valueFrom;
      to[i] = valueTo;
    }
  }

  Member keyMember() {
    return resourceForKey ? Member.RESOURCE : Member.KEY;
  }

  boolean isAbsent(Member member) {
    return kind(member) == JsonScanner.Kind.ABSENT;
  }

  boolean isString(Member member) {
    return kind(member) == JsonScanner.Kind.STRING
        || kind(member) == JsonScanner.Kind.ESCAPED_STRING;
  }

  boolean isInteger(Member member) {
    return kind(member) == JsonScanner.Kind.INTEGER;
  }

  boolean isTrue(Member member) {
    return kind(member) == JsonScanner.Kind.TRUE;
  }

  boolean isFalse(Member member) {
    return kind(member) == JsonScanner.Kind.FALSE;
  }

  boolean isIntegerFrom(Member member, long min, long max) {
    if (!isInteger(member)) {
      return false;
    }
    long number = integer(member);
    return number >= min && number <= max;
  }

  /** Whether the member is this text; does not decode unescaped text. */
  boolean isText(Member member, String expected) {
    if (kind(member) == JsonScanner.Kind.ESCAPED_STRING) {
      return string(member).equals(expected);
    }
    if (kind(member) != JsonScanner.Kind.STRING) {
      return false;
    }
    int start = from[member.ordinal()];
    int length = to[member.ordinal()] - start;
    if (!ascii || length != expected.length()) {
      return !ascii && string(member).equals(expected);
    }
    for (int i = 0; i < length; i++) {
      if (text[start + i] != expected.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  @Nullable Action action() {
    if (kind(Member.ACTION) == JsonScanner.Kind.STRING) {
      int i = Member.ACTION.ordinal();
      return Action.named(text, from[i], to[i]);
    }
    if (kind(Member.ACTION) == JsonScanner.Kind.ESCAPED_STRING) {
      byte[] name = string(Member.ACTION).getBytes(StandardCharsets.UTF_8);
      return Action.named(name, 0, name.length);
    }
    return null;
  }

  /** Of a string value. */
  String string(Member member) {
    int i = member.ordinal();
    if (kind(member) == JsonScanner.Kind.ESCAPED_STRING) {
      return decode(text, from[i], to[i]);
    }
    return new String(
        text,
        from[i],
        to[i] - from[i],
        ascii ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }

  /** Of a string value, in UTF-8. */
  byte[] bytes(Member member) {
    int i = member.ordinal();
    return kind(member) == JsonScanner.Kind.ESCAPED_STRING
        ? string(member).getBytes(StandardCharsets.UTF_8)
        : Arrays.copyOfRange(text, from[i], to[i]);
  }

  /**
   * Tells of the members of an object, in the order of the text.
   *
   * @return false if the member is no object
   */
  boolean nested(Member member, Nested nested) {
    if (kind(member) != JsonScanner.Kind.OBJECT) {
      return false;
    }
    int i = member.ordinal();
    return scanner.scan(
        text,
        from[i],
        to[i],
        (nameFrom, nameTo, escaped, kind, valueFrom, valueTo) ->
            nested.member(
                decode(text, nameFrom, nameTo),
                kind,
                kind == JsonScanner.Kind.ESCAPED_STRING
                    ? decode(text, valueFrom, valueTo)
                    : new String(text, valueFrom, valueTo - valueFrom, StandardCharsets.UTF_8)));
  }

  String stringOrDigits(Member member) {
    return isInteger(member) ? raw(member) : string(member);
  }

  /** Of a string value, after decoding. */
  int utf8Length(Member member) {
    int i = member.ordinal();
    return kind(member) == JsonScanner.Kind.ESCAPED_STRING
        ? string(member).getBytes(StandardCharsets.UTF_8).length
        : to[i] - from[i];
  }

  /** Of an integer value; what does not fit a long is the largest or smallest long. */
  long integer(Member member) {
    int i = from[member.ordinal()];
    int end = to[member.ordinal()];
    return parse(text, i, end);
  }

  long integerOr(Member member, long absent) {
    return isAbsent(member) ? absent : integer(member);
  }

  /** The value as it stands in the line, for error texts. */
  String raw(Member member) {
    int i = member.ordinal();
    int start = isString(member) ? from[i] - 1 : from[i];
    int end = isString(member) ? to[i] + 1 : to[i];
    return new String(text, start, end - start, StandardCharsets.UTF_8);
  }

  /** How many retries {@code retry} asks for, -1 without it; an error goes to {@code error[0]}. */
  int retryAttempts(@Nullable WireError[] error) {
    if (isAbsent(Member.RETRY)) {
      return -1;
    }
    int i = Member.RETRY.ordinal();
    if (kind(Member.RETRY) != JsonScanner.Kind.OBJECT) {
      error[0] = WireError.invalidField("retry", "must be an object", raw(Member.RETRY));
      return -1;
    }
    int[] attempts = {0};
    scanner.scan(
        text,
        from[i],
        to[i],
        (nameFrom, nameTo, escaped, kind, valueFrom, valueTo) -> {
          if (!Bytes.equal("max_attempts", text, nameFrom, nameTo)
              || kind == JsonScanner.Kind.ABSENT) {
            return;
          }
          long asked = kind == JsonScanner.Kind.INTEGER ? parse(text, valueFrom, valueTo) : -1;
          if (asked < 0 || asked > MAX_ATTEMPTS) {
            error[0] =
                WireError.invalidField(
                    "retry.max_attempts",
                    "must be an integer from 0 to " + MAX_ATTEMPTS,
                    new String(text, valueFrom, valueTo - valueFrom, StandardCharsets.UTF_8));
          } else {
            attempts[0] = (int) asked;
          }
        });
    return attempts[0];
  }

  private JsonScanner.Kind kind(Member member) {
    return kinds[member.ordinal()];
  }

  private static long parse(byte[] text, int start, int end) {
    int i = start;
    boolean negative = text[i] == '-';
    if (negative) {
      i++;
    }
    if (end - i > 18) { // 18 digits always fit; more can only be out of every range
      return negative ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    long number = 0;
    for (; i < end; i++) {
      number = number * 10 + (text[i] - '0');
    }
    return negative ? -number : number;
  }

  /** Decodes a string that the scanner has found valid. */
  private static String decode(byte[] text, int start, int end) {
    var decoded = new StringBuilder(end - start);
    int i = start;
    while (i < end) {
      if (text[i] != '\\') {
        int run = i;
        while (i < end && text[i] != '\\') {
          i++;
        }
        decoded.append(new String(text, run, i - run, StandardCharsets.UTF_8));
        continue;
      }
      char escape = (char) text[i + 1];
      i += 2;
      switch (escape) {
        case 'b' -> decoded.append('\b');
        case 'f' -> decoded.append('\f');
        case 'n' -> decoded.append('\n');
        case 'r' -> decoded.append('\r');
        case 't' -> decoded.append('\t');
        case 'u' -> {
          int unit = 0;
          for (int k = 0; k < 4; k++) {
            unit = (unit << 4) | Character.digit(text[i + k], 16);
          }
          decoded.append((char) unit);
          i += 4;
        }
        default -> decoded.append(escape);
      }
    }
    return decoded.toString();
  }
}
