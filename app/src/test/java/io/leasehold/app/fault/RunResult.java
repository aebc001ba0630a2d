package io.leasehold.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/**
 * What a run came to.
 *
 * @param broken what makes it prove nothing: a load that failed, a recovery that did not come
 * @param notes of the clients
 */
record RunResult(
    FaultRun run,
    History history,
    List<Strike> strikes,
    Verdict verdict,
    List<String> broken,
    List<String> notes) {
  boolean isClean() {
    return broken.isEmpty() && verdict.violations().isEmpty();
  }

  /** The text of the report, for the message of a test that fails. */
  String report() throws IOException {
    return Files.readString(run.folder().resolve("report.txt"));
  }
}
