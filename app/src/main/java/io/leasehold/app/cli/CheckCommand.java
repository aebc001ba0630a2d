package io.leasehold.app.cli;

import io.leasehold.config.load.EffectiveTable;
import io.leasehold.config.value.ConfigurationException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code leasehold check}. */
@Command(
    name = "check",
    description = {
      "Validates a configuration and prints every setting in effect with where it comes from.",
      "Nothing is started."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the configuration can be used", "2:it cannot; one line for each mistake"})
final class CheckCommand implements Callable<Integer> {
  @Mixin private ConfigOptions options = new ConfigOptions();

  @Override
  public Integer call() {
    try {
      var loaded = options.load();
      System.out.print(EffectiveTable.render(loaded.effective()));
      loaded.infos().forEach(note -> System.err.println("note: " + note));
      loaded.warnings().forEach(warning -> System.err.println("warning: " + warning));
      return 0;
    } catch (ConfigurationException e) {
      e.problems().forEach(System.err::println);
      return 2;
    }
  }
}
