package io.leasehold.streams.telemetry;

import io.leasehold.streams.telemetry.backend.Lines;
import java.util.BitSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What became of the dead letters of one file that were put back. Safe for any thread. */
final class Settlements {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final BitSet delivered = new BitSet();
  private int open;
  private int failed;
  private boolean woken;

  /** One more is on its way. */
  Lines.Receipt expect(int line) {
    lock.lock();
    try {
      open++;
    } finally {
      lock.unlock();
    }
    return arrived -> settled(line, arrived);
  }

  /** The last one that was expected has not gone. */
  void cancel() {
    lock.lock();
    try {
      open--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void settled(int line, boolean arrived) {
    lock.lock();
    try {
      open--;
      if (arrived) {
        delivered.set(line);
      } else {
        failed++;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** There may be room again. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for {@link #wake}, at most so long. */
  void awaitRoom(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (!woken && left > 0) {
        left = changed.awaitNanos(left);
      }
      woken = false;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until none is on its way, at most so long; false if some are. */
  boolean awaitAll(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (open > 0 && left > 0) {
        left = changed.awaitNanos(left);
      }
      return open == 0;
    } finally {
      lock.unlock();
    }
  }

  /** Places of those that were confirmed so far. */
  BitSet delivered() {
    lock.lock();
    try {
      return (BitSet) delivered.clone();
    } finally {
      lock.unlock();
    }
  }

  int failed() {
    lock.lock();
    try {
      return failed;
    } finally {
      lock.unlock();
    }
  }
}
