package io.leasehold.config.load;

import java.util.List;

/** The configuration cannot be used. One line for each mistake. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<String> problems;

  ConfigurationException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }
}
