package io.leasehold.app.cli;

import picocli.CommandLine.Command;

/** {@code leasehold bench}: puts load on a running server. */
@Command(
    name = "bench",
    description = "Puts load on a running server and measures it.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = BenchLocksCommand.class)
final class BenchCommand {}
