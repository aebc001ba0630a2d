package io.leasehold.actors.lock;

import static io.leasehold.actors.lock.LockServiceHarness.acquire;
import static io.leasehold.actors.lock.LockServiceHarness.release;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.journal.TestPostgres;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Refusal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Two nodes that both own the partition, as far as they know, on one PostgreSQL. The fence lets one
 * of two commits through; whoever lost must not go on with what it knew of other keys either.
 */
class TwoOwnersIT {
  private static final Duration TTL = Duration.ofSeconds(60);
  private static TestPostgres postgres;

  @BeforeAll
  static void start() throws Exception {
    postgres = TestPostgres.start();
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  private static long take(LockServiceHarness node, String key, String owner) {
    LockAnswer answer = node.ask(key, acquire(owner, TTL));
    assertThat(answer).isInstanceOf(LockAnswer.Granted.class);
    return ((LockAnswer.Granted) answer).token();
  }

  /** The first answer that is no error. */
  private static LockAnswer answered(LockServiceHarness node, String key, LockOperation asked) {
    return Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> node.ask(key, asked), each -> !(each instanceof LockAnswer.Unavailable));
  }

  private static void assertHeld(LockAnswer answer) {
    assertThat(answer).isInstanceOf(LockAnswer.Refused.class);
    assertThat(((LockAnswer.Refused) answer).reason()).isEqualTo(Refusal.HELD);
  }

  @Test
  void whoFellBehindTheJournalForgetsWhatItKnewOfEveryKey() throws Exception {
    try (var one = LockServiceHarness.durable(postgres.journal())) {
      take(one, "free", "a");
      assertThat(one.ask("free", release("a"))).isEqualTo(LockAnswer.Released.FREED);
      long kept = take(one, "kept", "a");
      try (var other = LockServiceHarness.durable(postgres.journal())) {
        take(other, "free", "b");
        take(other, "new", "b");
        assertThat(other.ask("kept", release("a"))).isEqualTo(LockAnswer.Released.FREED);

        // the fence holds, and tells the first that it is behind
        assertThat(one.ask("any", acquire("a", TTL))).isInstanceOf(LockAnswer.Unavailable.class);
        assertThat(answered(one, "any", acquire("a", TTL))).isInstanceOf(LockAnswer.Granted.class);

        assertHeld(answered(one, "free", acquire("c", TTL)));
        assertHeld(answered(one, "new", acquire("c", TTL)));
        assertThat(answered(one, "kept", new LockOperation.Verify(kept)))
            .isEqualTo(LockAnswer.Refused.NOT_HELD);

        // and the other way round
        assertThat(other.ask("free", release("b"))).isInstanceOf(LockAnswer.Unavailable.class);
        assertHeld(answered(other, "any", acquire("c", TTL)));
      }
    }
  }

  /** Nobody has to ask: whoever waits for what the other gave back is served. */
  @Test
  void whoWaitsAtANodeThatFellBehindIsServedWhenItHasCaughtUp() throws Exception {
    try (var one = LockServiceHarness.durable(postgres.journal())) {
      take(one, "awaited", "a");
      try (var other = LockServiceHarness.durable(postgres.journal())) {
        long waiting = one.send("awaited", acquire("w", TTL, Duration.ofSeconds(50)));
        assertThat(other.ask("awaited", release("a"))).isEqualTo(LockAnswer.Released.FREED);

        one.send("some", acquire("a", TTL)); // fails, and makes it read the journal

        Awaitility.await()
            .atMost(20, TimeUnit.SECONDS)
            .until(
                () -> {
                  LockReplies replies = one.client.receiveMessage(Duration.ofSeconds(20));
                  return replies.sequence(0) == waiting
                      && replies.answer(0) instanceof LockAnswer.Granted;
                });
      }
    }
  }
}
