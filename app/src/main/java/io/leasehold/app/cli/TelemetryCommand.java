package io.leasehold.app.cli;

import picocli.CommandLine.Command;

/** {@code leasehold telemetry}. */
@Command(
    name = "telemetry",
    description =
        "Runs a telemetry sidecar by itself, checks, tests and explains its configuration, watches"
            + " what goes through it, and looks after its dead letters.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TelemetryRunCommand.class,
      TelemetryCheckCommand.class,
      TelemetryTestCommand.class,
      TelemetryExplainCommand.class,
      TelemetryTopCommand.class,
      TelemetryTapCommand.class,
      TelemetryDlqCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold telemetry check sidecar.yaml",
      "  leasehold telemetry run sidecar.yaml",
      "  leasehold telemetry test sidecar.yaml",
      "  leasehold telemetry explain -c sidecar.yaml - < line.json",
      "  leasehold telemetry tap --src 'billing*' --min-level warn",
      "  leasehold telemetry dlq list"
    })
final class TelemetryCommand {}
