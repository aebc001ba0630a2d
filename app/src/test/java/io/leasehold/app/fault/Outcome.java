package io.leasehold.app.fault;

/** What became of an operation, as its client knows it. */
enum Outcome {
  /** No answer yet, or none before the run ended. */
  PENDING,
  /** A lease, with its token. */
  GRANTED,
  /** Success of anything but an acquire. */
  DONE,
  /** Plain refusals, by reason. */
  HELD,
  TIMEOUT,
  NOT_HELD,
  STALE_TOKEN,
  NOT_OWNER,
  /** A plain refusal with another reason: the load gives no cause for one. */
  REFUSED,
  /** An error that says that nothing happened. */
  NOT_APPLIED,
  /** An error that does not know. */
  UNKNOWN,
  /** The connection broke, or the client lost patience: nobody knows. */
  BROKEN,
  /** An error that a correct client cannot get. */
  UNEXPECTED;

  boolean isSuccess() {
    return this == GRANTED || this == DONE;
  }

  /** "No", said by a rule. */
  boolean isRefusal() {
    return switch (this) {
      case HELD, TIMEOUT, NOT_HELD, STALE_TOKEN, NOT_OWNER, REFUSED -> true;
      case PENDING, GRANTED, DONE, NOT_APPLIED, UNKNOWN, BROKEN, UNEXPECTED -> false;
    };
  }

  /** The server says that the lease named by the token is not there. */
  boolean deniesLease() {
    return this == NOT_HELD || this == STALE_TOKEN || this == NOT_OWNER;
  }

  /** It may have been done, now or later, without the client knowing. */
  boolean isOpen() {
    return this == PENDING || this == UNKNOWN || this == BROKEN || this == UNEXPECTED;
  }
}
