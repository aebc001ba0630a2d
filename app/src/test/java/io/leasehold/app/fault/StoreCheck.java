package io.leasehold.app.fault;

import java.util.List;

/** Looks for one kind of broken promise in the history of a key of the store. Keeps no state. */
interface StoreCheck {
  /** One word, as it stands in the report. */
  String name();

  Findings examine(StoreKeyHistory history);

  /**
   * @param examined how many facts were compared: 0 means that the check saw nothing at all
   */
  record Findings(long examined, List<StoreViolation> violations) {
    public Findings {
      violations = List.copyOf(violations);
    }
  }
}
