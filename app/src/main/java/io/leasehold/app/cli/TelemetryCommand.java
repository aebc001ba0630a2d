package io.leasehold.app.cli;

import picocli.CommandLine.Command;

/** {@code leasehold telemetry}. */
@Command(
    name = "telemetry",
    description =
        "Runs a telemetry sidecar by itself, and checks, tests and explains its configuration.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TelemetryRunCommand.class,
      TelemetryCheckCommand.class,
      TelemetryTestCommand.class,
      TelemetryExplainCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold telemetry check sidecar.yaml",
      "  leasehold telemetry run sidecar.yaml",
      "  leasehold telemetry test sidecar.yaml",
      "  leasehold telemetry explain -c sidecar.yaml - < line.json"
    })
final class TelemetryCommand {}
