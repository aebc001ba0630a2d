package io.leasehold.app.fault;

/** What is wrong on purpose with the simulated store. */
enum StoreDefect {
  NONE,
  /** Answers as soon as it has decided, commits later. */
  ANSWERS_BEFORE_COMMIT,
  /** A deposed owner goes on to answer reads from its memory. */
  READS_WITHOUT_LEASE,
  /** A new owner writes at once, while the old one may still read. */
  WRITES_WITHOUT_WAITING,
  /** Versions are compared with what was committed, not with what the group has done. */
  COMPARES_WITH_OLD_STATE,
  /** A key that comes back counts its versions from the beginning. */
  VERSIONS_START_ANEW,
  /** A new owner still has what was deleted. */
  FORGETS_DELETES,
  /** "Not applied", it says now and then, and applies. */
  APPLIES_WHAT_IT_REFUSES,
  /** Some counts are done twice. */
  COUNTS_TWICE,
  /** A new owner does not know which tokens have been here. */
  FORGETS_MARKS,
  /** A guarded read keeps nobody out. */
  READS_RAISE_NO_MARK,
  /** A watcher that comes back is told the last change once more. */
  REPEATS_EVENTS,
  /** A watcher that comes back too late is not told that it missed something. */
  TRIMS_IN_SILENCE,
  /** What has run out is there until somebody clears it away. */
  READS_WHAT_RAN_OUT,
  /** A new owner counts the time to live from the beginning. */
  TTL_STARTS_ANEW,
  /** A new owner clears away what has not run out. */
  ENDS_TOO_EARLY,
  /** Watchers hear nothing of a value that runs out. */
  ENDS_UNTOLD
}
