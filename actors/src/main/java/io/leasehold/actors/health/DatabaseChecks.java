package io.leasehold.actors.health;

import com.zaxxer.hikari.HikariDataSource;
import io.leasehold.actors.journal.DatabaseClaim;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.CheckResult.Detail;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.time.Clock;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** Asks the journal's database, on a thread that may wait. */
public final class DatabaseChecks {
  private static final long SLOW_MILLIS = 500;
  private static final long CLOCK_DEGRADED_MILLIS = 500;

  /** As far as nodes may differ without a lease being cut at a takeover. */
  public static final long CLOCK_UNHEALTHY_MILLIS = 1_000;

  /** Is told of every question. Safe for any thread. */
  public interface Probes {
    void asked(long nanos, boolean answered);
  }

  private DatabaseChecks() {}

  /**
   * Whether it answers, and is ours.
   *
   * @param claim how it stands with the claim on it, as was found last
   */
  public static HealthCheck database(
      DataSource source,
      Supplier<DatabaseClaim.State> claim,
      Executor blocking,
      Clock clock,
      Probes probes) {
    return new HealthCheck(
        "database",
        true,
        true,
        () ->
            CompletableFuture.supplyAsync(
                () -> {
                  long started = clock.nanos();
                  probe(clock, probes, () -> ask(source, "SELECT 1"));
                  long millis = (clock.nanos() - started) / 1_000_000;
                  return switch (claim.get()) {
                    case TAKEN ->
                        CheckResult.unhealthy("another server uses this database", pool(source));
                    case LOST ->
                        CheckResult.degraded("the database is being claimed again", pool(source));
                    case HELD ->
                        millis > SLOW_MILLIS
                            ? CheckResult.degraded("answered after " + millis + " ms", pool(source))
                            : CheckResult.healthy("Database connection OK", pool(source));
                  };
                },
                blocking));
  }

  /** Whether its clock and ours agree. */
  public static HealthCheck clock(JournalDatabase database, Clock clock, Probes probes) {
    return new HealthCheck(
        "clock",
        true,
        true,
        () ->
            CompletableFuture.supplyAsync(
                () -> {
                  long[] offset = new long[1];
                  probe(clock, probes, () -> offset[0] = database.clockOffsetMillis(clock));
                  var detail = Detail.of("offset_ms", offset[0]);
                  String message = "clocks differ by " + offset[0] + " ms";
                  if (offset[0] > CLOCK_UNHEALTHY_MILLIS) {
                    return CheckResult.unhealthy(message, detail);
                  }
                  return offset[0] > CLOCK_DEGRADED_MILLIS
                      ? CheckResult.degraded(message, detail)
                      : CheckResult.healthy(message, detail);
                },
                database.executor()));
  }

  private static void ask(DataSource source, String sql) {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  private static void probe(Clock clock, Probes probes, Runnable question) {
    long started = clock.nanos();
    boolean answered = false;
    try {
      question.run();
      answered = true;
    } finally {
      probes.asked(clock.nanos() - started, answered);
    }
  }

  private static Detail[] pool(DataSource source) {
    if (source instanceof HikariDataSource pool && pool.getHikariPoolMXBean() != null) {
      var bean = pool.getHikariPoolMXBean();
      return new Detail[] {
        Detail.of("active", bean.getActiveConnections()),
        Detail.of("idle", bean.getIdleConnections()),
        Detail.of("waiting", bean.getThreadsAwaitingConnection()),
        Detail.of("max", pool.getMaximumPoolSize())
      };
    }
    return new Detail[0];
  }
}
