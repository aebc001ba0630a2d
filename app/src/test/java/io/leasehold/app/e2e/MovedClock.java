package io.leasehold.app.e2e;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The wall clock of one process, which can be moved while it runs; its monotonic clock is that of
 * the machine. By libfaketime, which stands between a process and the C library.
 */
final class MovedClock {
  private static final Path LIBRARIES = Path.of("/usr/lib");
  private static final String LIBRARY = "libfaketimeMT.so.1"; // the one for many threads

  private final Path library;
  private final Path setting;

  private MovedClock(Path library, Path setting) {
    this.library = library;
    this.setting = setting;
  }

  /**
   * Skips the test where the library is missing, and fails it where everything has to be there.
   *
   * @param setting a file that says how far the clock is moved
   */
  static MovedClock by(long seconds, Path setting) throws IOException {
    Path library = find();
    Tool.need(library != null, LIBRARY, "faketime");
    var clock = new MovedClock(library, setting);
    clock.move(seconds);
    return clock;
  }

  private static Path find() throws IOException {
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(LIBRARIES, each -> Files.isDirectory(each.resolve("faketime")))) {
      for (Path each : found) {
        Path library = each.resolve("faketime").resolve(LIBRARY);
        if (Files.exists(library)) {
          return library;
        }
      }
    }
    return null;
  }

  /** From that of the machine, forward or back; a running process sees it a second later. */
  void move(long seconds) throws IOException {
    Files.writeString(setting, (seconds < 0 ? "" : "+") + seconds + "\n");
  }

  /** What a process needs in its environment. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "FAKETIME_TIMESTAMP_FILE", setting.toString(),
        "FAKETIME_CACHE_DURATION", "1",
        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
        // its repair of waits by the monotonic clock makes those of a JVM end at once, for ever
        "FAKETIME_FORCE_MONOTONIC_FIX", "0");
  }
}
