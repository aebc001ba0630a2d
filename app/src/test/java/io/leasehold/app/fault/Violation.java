package io.leasehold.app.fault;

import java.util.List;

/**
 * A promise that was broken.
 *
 * @param check that found it
 * @param what in one sentence, with the times
 * @param evidence the operations that contradict each other
 */
record Violation(String check, String key, String what, List<Operation> evidence) {
  Violation {
    evidence = List.copyOf(evidence);
  }

  static Violation of(Check check, LockKey key, String what, Operation... evidence) {
    return new Violation(check.name(), key.name(), what, List.of(evidence));
  }

  @Override
  public String toString() {
    var text = new StringBuilder(check).append(", key ").append(key).append(": ").append(what);
    for (Operation operation : evidence) {
      text.append("\n    ").append(operation);
    }
    return text.toString();
  }
}
