package io.leasehold.app.fault;

import java.util.Comparator;
import java.util.List;

/**
 * What happened to one key.
 *
 * @param operations in the order of sending
 */
record KeyHistory(LockKey key, List<Operation> operations) {
  KeyHistory {
    operations =
        operations.stream().sorted(Comparator.comparingLong(Operation::sentNanos)).toList();
  }

  List<Operation> grants() {
    return operations.stream().filter(Operation::isGrant).toList();
  }
}
