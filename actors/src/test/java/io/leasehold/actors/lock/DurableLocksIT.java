package io.leasehold.actors.lock;

import static io.leasehold.actors.lock.LockServiceHarness.acquire;
import static io.leasehold.actors.lock.LockServiceHarness.release;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.Refusal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Dropped;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableLocksIT {
  private static final Duration TTL = Duration.ofSeconds(30);

  @TempDir Path dataDir;

  @Test
  void grantsSurviveARestartWithTheirTokensAndTokensGoOnRising() throws Exception {
    long token;
    try (var first = LockServiceHarness.durable(dataDir, 4, 20_000)) {
      token = ((LockAnswer.Granted) first.ask("job", acquire("a", TTL))).token();
      assertThat(first.ask("gone", acquire("a", TTL))).isInstanceOf(LockAnswer.Granted.class);
      assertThat(first.ask("gone", release("a"))).isEqualTo(LockAnswer.Released.FREED);
    }

    try (var second = LockServiceHarness.durable(dataDir, 4, 20_000)) {
      var refused = (LockAnswer.Refused) second.ask("job", acquire("b", TTL));
      assertThat(refused.reason()).isEqualTo(Refusal.HELD);
      assertThat(refused.figure()).isBetween(1L, TTL.toMillis());
      var next = (LockAnswer.Granted) second.ask("gone", acquire("b", TTL));
      assertThat(next.token()).isGreaterThan(token);
      assertThat(second.ask("job", release("a"))).isEqualTo(LockAnswer.Released.FREED);
    }
  }

  @Test
  void aLeaseThatWasLiveAtTheStopExpiresByItselfAfterTheRestart() throws Exception {
    try (var first = LockServiceHarness.durable(dataDir, 4, 20_000)) {
      first.ask("job", acquire("a", Duration.ofMillis(500)));
    }

    try (var second = LockServiceHarness.durable(dataDir, 4, 20_000)) {
      var granted =
          (LockAnswer.Granted) second.ask("job", acquire("b", TTL, Duration.ofSeconds(8)));
      assertThat(granted.waitedMillis()).isBetween(0L, 4_000L);
    }
  }

  @Test
  void pipelinedRequestsOnOneKeyTakeEffectInOrder() throws Exception {
    try (var locks = LockServiceHarness.durable(dataDir, 1, 20_000)) {
      var answers =
          locks.askAll(
              "job",
              acquire("a", TTL),
              acquire("b", TTL),
              release("a"),
              acquire("b", TTL),
              release("a"));

      var first = (LockAnswer.Granted) answers.get(0);
      var second = (LockAnswer.Granted) answers.get(3);
      assertThat(answers.get(1)).isEqualTo(new LockAnswer.Refused(Refusal.HELD, 30_000));
      assertThat(answers.get(2)).isEqualTo(LockAnswer.Released.FREED);
      assertThat(answers.get(4)).isEqualTo(LockAnswer.Refused.NOT_OWNER);
      assertThat(second.token()).isGreaterThan(first.token());
    }
  }

  @Test
  void keysLeaveMemoryWhenTheyAreFreeAndComeBackAsTheyWere() throws Exception {
    try (var locks = LockServiceHarness.durable(dataDir, 4, 20_000)) {
      for (int i = 0; i < 200; i++) {
        locks.askAll("once-" + i, acquire("a", TTL), release("a"));
      }
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(
              () ->
                  locks
                      .service
                      .list(false, "", "", LockMonitor.KeyState.ANY, 10, 1, 1)
                      .toCompletableFuture()
                      .get()
                      .locks()
                      .isEmpty());
      assertThat(locks.service.capacity().bytes()).isZero();
      assertThat(locks.service.capacity().leases()).isZero();
      assertThat(locks.ask("once-7", acquire("b", TTL))).isInstanceOf(LockAnswer.Granted.class);
    }
  }

  @Test
  void snapshotsAndDeletionKeepTheJournalShort() throws Exception {
    try (var locks = LockServiceHarness.durable(dataDir, 1, 50)) {
      for (int i = 0; i < 300; i++) {
        locks.askAll("k" + i, acquire("a", TTL), release("a"));
      }
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .untilAsserted(
              () -> {
                try (var connection = locks.database.dataSource().getConnection();
                    var statement = connection.createStatement();
                    var rows = statement.executeQuery("SELECT COUNT(*) FROM event_journal")) {
                  rows.next();
                  assertThat(rows.getInt(1)).isLessThan(60);
                }
              });
    }
    try (var again = LockServiceHarness.durable(dataDir, 1, 50)) {
      assertThat(again.ask("k1", acquire("b", TTL))).isInstanceOf(LockAnswer.Granted.class);
    }
  }

  /** A region drops what reaches it while it hands a partition over. */
  @Test
  void whatIsDroppedOnItsWayToAKeyIsToldToAskAgain() throws Exception {
    try (var locks = LockServiceHarness.durable(dataDir, 1, 20_000)) {
      var classic = Adapter.toClassic(locks.kit.system());
      var request = new LockActor.Request(7, acquire("a", TTL));
      var deliver = new LockActor.Deliver("job", List.of(request), locks.client.getRef());

      classic
          .deadLetters()
          .tell(
              new Dropped(deliver, "handed over", ActorRef.noSender(), classic.deadLetters()),
              ActorRef.noSender());

      LockReplies replies = locks.client.receiveMessage();
      assertThat(replies.sequence(0)).isEqualTo(7);
      assertThat(replies.answer(0)).isEqualTo(LockAnswer.Moved.INSTANCE);
    }
  }
}
