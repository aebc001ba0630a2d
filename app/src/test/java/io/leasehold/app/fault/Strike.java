package io.leasehold.app.fault;

/**
 * A fault that happened. Times are nanoseconds since the start of the history.
 *
 * @param endedNanos when its repair was done
 * @param grantedNanos when a grant was received that was asked for after that; -1 if none was
 * @param recoveredNanos when every key had such a grant; -1 if not within the patience
 */
record Strike(
    String name,
    Window.Effect effect,
    long beganNanos,
    long endedNanos,
    long grantedNanos,
    long recoveredNanos) {
  /** What a recovery leaves behind, such as clients that connect again, settles within this. */
  private static final long SETTLING = History.SECOND;

  boolean hasRecovered() {
    return recoveredNanos >= 0;
  }

  /** The time in which the servers need not have been available. */
  Window window() {
    return new Window(
        beganNanos, hasRecovered() ? recoveredNanos + SETTLING : Long.MAX_VALUE, effect);
  }
}
