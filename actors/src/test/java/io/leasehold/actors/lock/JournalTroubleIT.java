package io.leasehold.actors.lock;

import static io.leasehold.actors.lock.LockServiceHarness.acquire;
import static io.leasehold.actors.lock.LockServiceHarness.release;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.journal.JournalMetrics;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Refusal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real database that refuses, and comes back. */
class JournalTroubleIT {
  private static final Duration TTL = Duration.ofSeconds(60);

  @TempDir Path dataDir;

  /** The database answers nobody but this connection while it is held. */
  private static final class Refusing implements AutoCloseable {
    private final Connection connection;

    Refusing(LockServiceHarness locks) throws SQLException {
      connection = locks.database.dataSource().getConnection();
      execute("SET EXCLUSIVE 1");
    }

    private void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    @Override
    public void close() throws SQLException {
      execute("SET EXCLUSIVE 0");
      connection.close();
    }
  }

  private static void awaitWritable(LockServiceHarness locks) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () ->
                locks.ask("probe", acquire("p", Duration.ofMillis(100)))
                    instanceof LockAnswer.Granted);
  }

  @Test
  void nothingIsGrantedWhileTheJournalRefusesAndItRecoversByItself() throws Exception {
    try (var locks = LockServiceHarness.impatient(dataDir, 2, JournalMetrics.NONE)) {
      long token = ((LockAnswer.Granted) locks.ask("held", acquire("a", TTL))).token();
      try (var refusing = new Refusing(locks)) {
        var failed = (LockAnswer.Unavailable) locks.ask("held", release("a"));
        assertThat(failed.reason()).startsWith("journal not writable: ");
        assertThat(failed.outcomeUnknown()).isTrue();
        // what was committed goes by its deadline, though the release of it may have been
        assertThat(locks.ask("held", LockOperation.Exists.INSTANCE))
            .isEqualTo(LockAnswer.Exists.INSTANCE);
        for (int i = 0; i < 20; i++) {
          assertThat(locks.ask("fresh-" + i, acquire("b", TTL)))
              .isInstanceOf(LockAnswer.Unavailable.class);
        }
        assertThat(locks.ask("fresh-0", LockOperation.Exists.INSTANCE))
            .isEqualTo(LockAnswer.Refused.NOT_HELD);
        assertThat(locks.ask("never-asked-for", LockOperation.Exists.INSTANCE))
            .isEqualTo(LockAnswer.Refused.NOT_HELD);
        // fails at once, and surely did nothing: the journal is known to be down
        Awaitility.await()
            .atMost(10, TimeUnit.SECONDS)
            .until(
                () ->
                    locks.ask("held", acquire("b", TTL))
                            instanceof LockAnswer.Unavailable unavailable
                        && !unavailable.outcomeUnknown());
      }
      awaitWritable(locks);

      // the release had an unknown outcome: either is right, as long as the journal agrees
      LockAnswer verified =
          Awaitility.await() // the probe was of one partition, this may be another
              .atMost(10, TimeUnit.SECONDS)
              .until(
                  () -> locks.ask("held", new LockOperation.Verify(token)),
                  answer -> !(answer instanceof LockAnswer.Unavailable));
      LockAnswer next = locks.ask("held", acquire("b", TTL));
      if (verified instanceof LockAnswer.Verified) {
        assertThat(next).isInstanceOf(LockAnswer.Refused.class);
      } else {
        assertThat(verified).isEqualTo(LockAnswer.Refused.NOT_HELD);
        assertThat(((LockAnswer.Granted) next).token()).isGreaterThan(token);
      }
      for (int i = 0; i < 20; i++) {
        String key = "fresh-" + i;
        Awaitility.await()
            .atMost(10, TimeUnit.SECONDS)
            .until(() -> locks.ask(key, acquire("c", TTL)) instanceof LockAnswer.Granted);
      }
      locks.askAll("probe", release("p"));
    }
  }

  @Test
  void aLeaseThatExpiresMeanwhileIsGrantedToTheNextAfterTheRecoveryAndNotBefore() throws Exception {
    try (var locks = LockServiceHarness.impatient(dataDir, 1, JournalMetrics.NONE)) {
      locks.ask("job", acquire("a", Duration.ofMillis(300)));
      locks.send("job", acquire("b", TTL, Duration.ofSeconds(50)));
      try (var refusing = new Refusing(locks)) {
        // the grant that follows the expiry cannot be committed: b is told so, and holds nothing
        LockReplies replies = locks.client.receiveMessage(Duration.ofSeconds(10));
        assertThat(replies.answer(0)).isInstanceOf(LockAnswer.Unavailable.class);
      }
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> locks.ask("job", acquire("c", TTL)) instanceof LockAnswer.Granted);
    }
    try (var again = LockServiceHarness.durable(dataDir, 1, 20_000)) {
      var refused = (LockAnswer.Refused) again.ask("job", acquire("d", TTL));
      assertThat(refused.reason()).isEqualTo(Refusal.HELD);
    }
  }

  @Test
  void aHolderThatWasNotTouchedKeepsItsLeaseThroughTheTrouble() throws Exception {
    try (var locks = LockServiceHarness.impatient(dataDir, 1, JournalMetrics.NONE)) {
      long token = ((LockAnswer.Granted) locks.ask("calm", acquire("a", TTL))).token();
      try (var refusing = new Refusing(locks)) {
        assertThat(locks.ask("other", acquire("b", TTL)))
            .isInstanceOf(LockAnswer.Unavailable.class);
        assertThat(locks.ask("calm", LockOperation.Exists.INSTANCE))
            .isEqualTo(LockAnswer.Exists.INSTANCE);
        assertThat(locks.ask("calm", acquire("b", TTL))).isInstanceOf(LockAnswer.Refused.class);
      }
      awaitWritable(locks);
      assertThat(locks.ask("calm", new LockOperation.Verify(token)))
          .isInstanceOf(LockAnswer.Verified.class);
    }
  }
}
