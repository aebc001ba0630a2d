package io.leasehold.app.cli;

import io.leasehold.app.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code leasehold}: the root of all commands. */
@Command(
    name = "leasehold",
    description =
        "TTL locks with fencing tokens, for applications that need a lock that cannot lie.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = RootCommand.Versions.class,
    subcommands = {
      ServerCommand.class,
      CheckCommand.class,
      LockCommand.class,
      KvCommand.class,
      GatewayCommand.class,
      TelemetryCommand.class,
      ClusterCommand.class,
      BenchCommand.class,
      VersionCommand.class,
      CommandLine.HelpCommand.class
    },
    footer = {"", "'leasehold help COMMAND' explains a command."})
public final class RootCommand {
  RootCommand() {}

  /** Runs a command line and returns its exit code. */
  public static int run(String[] arguments) {
    var line = commands();
    if (arguments.length == 0) {
      line.usage(System.out);
      return CommandLine.ExitCode.USAGE;
    }
    return line.execute(arguments);
  }

  /** All commands; {@code --version} of each tells the same. */
  static CommandLine commands() {
    var line = new CommandLine(new RootCommand());
    tellVersion(line);
    return line;
  }

  private static void tellVersion(CommandLine line) {
    line.getCommandSpec().versionProvider(new Versions());
    line.getSubcommands().values().forEach(RootCommand::tellVersion);
  }

  /** What {@code --version} prints. */
  static final class Versions implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "leasehold " + Version.text() + " (Java " + System.getProperty("java.version") + ")"
      };
    }
  }
}
