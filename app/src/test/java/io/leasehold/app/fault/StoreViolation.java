package io.leasehold.app.fault;

import java.util.List;

/**
 * A promise of the store that was broken.
 *
 * @param check that found it
 * @param what in one sentence
 * @param evidence the operations that contradict each other
 */
record StoreViolation(String check, String key, String what, List<StoreOperation> evidence) {
  StoreViolation {
    evidence = List.copyOf(evidence);
  }

  static StoreViolation of(String check, StoreKey key, String what, StoreOperation... evidence) {
    return new StoreViolation(check, key.name(), what, List.of(evidence));
  }

  @Override
  public String toString() {
    var text = new StringBuilder(check).append(", key ").append(key).append(": ").append(what);
    for (StoreOperation operation : evidence) {
      text.append("\n    ").append(operation);
    }
    return text.toString();
  }
}
