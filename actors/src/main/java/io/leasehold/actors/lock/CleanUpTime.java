package io.leasehold.actors.lock;

import io.leasehold.domain.lock.Now;

/** How long it takes from the timer of an expiry to its commit. Confined to one lock actor. */
final class CleanUpTime {
  private long handledNanos;
  private boolean underCommit;

  /** A timer was handled; {@code commits} if that has changes committed. */
  void handled(boolean commits, Now now) {
    if (commits && !underCommit) {
      underCommit = true;
      handledNanos = now.nanos();
    }
  }

  /** Changes were committed; {@code left} are not yet. */
  void committed(int left, Now now, LockMetrics metrics) {
    if (underCommit && left == 0) {
      underCommit = false;
      metrics.cleanedUp(now.nanos() - handledNanos);
    }
  }

  void failed() {
    underCommit = false;
  }
}
