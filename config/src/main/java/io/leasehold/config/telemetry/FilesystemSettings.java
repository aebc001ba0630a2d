package io.leasehold.config.telemetry;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * The {@code config} of a backend that writes files.
 *
 * @param rotateSizeMb MiB at which a file is put aside; 0 = never
 * @param timezone of the days in file names
 * @param syncEvery null = never; zero = each batch before it counts as delivered; else at most so
 *     often
 * @param canonical false: each line as it was received
 * @param minFreeMb MiB that stay free; below nothing is written
 * @param retentionDays files of earlier days are deleted; 0 = kept
 */
public record FilesystemSettings(
    Path basePath,
    boolean rotateDaily,
    int rotateSizeMb,
    ZoneId timezone,
    boolean gzip,
    @Nullable Duration syncEvery,
    boolean canonical,
    int minFreeMb,
    int retentionDays)
    implements BackendConfig {

  /** What holds where only the path is given. */
  public static FilesystemSettings at(Path basePath) {
    return new FilesystemSettings(
        basePath, true, 100, ZoneId.of("UTC"), false, Duration.ofSeconds(1), false, 100, 0);
  }
}
