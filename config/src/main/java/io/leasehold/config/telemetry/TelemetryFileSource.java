package io.leasehold.config.telemetry;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the configuration of telemetry comes from, each time it is read. Immutable.
 *
 * @param file null = there is none, and what is for everybody counts
 * @param environment for {@code ${NAME}} and the variables that win over the file; without a file
 *     they are not looked at, their names are too general for a process that asked for nothing
 * @param overrides texts by path, which win over both
 */
public record TelemetryFileSource(
    @Nullable Path file, Map<String, String> environment, Map<String, String> overrides) {
  /** What errors and warnings call a configuration that has no file. */
  private static final String NO_FILE = "telemetry without a file";

  private static final String FOR_EVERYBODY =
      """
      # no telemetry.config-file is set
      # nobody looks after these files, and a journal may be on the same disk
      backends: {filesystem: {type: filesystem, config: {retention_days: 14, min_free_mb: 1024}}}
      routing: {default: [{backend: filesystem}]}
      """;

  public TelemetryFileSource {
    environment = Map.copyOf(environment);
    overrides = Map.copyOf(overrides);
  }

  /**
   * Without a file: the messages of every source go to files below a directory, by the backend
   * {@code filesystem}, which keeps 14 days and leaves 1 GiB of the disk free. Overrides win as
   * they do over a file.
   */
  public static TelemetryFileSource toFilesBelow(Path directory, Map<String, String> overrides) {
    Map<String, String> all = new HashMap<>(overrides);
    all.put("backends.filesystem.config.base_path", directory.toString());
    return new TelemetryFileSource(null, Map.of(), all);
  }

  /**
   * Reads and checks it now. Blocks for the read.
   *
   * @throws TelemetryFileException with every mistake found
   */
  public TelemetryFile read() throws TelemetryFileException {
    return file == null
        ? TelemetryFile.parse(NO_FILE, FOR_EVERYBODY, Map.of(), overrides)
        : TelemetryFile.read(file, environment, overrides);
  }
}
