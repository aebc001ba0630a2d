package io.leasehold.app.fault;

/**
 * A key of the load.
 *
 * @param limit permits of the key, 1 or more; 1 is a lock
 */
record LockKey(String name, int limit) {
  boolean isExclusive() {
    return limit == 1;
  }
}
