package io.leasehold.app.cli;

import picocli.CommandLine.Command;

/** {@code leasehold telemetry}. */
@Command(
    name = "telemetry",
    description = "Runs a telemetry sidecar by itself, and checks its configuration.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {TelemetryRunCommand.class, TelemetryCheckCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {"  leasehold telemetry check sidecar.yaml", "  leasehold telemetry run sidecar.yaml"})
final class TelemetryCommand {}
