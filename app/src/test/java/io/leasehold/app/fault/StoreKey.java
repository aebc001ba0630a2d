package io.leasehold.app.fault;

/**
 * A key of the store under test.
 *
 * @param lock under which it is written and read; empty = none
 */
record StoreKey(String name, Type type, String lock) {
  /** What is done with it. */
  enum Type {
    /** Every value is written once. */
    REGISTER,
    /** Only counted and deleted. */
    COUNTER
  }

  static StoreKey register(String name) {
    return new StoreKey(name, Type.REGISTER, "");
  }

  static StoreKey counter(String name) {
    return new StoreKey(name, Type.COUNTER, "");
  }

  static StoreKey guarded(String name, String lock) {
    return new StoreKey(name, Type.REGISTER, lock);
  }

  boolean isGuarded() {
    return !lock.isEmpty();
  }
}
