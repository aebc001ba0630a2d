package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvOperation;

/** Where shards and desks count. Implementations are safe for any thread and never block. */
public interface KvMetrics {
  /** Name of a listing in metrics; others are those of {@link KvOperation#name}. */
  String LIST = "list";

  /** Name of a removal at its deadline in metrics. */
  String EXPIRE = "expire";

  /**
   * Operations of one kind have been dealt with.
   *
   * @param failed the store could not do them; a refusal by a rule is no failure
   */
  void operated(String operation, int count, boolean failed);

  /** A request was answered after so long. */
  void answered(long nanos);

  /** Entries were removed at their deadline. */
  void expired(int count);

  /** An operation was refused since a newer holder had been there. */
  void staleFence();

  /** Counts nothing: for tests that do not look. */
  KvMetrics NONE =
      new KvMetrics() {
        @Override
        public void operated(String operation, int count, boolean failed) {}

        @Override
        public void answered(long nanos) {}

        @Override
        public void expired(int count) {}

        @Override
        public void staleFence() {}
      };
}
