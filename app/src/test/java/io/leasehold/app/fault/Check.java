package io.leasehold.app.fault;

import java.util.List;

/** Looks for one kind of broken promise in the history of a key. Keeps no state. */
interface Check {
  /** One word, as it stands in the report. */
  String name();

  Findings examine(KeyHistory history, Rules rules);

  /**
   * @param examined how many facts were compared: 0 means that the check saw nothing at all
   */
  record Findings(long examined, List<Violation> violations) {
    public Findings {
      violations = List.copyOf(violations);
    }
  }
}
