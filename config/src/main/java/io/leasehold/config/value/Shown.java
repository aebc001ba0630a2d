package io.leasehold.config.value;

import java.time.Duration;
import java.util.Collection;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How a value appears in an output: short, on one line, without passwords inside of URLs. */
public final class Shown {
  /** Characters of a value that an error text shows. */
  public static final int MAX_CHARS = 64;

  private static final Pattern USER_INFO = Pattern.compile("(://[^/@:\\s]*):[^/\\s]*@");
  private static final Pattern PASSWORD_PARAMETER =
      Pattern.compile(
          "(?i)((?:password|passwd|pwd|secret|token|api[_-]?key)\\s*=)[^&;]*", Pattern.DOTALL);

  private Shown() {}

  /** A value in an error text: at most {@value #MAX_CHARS} characters of it. */
  public static String value(Object value) {
    var text = whole(value);
    if (text.length() <= MAX_CHARS) {
      return text;
    }
    // A pair of surrogates is one character: never cut it in two.
    int end = Character.isHighSurrogate(text.charAt(MAX_CHARS - 1)) ? MAX_CHARS - 1 : MAX_CHARS;
    return text.substring(0, end) + "…";
  }

  /** A value in full, control characters escaped; an empty text is shown as two quotes. */
  public static String whole(Object value) {
    if (value instanceof Duration duration) {
      return Durations.text(duration);
    }
    if (value instanceof Collection<?> values) {
      return values.stream().map(Shown::whole).collect(Collectors.joining(", ", "[", "]"));
    }
    var text = masked(value.toString());
    return text.isEmpty() ? "\"\"" : escaped(text);
  }

  private static String masked(String text) {
    var withoutUserInfo = USER_INFO.matcher(text).replaceAll("$1:" + Secret.MASK + "@");
    return PASSWORD_PARAMETER.matcher(withoutUserInfo).replaceAll("$1" + Secret.MASK);
  }

  private static String escaped(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (isUnprintable(c)) {
            out.append("\\u").append(hex(c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.toString();
  }

  private static String hex(char c) {
    var digits = Integer.toHexString(c);
    return "0".repeat(4 - digits.length()) + digits;
  }

  /** Line separators and direction marks change what a terminal shows as much as controls do. */
  private static boolean isUnprintable(char c) {
    int type = Character.getType(c);
    return Character.isISOControl(c)
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }
}
