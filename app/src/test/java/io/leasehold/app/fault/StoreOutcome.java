package io.leasehold.app.fault;

/** What became of a request to the store, as its client knows it. */
enum StoreOutcome {
  /** No answer yet, or none before the run ended. */
  PENDING,
  /** Done, or found, with a version. */
  DONE,
  /** A read or a delete of what is not there. */
  ABSENT,
  /** The version is another than the one asked for; nothing happened. */
  MISMATCH,
  /** A newer holder of the lock has been here; nothing happened. */
  STALE_FENCE,
  /** An error that says that nothing happened. */
  NOT_APPLIED,
  /** An error that does not know. */
  UNKNOWN,
  /** The connection broke, or the client lost patience: nobody knows. */
  BROKEN,
  /** An error that a correct client cannot get. */
  UNEXPECTED;

  /** It may have been done, now or later, without the client knowing. */
  boolean isOpen() {
    return this == PENDING || this == UNKNOWN || this == BROKEN || this == UNEXPECTED;
  }

  /** It tells in which state the key was found. */
  boolean isDefinite() {
    return this == DONE || this == ABSENT || this == MISMATCH;
  }
}
