package io.leasehold.app.cli;

import picocli.CommandLine.Command;

/** {@code leasehold kv}: the store from the shell. */
@Command(
    name = "kv",
    description = "Reads, writes, lists, watches, saves and restores keys of a running server.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      KvGetCommand.class,
      KvPutCommand.class,
      KvDeleteCommand.class,
      KvListCommand.class,
      KvWatchCommand.class,
      KvBackupCommand.class,
      KvRestoreCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  leasehold kv put greeting hello --ttl 10m",
      "  leasehold kv get greeting",
      "  leasehold kv put logo --file logo.png --metadata type=image/png",
      "  leasehold kv put greeting hi --if-match 7        only if nobody changed it since",
      "  leasehold kv put leader me --if-none-match '*'   only if it is not there yet",
      "  leasehold kv put state done --fence job-9/42     only while no newer holder of the",
      "                                                   lock job-9 has been here",
      "  leasehold kv list --prefix orders/",
      "  leasehold kv watch --prefix orders/",
      "  leasehold kv backup > store.ndjson",
      "  leasehold kv restore --mode overwrite < store.ndjson",
      "",
      "Exit codes: 0 done; 1 no: not found, a condition does not hold, not allowed (the reason is",
      "printed); 2 wrong usage; 3 no server, or it could not do it."
    })
final class KvCommand {
  private KvCommand() {}
}
