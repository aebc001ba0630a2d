package io.leasehold.config.load;

/** Takes the comments that HOCON does not know out of a text. */
final class Comments {
  private Comments() {}

  /**
   * Block comments outside strings become blanks; line feeds stay, so that lines keep their number.
   */
  static String withoutBlocks(String text) {
    var out = new StringBuilder(text);
    boolean inString = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString && c == '\\') {
        i++;
      } else if (c == '"') {
        inString = !inString;
      } else if (!inString && text.startsWith("//", i)) {
        int end = text.indexOf('\n', i);
        i = end < 0 ? text.length() : end;
      } else if (!inString && text.startsWith("/*", i)) {
        int end = text.indexOf("*/", i + 2);
        int stop = end < 0 ? text.length() : end + 2;
        for (int j = i; j < stop; j++) {
          if (text.charAt(j) != '\n') {
            out.setCharAt(j, ' ');
          }
        }
        i = stop - 1;
      }
    }
    return out.toString();
  }
}
