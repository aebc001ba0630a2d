package io.leasehold.config.load;

import com.typesafe.config.ConfigException;
import io.leasehold.config.value.ConfigurationException;
import java.util.regex.Pattern;

/** Turns what the HOCON library says about a broken file into one line that quotes no value. */
final class Syntax {
  /** Where the library begins to quote the file; what follows might be a secret. */
  private static final Pattern QUOTE =
      Pattern.compile("['\"`(]| but got|,? got |, instead| instead had|, unexpected token");

  private Syntax() {}

  /** The line about a broken file: name, line where known, what was expected there. */
  static ConfigurationException broken(String file, String language, ConfigException cause) {
    var origin = cause.origin();
    int line = origin == null ? -1 : origin.lineNumber();
    var place = line > 0 ? file + ": " + line : file;
    return new ConfigurationException(
        file, place + ": not valid " + language + ": " + reason(cause, line));
  }

  private static String reason(ConfigException cause, int line) {
    var message = String.valueOf(cause.getMessage());
    if (cause instanceof ConfigException.UnresolvedSubstitution) {
      int start = message.indexOf("${");
      int end = message.indexOf('}', start);
      return start < 0 || end < 0
          ? "a substitution has no value"
          : message.substring(start, end + 1) + " has no value";
    }
    if (cause instanceof ConfigException.WrongType) {
      return "the file must hold an object";
    }
    var marker = ": " + line + ": ";
    int at = line > 0 ? message.indexOf(marker) : -1;
    var text = at < 0 ? message : message.substring(at + marker.length());
    if (text.startsWith("Key ")) {
      return "a key must be followed by =, : or {";
    }
    if (text.startsWith("expecting a close parentheses")) {
      return "a key must stand before its value";
    }
    var quote = QUOTE.matcher(text);
    var shown = (quote.find() ? text.substring(0, quote.start()) : text).strip();
    while (shown.endsWith(":") || shown.endsWith(",")) {
      shown = shown.substring(0, shown.length() - 1).strip();
    }
    return at < 0 || shown.isEmpty() ? "the text cannot be understood" : shown;
  }
}
