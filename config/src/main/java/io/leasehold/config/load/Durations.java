package io.leasehold.config.load;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as HOCON has them, and compound ones such as {@code 1m30s}. */
final class Durations {
  private static final Pattern COMPOUND =
      Pattern.compile("(?:(\\d+)h)?(?:(\\d+)m(?!s))?(?:(\\d+)s)?(?:(\\d+)ms)?");

  private Durations() {}

  /** Throws a ConfigException for what is neither. */
  static Duration parse(Config config, String path) {
    String text = config.getString(path).strip();
    Matcher compound = COMPOUND.matcher(text);
    if (!text.isEmpty() && compound.matches()) {
      return Duration.ofHours(number(compound, 1))
          .plusMinutes(number(compound, 2))
          .plusSeconds(number(compound, 3))
          .plusMillis(number(compound, 4));
    }
    return config.getDuration(path);
  }

  private static long number(Matcher matcher, int group) {
    String digits = matcher.group(group);
    return digits == null ? 0 : Long.parseLong(digits.length() > 9 ? "999999999" : digits);
  }
}
