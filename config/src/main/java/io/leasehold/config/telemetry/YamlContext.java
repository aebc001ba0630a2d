package io.leasehold.config.telemetry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** What one reading of a file has in common: its mistakes, the environment. Confined to it. */
final class YamlContext {
  private static final int MAX_PROBLEMS = 100;
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?}");

  private final Map<String, String> environment;
  private final Map<String, String> overrides;
  private final Map<String, String> variables;
  private final List<FileProblem> problems = new ArrayList<>();
  private final List<FileProblem> warnings = new ArrayList<>();

  /**
   * Starts without mistakes.
   *
   * @param overrides texts by path that win over the file
   * @param variables which of them a variable of the environment gave, by path
   */
  YamlContext(
      Map<String, String> environment,
      Map<String, String> overrides,
      Map<String, String> variables) {
    this.environment = environment;
    this.overrides = overrides;
    this.variables = variables;
  }

  /** A value that is wrong: in the file, or in the variable that has won over it. */
  void wrong(@Nullable Node at, String path, String why) {
    String variable = variables.get(path);
    if (variable == null) {
      problem(at, path, why);
    } else {
      problem(null, variable + " (" + path + ')', why);
    }
  }

  @Nullable String override(String path) {
    return overrides.get(path);
  }

  void problem(@Nullable Node at, String path, String why) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(found(at, path, why));
    }
  }

  void warning(@Nullable Node at, String path, String why) {
    if (warnings.size() < MAX_PROBLEMS) {
      warnings.add(found(at, path, why));
    }
  }

  private static FileProblem found(@Nullable Node at, String path, String why) {
    Optional<Mark> mark = at == null ? Optional.empty() : at.getStartMark();
    return new FileProblem(
        mark.map(each -> each.getLine() + 1).orElse(0),
        mark.map(each -> each.getColumn() + 1).orElse(0),
        path,
        why);
  }

  /** The text with the environment's values in it; a variable that is not set is a mistake. */
  String expand(Node at, String path, String text) {
    if (text.indexOf("${") < 0) {
      return text;
    }
    Matcher variables = VARIABLE.matcher(text);
    var out = new StringBuilder();
    while (variables.find()) {
      String name = variables.group(1);
      String value = environment.get(name);
      if (value == null) {
        value = variables.group(2);
      }
      if (value == null) {
        problem(at, path, "${" + name + "}: not set in the environment, and without a default");
        value = "";
      }
      variables.appendReplacement(out, Matcher.quoteReplacement(value));
    }
    return variables.appendTail(out).toString();
  }

  List<FileProblem> problems() {
    return sorted(problems);
  }

  List<FileProblem> warnings() {
    return sorted(warnings);
  }

  private static List<FileProblem> sorted(List<FileProblem> all) {
    return all.stream()
        .distinct()
        .sorted(Comparator.comparingInt(FileProblem::line).thenComparingInt(FileProblem::column))
        .toList();
  }
}
