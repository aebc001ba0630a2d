package io.leasehold.domain.time;

/**
 * The two clocks of a node: one that only moves forward, for deadlines, and one that other nodes
 * and restarts understand. Implementations are safe for any thread and never block.
 */
public interface Clock {
  /**
   * Monotonic nanoseconds from an arbitrary origin. Values may wrap: compare with {@code a - b <
   * 0}, never with {@code a < b}.
   */
  long nanos();

  /** Milliseconds since the epoch, UTC. May jump in both directions; bounds no running lease. */
  long wallMillis();

  /** The clocks of the machine. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
