package io.leasehold.domain.telemetry;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A tag that must have one of some values. Immutable.
 *
 * @param key of the tag
 * @param values any of them will do; {@code *} stands for any run of characters
 */
public record TagMatch(String key, List<String> values) {
  public TagMatch {
    values = List.copyOf(values);
  }

  /** Ready to be asked. */
  static final class Compiled {
    final String key;
    private final Pattern pattern;

    Compiled(TagMatch match) {
      key = match.key;
      pattern =
          Pattern.compile(
              match.values.stream().map(Compiled::regex).collect(Collectors.joining("|")),
              Pattern.DOTALL);
    }

    private static String regex(String glob) {
      return Arrays.stream(glob.split("\\*", -1))
          .map(Pattern::quote)
          .collect(Collectors.joining(".*"));
    }

    boolean matches(String value) {
      return pattern.matcher(value).matches();
    }
  }
}
