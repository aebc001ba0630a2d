package io.leasehold.streams.telemetry.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The log that the library of the store writes for itself. No state. */
final class StoreLog {
  private static final Pattern CUT = Pattern.compile("dropping (\\d+) bytes");

  private StoreLog() {}

  /** What the library says it has cut, in its own log of this opening. */
  static long cutBytes(Path dir) throws IOException {
    long sum = 0;
    Path log = dir.resolve("LOG");
    if (Files.exists(log)) {
      try (Stream<String> lines = Files.lines(log)) {
        for (String line : (Iterable<String>) lines::iterator) {
          Matcher cut = CUT.matcher(line);
          if (cut.find()) {
            sum += Long.parseLong(cut.group(1));
          }
        }
      }
    }
    return sum;
  }
}
