package io.leasehold.app.fault;

/**
 * A key of the store under test.
 *
 * @param lock under which it is written and read; empty = none
 * @param ttlMillis what every value is written with; 0 = it stays
 */
record StoreKey(String name, Type type, String lock, int ttlMillis) {
  /**
   * Deadlines are on the wall clock, rounded to milliseconds; the history is on a monotonic one.
   */
  private static final long CLOCK_ERROR = 20 * History.MILLI;

  /** What is done with it. */
  enum Type {
    /** Every value is written once. */
    REGISTER,
    /** Only counted and deleted. */
    COUNTER
  }

  static StoreKey register(String name) {
    return new StoreKey(name, Type.REGISTER, "", 0);
  }

  static StoreKey counter(String name) {
    return new StoreKey(name, Type.COUNTER, "", 0);
  }

  static StoreKey guarded(String name, String lock) {
    return new StoreKey(name, Type.REGISTER, lock, 0);
  }

  static StoreKey fleeting(String name, int ttlMillis) {
    return new StoreKey(name, Type.REGISTER, "", ttlMillis);
  }

  boolean isFleeting() {
    return ttlMillis > 0;
  }

  /**
   * Before this moment a value written by a request sent at {@code sentNanos} has not run out: the
   * time to live is counted from the moment at which the write runs, which is later.
   */
  long lastsUntil(long sentNanos) {
    return sentNanos + ttlMillis * History.MILLI - CLOCK_ERROR;
  }

  /** From this moment on a value that was seen or acknowledged at {@code seenNanos} has run out. */
  long endsBy(long seenNanos) {
    return seenNanos + ttlMillis * History.MILLI + CLOCK_ERROR;
  }

  boolean isGuarded() {
    return !lock.isEmpty();
  }
}
