package io.leasehold.app.fault;

import java.time.Duration;
import java.util.List;

/**
 * What the checks may take for granted about the server and the run.
 *
 * @param requestTimeout a request is answered, or has ended, within this (a wait within its own
 *     time and this) after the server could take it in
 * @param prolongation by which a restart or failover may lengthen a lease at most
 * @param wakeUp how long a permit may stand free before a waiter, while the owner is available
 * @param hasStalePictures an isolated owner may refuse out of an old memory during a disruption
 * @param disruptions in which the server was not, or not certainly, available
 */
record Rules(
    Duration requestTimeout,
    Duration prolongation,
    Duration wakeUp,
    boolean hasStalePictures,
    List<Window> disruptions) {
  Rules {
    disruptions = List.copyOf(disruptions);
  }

  /** One node with the shipped settings. */
  static Rules ofOneNode(Duration wakeUp, List<Window> disruptions) {
    return new Rules(Duration.ofSeconds(5), Duration.ofSeconds(3), wakeUp, false, disruptions);
  }

  /** Several nodes with the shipped settings. */
  static Rules ofCluster(Duration wakeUp, List<Window> disruptions) {
    return new Rules(Duration.ofSeconds(5), Duration.ofSeconds(3), wakeUp, true, disruptions);
  }

  /**
   * A node that is back is given its share of the keys when next they are balanced, which is every
   * 5 s, and handing them over takes up to as long again. Meanwhile everything is answered, but the
   * owner of a key may change once more.
   */
  static final long SHARING = 10 * History.SECOND;

  /** The disruptions, those that move keys with what follows until each has its owner. */
  List<Window> withSharing() {
    return disruptions.stream().map(Rules::withSharing).toList();
  }

  private static Window withSharing(Window window) {
    return window.effect() == Window.Effect.MOVES && window.toNanos() < Long.MAX_VALUE - SHARING
        ? new Window(window.fromNanos(), window.toNanos() + SHARING, window.effect())
        : window;
  }

  boolean isDisrupted(long fromNanos, long toNanos) {
    return Window.anyOverlaps(disruptions, fromNanos, toNanos);
  }

  /** Whether a refusal that came in this time says what is the case. */
  boolean believesRefusal(Operation operation) {
    return !hasStalePictures || !isDisrupted(operation.sentNanos(), operation.answeredNanos());
  }

  /** This time, or the end of the disruptions that it falls into or that follow at once. */
  private long undisrupted(long fromNanos, long toNanos) {
    long end = toNanos;
    for (boolean grows = true; grows; ) {
      grows = false;
      for (Window window : disruptions) {
        if (window.overlaps(fromNanos, end) && window.toNanos() > end) {
          end = window.toNanos();
          grows = true;
        }
      }
    }
    return end;
  }

  /**
   * When a request without a definite answer can no longer take effect. A paused server finds it in
   * its buffer when it wakes up, so a disruption on the way counts whole.
   */
  long settledNanos(Operation operation) {
    long patience = requestTimeout.toNanos() + operation.waitMillis() * History.MILLI;
    long due = operation.sentNanos() + patience;
    long end = undisrupted(operation.sentNanos(), due);
    long settled = end == due ? due : end + patience;
    for (Window window : disruptions) {
      boolean died =
          window.effect() == Window.Effect.ENDS && operation.sentNanos() < window.fromNanos();
      if (died) {
        settled = Math.min(settled, window.toNanos());
      }
    }
    return settled;
  }

  /** The latest end of a lease whose deadline is not later than this. */
  long prolonged(long startNanos, long deadlineNanos) {
    if (isDisrupted(startNanos, deadlineNanos)) {
      return undisrupted(startNanos, deadlineNanos) + prolongation.toNanos();
    }
    return Window.anyOverlaps(withSharing(), startNanos, deadlineNanos)
        ? deadlineNanos + prolongation.toNanos()
        : deadlineNanos;
  }
}
