package io.leasehold.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class RootCommandTest {

  /** The words of every command, groups too. */
  static List<List<String>> commands() {
    var all = new ArrayList<List<String>>();
    collect(RootCommand.commands(), List.of(), all);
    return all;
  }

  private static void collect(CommandLine line, List<String> words, List<List<String>> all) {
    if (line.getCommand() instanceof CommandLine.HelpCommand) {
      return;
    }
    all.add(words);
    line.getSubcommands()
        .forEach(
            (name, each) -> {
              var longer = new ArrayList<>(words);
              longer.add(name);
              collect(each, longer, all);
            });
  }

  private static Shell.Outcome run(List<String> words, String option) {
    var arguments = new ArrayList<>(words);
    arguments.add(option);
    return new Shell().run(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItself(List<String> words) {
    var help = run(words, "--help");

    assertThat(help.code()).as(help.err()).isZero();
    assertThat(help.out()).startsWith("Usage: leasehold");
    assertThat(help.err()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandTellsTheVersion(List<String> words) {
    var version = run(words, "--version");

    assertThat(version.code()).as(version.err()).isZero();
    assertThat(version.out()).startsWith("leasehold ").contains("Java");
  }
}
