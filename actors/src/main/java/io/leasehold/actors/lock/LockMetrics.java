package io.leasehold.actors.lock;

import io.leasehold.domain.lock.EndCause;

/** Where lock actors count. Implementations are safe for any thread and never block. */
public interface LockMetrics {
  void ended(EndCause cause);

  /** A lease was ended so long after its deadline. */
  void expiredLate(long nanos);

  /** A waiter got its lease after so long. */
  void waited(long nanos);

  /** An expiry was committed so long after its timer was handled. */
  void cleanedUp(long nanos);

  void rejectedByMaxLocks();

  void rejectedByMemory();

  /** Counts nothing: for tests that do not look. */
  LockMetrics NONE =
      new LockMetrics() {
        @Override
        public void ended(EndCause cause) {}

        @Override
        public void expiredLate(long nanos) {}

        @Override
        public void waited(long nanos) {}

        @Override
        public void cleanedUp(long nanos) {}

        @Override
        public void rejectedByMaxLocks() {}

        @Override
        public void rejectedByMemory() {}
      };
}
