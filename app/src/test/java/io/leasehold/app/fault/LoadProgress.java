package io.leasehold.app.fault;

/** What a load tells whoever makes faults happen under it. Safe for any thread. */
interface LoadProgress {
  /** Nanoseconds since the start of its history. */
  long now();

  /** Waits so long, or until the load is over. True if it goes on. */
  boolean rest(long nanos);

  /** Whether something succeeded that was asked for after this moment. */
  boolean anySuccessSince(long nanos);

  /** The same of every key that many want. */
  boolean everyKeySuccessSince(long nanos);
}
