package io.leasehold.app.fault;

import java.util.List;
import java.util.TreeSet;

/**
 * Tries every order of a handful of operations on a register, and every fate of those of unknown
 * outcome. Slow and plain: the measure of the quick check.
 */
final class EveryOrder {
  private final List<StoreOperation> operations;
  private final TreeSet<Long> versions = new TreeSet<>();

  EveryOrder(StoreKeyHistory history) {
    operations = history.operations();
    for (StoreOperation each : operations) {
      versions.add(each.version());
    }
  }

  boolean hasOne() {
    return goesOn(0, "", 0, 0);
  }

  /**
   * @param done bits of operations that have had their turn
   * @param value empty = absent
   * @param version of the value, with a half for one that nobody saw
   * @param last version of the last change
   */
  private boolean goesOn(int done, String value, double version, double last) {
    boolean complete = true;
    long firstAnswer = Long.MAX_VALUE;
    for (int i = 0; i < operations.size(); i++) {
      boolean waits = (done >> i & 1) == 0;
      if (waits && operations.get(i).outcome().isDefinite()) {
        complete = false;
        firstAnswer = Math.min(firstAnswer, operations.get(i).answeredNanos());
      }
    }
    if (complete) {
      return true;
    }
    for (int i = 0; i < operations.size(); i++) {
      StoreOperation each = operations.get(i);
      if ((done >> i & 1) == 0
          && each.sentNanos() <= firstAnswer
          && turn(each, done | 1 << i, value, version, last)) {
        return true;
      }
    }
    return false;
  }

  private boolean turn(
      StoreOperation operation, int done, String value, double version, double last) {
    double present = value.isEmpty() ? 0 : version;
    if (operation.outcome() == StoreOutcome.BROKEN) {
      return open(operation, done, value, last);
    }
    if (operation.outcome() == StoreOutcome.ABSENT) {
      return present == 0 && goesOn(done, value, version, last);
    }
    long expected = operation.request().expectedVersion();
    if (operation.outcome() == StoreOutcome.MISMATCH) {
      return present == operation.version()
          && present != expected
          && goesOn(done, value, version, last);
    }
    if (operation.kind() == StoreKind.GET) {
      return present == operation.version()
          && value.equals(operation.answer().value())
          && goesOn(done, value, version, last);
    }
    boolean possible =
        operation.version() > last
            && (expected < 0 || expected == present)
            && (operation.kind() == StoreKind.DELETE
                ? present > 0
                : operation.answer().created() == (present == 0));
    String next =
        operation.kind() == StoreKind.DELETE
            ? ""
            : operation.kind() == StoreKind.INCREMENT
                ? Long.toString(1 + (value.isEmpty() ? 0 : Long.parseLong(value)))
                : operation.request().value();
    if (operation.kind() == StoreKind.INCREMENT) {
      possible = possible && next.equals(operation.answer().value());
    }
    return possible && goesOn(done, next, operation.version(), operation.version());
  }

  /** It takes effect with a version that somebody saw, or with one that nobody did. */
  private boolean open(StoreOperation operation, int done, String value, double last) {
    if (operation.kind() == StoreKind.GET
        || (operation.kind() == StoreKind.DELETE && value.isEmpty())) {
      return false; // no effect: the same as never
    }
    String next =
        operation.kind() == StoreKind.DELETE
            ? ""
            : operation.kind() == StoreKind.INCREMENT
                ? Long.toString(1 + (value.isEmpty() ? 0 : Long.parseLong(value)))
                : operation.request().value();
    double unseen = last + 1.0 / 1_024;
    if (goesOn(done, next, unseen, unseen)) {
      return true;
    }
    for (long version : versions) {
      if (version > last && goesOn(done, next, version, version)) {
        return true;
      }
    }
    return false;
  }
}
