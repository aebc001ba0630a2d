package io.leasehold.app.fault;

import org.jspecify.annotations.Nullable;

/**
 * One change of a key in the order of versions.
 *
 * @param operation that made it; null if only its effect was seen and several may have made it
 * @param value that the key has from here on; empty = it is gone; null = nobody saw it
 */
record StoreChange(long version, @Nullable StoreOperation operation, @Nullable String value) {
  boolean isAcknowledged() {
    return operation != null && operation.outcome() == StoreOutcome.DONE;
  }

  boolean isPresent() {
    return value == null || !value.isEmpty();
  }

  /** Not before this moment. */
  long sentNanos() {
    return operation == null ? 0 : operation.sentNanos();
  }
}
