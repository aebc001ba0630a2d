package io.leasehold.actors.kv;

/** Where watches count. Implementations are safe for any thread and never block. */
public interface KvWatchMetrics {
  /**
   * A watcher is told that it may miss something.
   *
   * @param reason as the protocol has it
   */
  void gap(String reason);

  /** Counts nothing: for tests that do not look. */
  KvWatchMetrics NONE = reason -> {};
}
