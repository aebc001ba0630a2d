package io.leasehold.app.fault;

import java.util.List;

/**
 * A stretch of time in nanoseconds since the start of the history, both ends included.
 *
 * @param effect on what was under way when it began
 */
record Window(long fromNanos, long toNanos, Effect effect) {
  /** What a fault does to requests and owners. */
  enum Effect {
    /** Everything goes on afterwards, under the same owner. */
    DELAYS,
    /** Keys may have another owner afterwards; requests may live on. */
    MOVES,
    /** The only node dies: every request sent to it before is over, applied or not. */
    ENDS
  }

  Window {
    if (toNanos < fromNanos) {
      throw new IllegalArgumentException("ends " + toNanos + " before it begins " + fromNanos);
    }
  }

  boolean changesOwner() {
    return effect != Effect.DELAYS;
  }

  boolean overlaps(long from, long to) {
    return fromNanos <= to && from <= toNanos;
  }

  static boolean anyOverlaps(List<Window> windows, long from, long to) {
    for (Window window : windows) {
      if (window.overlaps(from, to)) {
        return true;
      }
    }
    return false;
  }
}
