package io.leasehold.actors.metrics;

import io.leasehold.actors.journal.JournalMetrics;
import io.prometheus.client.CollectorRegistry;
import java.sql.SQLException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;

/** Counts what journals do, and the statements they send. Safe for any thread. */
public final class JournalMeter {
  /** Whose journals. */
  public enum Kind {
    LOCK,
    KV
  }

  private static final List<String> KINDS = List.of("lock", "kv");
  private static final List<String> STATEMENTS =
      List.of("select", "insert", "update", "delete", "other");
  private static final int SELECT = 0;
  private static final int INSERT = 1;
  private static final int DELETE = 3;

  private final boolean enabled;
  private final DurationHistogram commits =
      DurationHistogram.ofSeconds(
          "leasehold_journal_commit_seconds", "Time of a group commit.", "kind", KINDS);
  private final DurationHistogram recoveries =
      DurationHistogram.ofSeconds(
          "leasehold_recovery_seconds", "Time to read a journal.", "kind", KINDS);
  private final DurationHistogram groups =
      DurationHistogram.ofGroupSizes(
          "leasehold_journal_group_changes", "Changes in a group commit.", "kind", KINDS);
  private final EventCounter failures =
      new EventCounter(
          "leasehold_journal_failures",
          "Commits and recoveries that failed.",
          List.of("kind"),
          KINDS.stream().map(List::of).toList());
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

  private final class Journals implements JournalMetrics {
    private final int kind;

    Journals(int kind) {
      this.kind = kind;
    }

    @Override
    public void committed(long nanos, int changes) {
      commits.record(kind, nanos);
      groups.record(kind, changes);
      queried(INSERT, nanos, true);
    }

    @Override
    public void recovered(long nanos) {
      recoveries.record(kind, nanos);
      queried(SELECT, nanos, true);
    }

    @Override
    public void failed(boolean committing) {
      failures.count(kind, 1);
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
  }

  /**
   * Starts at zero.
   *
   * @param enabled false: of what journals do, nothing is counted
   */
  public JournalMeter(boolean enabled) {
    this.enabled = enabled;
  }

  /** Adds the families to {@code registry}. */
  public JournalMeter register(CollectorRegistry registry) {
    for (var each :
        List.of(commits, recoveries, groups, failures, queries, queryErrors, queryTimes)) {
      registry.register(each);
    }
    return this;
  }

  /** Where journals of one kind count. */
  public JournalMetrics of(Kind kind) {
    return enabled ? new Journals(kind.ordinal()) : JournalMetrics.NONE;
  }

  /** A health check asked the database. */
  public void probed(long nanos, boolean answered) {
    queried(SELECT, nanos, answered);
  }

  /**
   * Counts the statements of the accounts, by what they do: it looks at the first word of each and
   * at none of its values.
   */
  public SqlLogger statements() {
    return enabled ? new Statements() : SqlLogger.NOP_SQL_LOGGER;
  }

  private final class Statements implements SqlLogger {
    @Override
    public void logAfterExecution(StatementContext context) {
      queried(typeOf(context), context.getElapsedTime(ChronoUnit.NANOS), true);
    }

    @Override
    public void logException(StatementContext context, SQLException failure) {
      queried(typeOf(context), context.getElapsedTime(ChronoUnit.NANOS), false);
    }

    private static int typeOf(StatementContext context) {
      String sql = context.getRawSql();
      int end = sql.indexOf(' ');
      String word = end < 0 ? sql : sql.substring(0, end);
      int type = STATEMENTS.indexOf(word.toLowerCase(Locale.ROOT));
      return type < 0 ? STATEMENTS.size() - 1 : type;
    }
  }

  private void queried(int statement, long nanos, boolean worked) {
    queries.count(statement, 1);
    queryTimes.record(statement, nanos);
    if (!worked) {
      queryErrors.count(statement, 1);
    }
  }
}
