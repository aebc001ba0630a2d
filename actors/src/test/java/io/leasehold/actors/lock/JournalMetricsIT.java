package io.leasehold.actors.lock;

import static io.leasehold.actors.lock.LockServiceHarness.acquire;
import static io.leasehold.actors.lock.LockServiceHarness.release;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.journal.JournalMetrics;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted of a real journal. */
class JournalMetricsIT {
  private static final Duration TTL = Duration.ofSeconds(60);

  @TempDir Path dataDir;

  private final CollectorRegistry registry = new CollectorRegistry();
  private final JournalMetrics metrics =
      new JournalMeter(true).register(registry).of(JournalMeter.Kind.LOCK);

  private double statements(String family, String type) {
    return registry.getSampleValue(family + "_total", new String[] {"type"}, new String[] {type});
  }

  private double ofLocks(String sample) {
    return registry.getSampleValue(sample, new String[] {"kind"}, new String[] {"lock"});
  }

  private LockServiceHarness open(long snapshotChanges) throws Exception {
    return LockServiceHarness.durable(dataDir, 1, snapshotChanges, Clock.system(), metrics);
  }

  @Test
  void everyStatementIsCountedAndAStopIsNoFailure() throws Exception {
    try (var locks = open(50)) {
      for (int i = 0; i < 100; i++) {
        locks.askAll("k" + i, acquire("a", TTL), release("a"));
      }
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> statements("database_queries", "delete") > 0);
    }

    assertThat(ofLocks("leasehold_journal_group_changes_sum")).isEqualTo(200);
    assertThat(ofLocks("leasehold_recovery_seconds_count")).isEqualTo(1);
    assertThat(statements("database_queries", "select")).isEqualTo(1);
    // each group and each snapshot; a snapshot is followed by one clean-up
    assertThat(statements("database_queries", "insert"))
        .isGreaterThan(ofLocks("leasehold_journal_commit_seconds_count"));
    assertThat(ofLocks("leasehold_journal_failures_total")).isZero();
    for (String type : new String[] {"select", "insert", "delete"}) {
      assertThat(statements("database_query_errors", type)).as(type).isZero();
    }
  }

  @Test
  void commitThatFailsIsCountedAsAFailedInsert() throws Exception {
    try (var locks = LockServiceHarness.impatient(dataDir, 1, metrics)) {
      try (var connection = locks.database.dataSource().getConnection();
          var statement = connection.createStatement()) {
        statement.execute("SET EXCLUSIVE 1");
        try {
          assertThat(locks.ask("k", acquire("a", TTL))).isInstanceOf(LockAnswer.Unavailable.class);
        } finally {
          statement.execute("SET EXCLUSIVE 0");
        }
      } catch (SQLException e) {
        throw new AssertionError("the test could not have the database for itself", e);
      }

      assertThat(statements("database_query_errors", "insert")).isEqualTo(1);
      assertThat(ofLocks("leasehold_journal_failures_total")).isPositive();
    }
  }
}
