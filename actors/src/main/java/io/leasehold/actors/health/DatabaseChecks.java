package io.leasehold.actors.health;

import com.zaxxer.hikari.HikariDataSource;
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
import javax.sql.DataSource;

/** Asks the journal's database, on a thread that may wait. */
public final class DatabaseChecks {
  private static final long SLOW_MILLIS = 500;
  private static final long CLOCK_DEGRADED_MILLIS = 500;

  /** As far as nodes may differ without a lease being cut at a takeover. */
  public static final long CLOCK_UNHEALTHY_MILLIS = 1_000;

  private DatabaseChecks() {}

  /** Whether it answers. */
  public static HealthCheck database(DataSource source, Executor blocking, Clock clock) {
    return new HealthCheck(
        "database",
        true,
        true,
        () ->
            CompletableFuture.supplyAsync(
                () -> {
                  long started = clock.nanos();
                  ask(source, "SELECT 1");
                  long millis = (clock.nanos() - started) / 1_000_000;
                  return millis > SLOW_MILLIS
                      ? CheckResult.degraded("answered after " + millis + " ms", pool(source))
                      : CheckResult.healthy("Database connection OK", pool(source));
                },
                blocking));
  }

  /** Whether its clock and ours agree. */
  public static HealthCheck clock(JournalDatabase database, Clock clock) {
    return new HealthCheck(
        "clock",
        true,
        true,
        () ->
            CompletableFuture.supplyAsync(
                () -> {
                  long offset = database.clockOffsetMillis(clock);
                  var detail = Detail.of("offset_ms", offset);
                  String message = "clocks differ by " + offset + " ms";
                  if (offset > CLOCK_UNHEALTHY_MILLIS) {
                    return CheckResult.unhealthy(message, detail);
                  }
                  return offset > CLOCK_DEGRADED_MILLIS
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
