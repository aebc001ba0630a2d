package io.leasehold.app.fault;

/** What a client asked for. */
enum Kind {
  /** An acquire, with or without a wait. */
  ACQUIRE,
  /** A release by token. */
  RELEASE,
  /** An extend by token. */
  EXTEND,
  /** A verify of a token. */
  VERIFY,
  /** Does anybody hold the key. */
  EXISTS
}
