package io.leasehold.app.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says whose dead letters are read. */
final class DeadLetterFolder {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "./leasehold-data/telemetry",
      description = {
        "Directory of the sidecar, which need not run (default: ${DEFAULT-VALUE});",
        "of one inside a server: DATA-DIR/telemetry."
      })
  private Path dataDir = Path.of("leasehold-data", "telemetry");

  Path path() {
    return dataDir.resolve("dlq");
  }
}
