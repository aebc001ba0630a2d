package io.leasehold.config.value;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Durations as configurations write them: {@code 500ms}, {@code 5s}, {@code 1m30s}, {@code 0}. */
public final class Durations {
  private static final Pattern PART =
      Pattern.compile("\\s*(\\d{1,15}(?:\\.\\d{1,15})?)\\s*([A-Za-zµμ]*)\\s*");
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** Keeps every duration, also a sum of them, far below 2^63 nanoseconds. */
  private static final BigDecimal MAX_NANOS = BigDecimal.valueOf(Duration.ofDays(36_500).toNanos());

  private static final Map<String, Long> NANOS =
      Map.ofEntries(
          Map.entry("ns", 1L),
          Map.entry("nano", 1L),
          Map.entry("nanos", 1L),
          Map.entry("nanosecond", 1L),
          Map.entry("nanoseconds", 1L),
          Map.entry("us", 1_000L),
          Map.entry("µs", 1_000L),
          Map.entry("μs", 1_000L),
          Map.entry("micro", 1_000L),
          Map.entry("micros", 1_000L),
          Map.entry("microsecond", 1_000L),
          Map.entry("microseconds", 1_000L),
          Map.entry("ms", NANOS_PER_MILLI),
          Map.entry("milli", NANOS_PER_MILLI),
          Map.entry("millis", NANOS_PER_MILLI),
          Map.entry("millisecond", NANOS_PER_MILLI),
          Map.entry("milliseconds", NANOS_PER_MILLI),
          Map.entry("s", NANOS_PER_SECOND),
          Map.entry("second", NANOS_PER_SECOND),
          Map.entry("seconds", NANOS_PER_SECOND),
          Map.entry("m", 60 * NANOS_PER_SECOND),
          Map.entry("minute", 60 * NANOS_PER_SECOND),
          Map.entry("minutes", 60 * NANOS_PER_SECOND),
          Map.entry("h", 3_600 * NANOS_PER_SECOND),
          Map.entry("hour", 3_600 * NANOS_PER_SECOND),
          Map.entry("hours", 3_600 * NANOS_PER_SECOND),
          Map.entry("d", 86_400 * NANOS_PER_SECOND),
          Map.entry("day", 86_400 * NANOS_PER_SECOND),
          Map.entry("days", 86_400 * NANOS_PER_SECOND));

  private Durations() {}

  /** Reads a duration; a number alone is milliseconds. Empty when it is none, or over 100 years. */
  public static Optional<Duration> parse(String text) {
    var unsigned = text.strip();
    boolean negative = unsigned.startsWith("-");
    if (negative) {
      unsigned = unsigned.substring(1);
    }
    var part = PART.matcher(unsigned);
    var nanos = BigDecimal.ZERO;
    int end = 0;
    while (end < unsigned.length() && part.find(end) && part.start() == end) {
      boolean whole = end == 0 && part.end() == unsigned.length();
      var unit = part.group(2).isEmpty() && whole ? "ms" : part.group(2);
      var unitNanos = NANOS.get(unit);
      if (unitNanos == null) {
        return Optional.empty();
      }
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unitNanos)));
      end = part.end();
    }
    if (unsigned.isEmpty() || end < unsigned.length() || nanos.compareTo(MAX_NANOS) > 0) {
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(negative ? -nanos.longValue() : nanos.longValue()));
  }

  /** The shortest exact form in one unit: {@code 90s}, {@code 500ms}, {@code 0s}. */
  public static String text(Duration duration) {
    long nanos = duration.toNanos();
    if (nanos == 0) {
      return "0s";
    }
    for (var unit : new String[] {"d", "h", "m", "s", "ms", "us"}) {
      long unitNanos = NANOS.getOrDefault(unit, 1L);
      if (nanos % unitNanos == 0) {
        return nanos / unitNanos + unit;
      }
    }
    return nanos + "ns";
  }
}
