package io.leasehold.app.cli;

import picocli.CommandLine.Command;

/** {@code leasehold gateway}: the Redis-over-HTTP gateway from the shell. */
@Command(
    name = "gateway",
    description = "Sets up the Redis-over-HTTP gateway of a running server.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {QuickstartCommand.class})
final class GatewayCommand {
  private GatewayCommand() {}
}
