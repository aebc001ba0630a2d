package io.leasehold.config.load;

import java.util.Optional;

/** Blanks out comments of a JSON text, so that every line keeps its number. */
final class JsonComments {
  private JsonComments() {}

  /**
   * Replaces each line comment and each block comment outside of strings by spaces; line ends stay.
   * Empty when a block comment has no end.
   */
  static Optional<String> blank(String text) {
    var out = new StringBuilder(text);
    boolean inString = false;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (inString) {
        // A line end cannot be inside a string: an unclosed one must not swallow the file.
        inString = c != '"' && c != '\n';
        i += c == '\\' ? 2 : 1;
      } else if (text.startsWith("//", i)) {
        int end = text.indexOf('\n', i);
        i = blank(out, i, end < 0 ? text.length() : end);
      } else if (text.startsWith("/*", i)) {
        int end = text.indexOf("*/", i + 2);
        if (end < 0) {
          return Optional.empty();
        }
        i = blank(out, i, end + 2);
      } else {
        inString = c == '"';
        i++;
      }
    }
    return Optional.of(out.toString());
  }

  private static int blank(StringBuilder out, int from, int to) {
    for (int i = from; i < to; i++) {
      if (out.charAt(i) != '\n') {
        out.setCharAt(i, ' ');
      }
    }
    return to;
  }
}
