package io.leasehold.actors.journal;

/** Where a journal counts. Implementations are safe for any thread and never block. */
public interface JournalMetrics {
  void committed(long nanos, int changes);

  void recovered(long nanos);

  /**
   * Something did not work.
   *
   * @param committing a group was on its way; false = the journal was being read
   */
  void failed(boolean committing);

  void snapshotTaken();

  /**
   * What a snapshot had made superfluous was deleted.
   *
   * @param worked false: it stays until the next snapshot
   */
  void cleanedUp(long nanos, boolean worked);

  /** Counts nothing: for tools and tests that do not look. */
  JournalMetrics NONE =
      new JournalMetrics() {
        @Override
        public void committed(long nanos, int changes) {}

        @Override
        public void recovered(long nanos) {}

        @Override
        public void failed(boolean committing) {}

        @Override
        public void snapshotTaken() {}

        @Override
        public void cleanedUp(long nanos, boolean worked) {}
      };
}
