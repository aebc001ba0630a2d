package io.leasehold.config.telemetry;

import java.util.List;
import java.util.stream.Collectors;

/** The file of telemetry cannot be used; all its mistakes are told. */
public final class TelemetryFileException extends Exception {
  private static final long serialVersionUID = 1;

  private final String file;
  private final transient List<FileProblem> problems;

  /** With at least one mistake. */
  public TelemetryFileException(String file, List<FileProblem> problems) {
    super(problems.stream().map(each -> each.text(file)).collect(Collectors.joining("\n")));
    this.file = file;
    this.problems = List.copyOf(problems);
  }

  public String file() {
    return file;
  }

  /** In the order of the file. */
  public List<FileProblem> problems() {
    return problems;
  }
}
