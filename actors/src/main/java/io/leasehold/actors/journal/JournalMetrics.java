package io.leasehold.actors.journal;

/** Where a journal counts. Implementations are safe for any thread and never block. */
public interface JournalMetrics {
  void committed(long nanos, int changes);

  void recovered(long nanos);

  void failed();

  /** Counts nothing: for tools and tests that do not look. */
  JournalMetrics NONE =
      new JournalMetrics() {
        @Override
        public void committed(long nanos, int changes) {}

        @Override
        public void recovered(long nanos) {}

        @Override
        public void failed() {}
      };
}
