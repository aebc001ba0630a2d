package io.leasehold.config.telemetry;

import java.nio.file.Path;
import java.util.Map;

/**
 * Where the configuration of telemetry comes from, each time it is read. Immutable.
 *
 * @param environment for {@code ${NAME}} and the variables that win over the file
 * @param overrides texts by path, which win over both
 */
public record TelemetryFileSource(
    Path file, Map<String, String> environment, Map<String, String> overrides) {
  public TelemetryFileSource {
    environment = Map.copyOf(environment);
    overrides = Map.copyOf(overrides);
  }

  /**
   * Reads and checks it now. Blocks for the read.
   *
   * @throws TelemetryFileException with every mistake found
   */
  public TelemetryFile read() throws TelemetryFileException {
    return TelemetryFile.read(file, environment, overrides);
  }
}
