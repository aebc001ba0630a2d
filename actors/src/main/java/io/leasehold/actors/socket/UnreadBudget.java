package io.leasehold.actors.socket;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the connections of a port hold together for peers that are slow to take it, and how much
 * that may be. Safe for any thread.
 */
final class UnreadBudget {
  private final long soft;
  private final long hard;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger holders = new AtomicInteger();

  /**
   * @param soft bytes; beyond it whoever takes nothing is hung up on
   * @param hard bytes; beyond it the slowest are, also if they take something
   */
  UnreadBudget(long soft, long hard) {
    this.soft = soft;
    this.hard = hard;
  }

  /** No bound. */
  static UnreadBudget unlimited() {
    return new UnreadBudget(Long.MAX_VALUE, Long.MAX_VALUE);
  }

  void add(long moreBytes, int moreHolders) {
    bytes.addAndGet(moreBytes);
    holders.addAndGet(moreHolders);
  }

  /** Whether it is too much if somebody takes nothing; one alone may hold more. */
  boolean isOverSoft() {
    return bytes.get() > soft && holders.get() > 1;
  }

  /** Whether it is too much whoever takes it. */
  boolean isOverHard() {
    return bytes.get() > hard && holders.get() > 1;
  }

  long bytes() {
    return bytes.get();
  }

  long soft() {
    return soft;
  }
}
