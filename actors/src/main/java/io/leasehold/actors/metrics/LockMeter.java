package io.leasehold.actors.metrics;

import io.leasehold.actors.journal.JournalMetrics;
import io.leasehold.actors.lock.LockMetrics;
import io.leasehold.domain.lock.EndCause;
import io.prometheus.client.CollectorRegistry;
import java.util.Arrays;
import java.util.List;

/** Counts what lock actors and their journals do, for Prometheus. Safe for any thread. */
public final class LockMeter implements LockMetrics {
  private static final List<String> KIND = List.of("lock");
  private static final List<String> STATEMENTS =
      List.of("select", "insert", "update", "delete", "other");
  private static final int SELECT = 0;
  private static final int INSERT = 1;
  private static final int DELETE = 3;

  private final boolean enabled;
  private final EventCounter ends =
      new EventCounter(
          "leasehold_lock_ends",
          "Leases that ended, by how.",
          List.of("cause"),
          Arrays.stream(EndCause.values()).map(cause -> List.of(cause.wire())).toList());
  private final DurationHistogram expiryDelay =
      DurationHistogram.ofSeconds(
          "leasehold_lock_expiry_delay_seconds", "Time from a deadline to the end of its lease.");
  private final DurationHistogram waits =
      DurationHistogram.ofSeconds(
          "leasehold_lock_wait_seconds", "Time in the queue of those who were granted.");
  private final DurationHistogram cleanup =
      DurationHistogram.ofSeconds(
          "ttl_semlock_ttl_cleanup_duration_seconds",
          "Time from the handling of an expiry to its commit.");
  private final EventCounter rejected =
      new EventCounter(
          "ttl_semlock_rejected_requests",
          "Acquires refused by a limit of the node.",
          List.of("reason"),
          List.of(List.of("max_locks_reached"), List.of("memory_limit_reached")));
  private final DurationHistogram commits =
      DurationHistogram.ofSeconds(
          "leasehold_journal_commit_seconds", "Time of a group commit.", "kind", KIND);
  private final DurationHistogram recoveries =
      DurationHistogram.ofSeconds(
          "leasehold_recovery_seconds", "Time to read a journal.", "kind", KIND);
  private final DurationHistogram groups =
      DurationHistogram.ofGroupSizes(
          "leasehold_journal_group_changes", "Changes in a group commit.", "kind", KIND);
  private final EventCounter failures =
      new EventCounter(
          "leasehold_journal_failures",
          "Commits and recoveries that failed.",
          List.of("kind"),
          List.of(KIND));
  private final EventCounter queries =
      new EventCounter(
          "database_queries",
          "Statements sent to the database; a group commit counts as one insert.",
          List.of("type"),
          STATEMENTS.stream().map(List::of).toList());
  private final EventCounter queryErrors =
      new EventCounter(
          "database_query_errors",
          "Statements that failed.",
          List.of("type"),
          STATEMENTS.stream().map(List::of).toList());
  private final DurationHistogram queryTimes =
      DurationHistogram.ofSeconds(
          "database_query_duration_seconds", "Time of a statement.", "type", STATEMENTS);

  private final JournalMetrics journal =
      new JournalMetrics() {
        @Override
        public void committed(long nanos, int changes) {
          commits.record(0, nanos);
          groups.record(0, changes);
          queried(INSERT, nanos, true);
        }

        @Override
        public void recovered(long nanos) {
          recoveries.record(0, nanos);
          queried(SELECT, nanos, true);
        }

        @Override
        public void failed(boolean committing) {
          failures.count();
          int statement = committing ? INSERT : SELECT;
          queries.count(statement, 1);
          queryErrors.count(statement, 1);
        }

        @Override
        public void snapshotTaken() {
          queries.count(INSERT, 1); // the journal does not say how long it took
        }

        @Override
        public void cleanedUp(long nanos, boolean worked) {
          queried(DELETE, nanos, worked);
        }
      };

  /**
   * Starts at zero.
   *
   * @param enabled false: of what locks do, only refusals by a limit are counted
   */
  public LockMeter(boolean enabled) {
    this.enabled = enabled;
  }

  /** Adds the families to {@code registry}. */
  public LockMeter register(CollectorRegistry registry) {
    for (var each :
        List.of(
            ends,
            expiryDelay,
            waits,
            cleanup,
            rejected,
            commits,
            recoveries,
            groups,
            failures,
            queries,
            queryErrors,
            queryTimes)) {
      registry.register(each);
    }
    return this;
  }

  /** A health check asked the database. */
  public void probed(long nanos, boolean answered) {
    queried(SELECT, nanos, answered);
  }

  private void queried(int statement, long nanos, boolean worked) {
    queries.count(statement, 1);
    queryTimes.record(statement, nanos);
    if (!worked) {
      queryErrors.count(statement, 1);
    }
  }

  public JournalMetrics journal() {
    return enabled ? journal : JournalMetrics.NONE;
  }

  public long rejectedByMaxLocksTotal() {
    return rejected.value(0);
  }

  public long rejectedByMemoryTotal() {
    return rejected.value(1);
  }

  @Override
  public void ended(EndCause cause) {
    if (enabled) {
      ends.count(cause.code() - 1, 1);
    }
  }

  @Override
  public void expiredLate(long nanos) {
    if (enabled) {
      expiryDelay.record(0, nanos);
    }
  }

  @Override
  public void waited(long nanos) {
    if (enabled) {
      waits.record(0, nanos);
    }
  }

  @Override
  public void cleanedUp(long nanos) {
    if (enabled) {
      cleanup.record(0, nanos);
    }
  }

  @Override
  public void rejectedByMaxLocks() {
    rejected.count(0, 1);
  }

  @Override
  public void rejectedByMemory() {
    rejected.count(1, 1);
  }
}
