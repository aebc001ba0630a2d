package io.leasehold.app.fault;

import java.util.Comparator;
import java.util.List;

/**
 * What happened to one key of the store.
 *
 * @param operations in the order of sending
 */
record StoreKeyHistory(StoreKey key, List<StoreOperation> operations) {
  StoreKeyHistory {
    operations =
        operations.stream().sorted(Comparator.comparingLong(StoreOperation::sentNanos)).toList();
  }

  /** Acknowledged changes by their version. */
  List<StoreOperation> changes() {
    return operations.stream()
        .filter(StoreOperation::isChange)
        .sorted(Comparator.comparingLong(StoreOperation::version))
        .toList();
  }
}
