package io.leasehold.streams.telemetry.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which file a source writes on a day, and which days are over. Immutable; asks the disk. */
final class FileNames {
  /** After the end of a day and after the last write: then its file is closed for good. */
  static final Duration SETTLED = Duration.ofMinutes(10);

  static final String PLAIN = ".jsonl";
  static final String GZIPPED = ".jsonl.gz";

  private static final Pattern DATED =
      Pattern.compile(".*-(\\d{4}-\\d{2}-\\d{2})(?:~\\d+)?\\.jsonl(\\.gz)?");

  private final Path base;
  private final ZoneId zone;

  FileNames(Path base, ZoneId zone) {
    this.base = base;
    this.zone = zone;
  }

  /** The day of an instant, in days since the epoch. */
  long dayOf(long wallMillis) {
    return Instant.ofEpochMilli(wallMillis).atZone(zone).toLocalDate().toEpochDay();
  }

  /** When a day begins. */
  long beginOf(long day) {
    return LocalDate.ofEpochDay(day).atStartOfDay(zone).toInstant().toEpochMilli();
  }

  /**
   * What the name of a file begins with.
   *
   * @param day {@link Long#MIN_VALUE} = files have no day
   */
  static String stem(String encodedSource, long day) {
    return day == Long.MIN_VALUE ? encodedSource : encodedSource + '-' + LocalDate.ofEpochDay(day);
  }

  /** The file that lines of this day are appended to now. */
  Path current(String stem, long day, long nowMillis) throws IOException {
    Path plain = base.resolve(stem + PLAIN);
    if (!isClosed(plain, stem + GZIPPED, day, nowMillis)) {
      return plain;
    }
    for (int n = 1; ; n++) {
      Path numbered = base.resolve(stem + '~' + n + PLAIN);
      if (!isClosed(numbered, stem + '~' + n + GZIPPED, day, nowMillis)) {
        return numbered;
      }
    }
  }

  private boolean isClosed(Path plain, String gzipped, long day, long nowMillis)
      throws IOException {
    if (Files.exists(base.resolve(gzipped))) {
      return true;
    }
    return day != Long.MIN_VALUE && Files.exists(plain) && isSettled(plain, day, nowMillis);
  }

  /** Whether nothing more is expected of a day's file. */
  boolean isSettled(Path file, long day, long nowMillis) throws IOException {
    long settled = nowMillis - SETTLED.toMillis();
    return beginOf(day + 1) <= settled && Files.getLastModifiedTime(file).toMillis() <= settled;
  }

  /** A name that no file has yet, for a full one to be put aside. */
  Path aside(String stem) {
    for (int n = 1; ; n++) {
      Path numbered = base.resolve(stem + '~' + n + PLAIN);
      if (!Files.exists(numbered) && !Files.exists(base.resolve(stem + '~' + n + GZIPPED))) {
        return numbered;
      }
    }
  }

  /** The day in the name of a file, null if there is none. */
  static @Nullable Long dayIn(String fileName) {
    Matcher name = DATED.matcher(fileName);
    if (!name.matches()) {
      return null;
    }
    try {
      return LocalDate.parse(name.group(1)).toEpochDay();
    } catch (DateTimeParseException e) {
      return null; // looks like a date and is none: not ours
    }
  }
}
