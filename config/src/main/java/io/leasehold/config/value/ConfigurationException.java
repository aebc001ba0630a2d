package io.leasehold.config.value;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that must not be started with. Holds every mistake found, not only the first. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> found;

  /** Takes the mistakes in the order in which they are to be shown; at least one. */
  public ConfigurationException(List<Problem> found) {
    super(found.stream().map(Problem::text).collect(Collectors.joining("\n")));
    this.found = List.copyOf(found);
  }

  /** A configuration with one mistake. */
  public ConfigurationException(String path, String text) {
    this(List.of(new Problem(path, text)));
  }

  /** One line per mistake, never empty, without secrets. */
  public List<String> problems() {
    return found.stream().map(Problem::text).toList();
  }

  /** The mistakes with the paths they are about. */
  public List<Problem> found() {
    return found;
  }
}
