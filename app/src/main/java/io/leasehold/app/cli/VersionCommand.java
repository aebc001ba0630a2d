package io.leasehold.app.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code leasehold version}. */
@Command(
    name = "version",
    description = "Prints the version of Leasehold and of Java.",
    mixinStandardHelpOptions = true)
final class VersionCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    System.out.println(new RootCommand.Versions().getVersion()[0]);
    return 0;
  }
}
