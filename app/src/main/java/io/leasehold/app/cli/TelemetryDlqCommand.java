package io.leasehold.app.cli;

import picocli.CommandLine.Command;

/** {@code leasehold telemetry dlq}: dead letters from the shell. */
@Command(
    name = "dlq",
    description = "Lists, shows, replays and drops dead letters: messages that a backend refused.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TelemetryDlqListCommand.class,
      TelemetryDlqShowCommand.class,
      TelemetryDlqReplayCommand.class,
      TelemetryDlqDropCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold telemetry dlq list",
      "  leasehold telemetry dlq show pg --reason data_error --limit 3",
      "  leasehold telemetry dlq replay pg --reason retry_exhausted",
      "  leasehold telemetry dlq replay pg --to files --dry-run",
      "  leasehold telemetry dlq drop pg --reason data_error"
    })
final class TelemetryDlqCommand {
  private TelemetryDlqCommand() {}
}
