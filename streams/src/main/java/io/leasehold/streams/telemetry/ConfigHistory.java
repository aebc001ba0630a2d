package io.leasehold.streams.telemetry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the files of the last configurations, readable by their owner alone: they may hold secrets.
 * Waits for the disk; a failure is told, and stops nothing. One thread.
 */
final class ConfigHistory {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final int KEPT = 20;

  private final Path dir;

  ConfigHistory(Path dir) {
    this.dir = dir;
  }

  /** Keeps the text of a configuration, by the start of the process and its number in it. */
  void keep(int generation, String text) {
    try {
      Files.createDirectories(dir);
      Path file = dir.resolve(String.format(Locale.ROOT, "%06d.yaml", next()));
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, text);
      List<Path> all = all();
      for (int i = 0; i < all.size() - KEPT; i++) {
        Files.delete(all.get(i));
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.warn("configuration {} is not kept in {}: {}", generation, dir, e.toString());
    }
  }

  private int next() throws IOException {
    List<Path> all = all();
    if (all.isEmpty()) {
      return 1;
    }
    String last = all.get(all.size() - 1).getFileName().toString();
    return Integer.parseInt(last.substring(0, 6)) + 1;
  }

  private List<Path> all() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return new ArrayList<>(
          files
              .filter(each -> each.getFileName().toString().matches("\\d{6}\\.yaml"))
              .sorted()
              .toList());
    }
  }
}
