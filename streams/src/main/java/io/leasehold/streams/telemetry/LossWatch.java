package io.leasehold.streams.telemetry;

import java.util.ArrayDeque;

/**
 * Whether messages are lost that were not lost before. Remembers what was counted for as long as a
 * change is watched, in at most {@value #MOMENTS} moments: a client that sends once in some seconds
 * says nothing about the last tenth of one. Not thread safe.
 */
final class LossWatch {
  private static final int MOMENTS = 32;
  private static final double MAX_SHARE = 0.01;

  /**
   * What was counted until then.
   *
   * @param lost messages and copies that other settings might have kept
   */
  record Moment(long nanos, long received, long lost) {
    /** Whether more than one in a hundred was lost since {@code before}. */
    boolean isLosingSince(Moment before) {
      return lost - before.lost > (received - before.received) * MAX_SHARE;
    }
  }

  private final ArrayDeque<Moment> past = new ArrayDeque<>();

  /** Takes a moment in, and forgets those that are more than {@code length} before it. */
  void note(Moment now, long lengthNanos) {
    forget(now.nanos - lengthNanos);
    Moment last = past.peekLast();
    if (last == null || now.nanos - last.nanos >= lengthNanos / (MOMENTS - 1)) {
      past.addLast(now);
    }
    while (past.size() > MOMENTS) {
      past.removeFirst();
    }
  }

  /** Forgets all that was; the time begins now. */
  void restart(Moment now) {
    past.clear();
    past.addLast(now);
  }

  /** The last one before that stays: it is where the time begins. */
  private void forget(long sinceNanos) {
    while (past.size() > 1) {
      Moment first = past.removeFirst();
      if (past.getFirst().nanos - sinceNanos > 0) {
        past.addFirst(first);
        return;
      }
    }
  }

  /** Whether messages were lost in the time that is remembered. */
  boolean wasLosing(Moment now) {
    Moment first = past.peekFirst();
    return first != null && now.isLosingSince(first);
  }
}
