package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.domain.telemetry.ConfigReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

  /** Numbers of this run by the name of their file. */
  private final Map<String, Integer> generations = new HashMap<>();

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
      generations.put(file.getFileName().toString(), generation);
      List<Path> all = all();
      for (int i = 0; i < all.size() - KEPT; i++) {
        Files.delete(all.get(i));
        generations.remove(all.get(i).getFileName().toString());
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.warn("configuration {} is not kept in {}: {}", generation, dir, e.toString());
    }
  }

  /** What is kept, the newest first; a file that cannot be read is left out. */
  List<ConfigReport.Kept> kept() {
    List<ConfigReport.Kept> kept = new ArrayList<>();
    try {
      for (Path each : all()) {
        String name = each.getFileName().toString();
        kept.add(
            new ConfigReport.Kept(
                generations.getOrDefault(name, 0),
                name,
                TelemetryFile.sha256(Files.readString(each)),
                Files.getLastModifiedTime(each).toMillis()));
      }
    } catch (IOException e) {
      LOG.warn("configurations in {} cannot be read: {}", dir, e.toString());
    }
    Collections.reverse(kept);
    return kept;
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
