package io.leasehold.app.fault;

/** What is wrong on purpose with the simulated server. */
enum Defect {
  NONE,
  /** Answers as soon as it has decided, commits later. */
  ANSWERS_BEFORE_COMMIT,
  /** A deposed owner's commits are accepted beside those of the new one. */
  HAS_NO_FENCE,
  /** Now and then a release does not look into the queue. */
  DROPS_WAKE_UPS,
  /** Deadlines are compared with a clock that jumps forwards. */
  USES_WALL_CLOCK_AHEAD,
  /** Deadlines are compared with a clock that jumps backwards. */
  USES_WALL_CLOCK_BACK,
  /** Serves the last waiter first. */
  SERVES_LAST_FIRST,
  /** A release is answered, but never written. */
  FORGETS_RELEASES,
  /** Counts tokens from one again after a restart. */
  RESTARTS_TOKENS
}
