package io.leasehold.actors.lock;

import static io.leasehold.actors.lock.LockServiceHarness.acquire;
import static io.leasehold.actors.lock.LockServiceHarness.release;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.cluster.PartitionBoard;
import io.leasehold.domain.lock.EndCause;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockChange;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Mode;
import io.leasehold.domain.lock.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Deadlines are those of the clock; a timer is a hint. The clock wraps while these tests run. */
class LockActorTimeTest {
  private static final Duration TTL = Duration.ofSeconds(30);
  private static final Duration NANO = Duration.ofNanos(1);
  private static final Duration WAIT = Duration.ofMinutes(10);

  private final LockActorBench lock = new LockActorBench();

  @AfterEach
  void stop() {
    lock.close();
  }

  private long grant(String owner, Duration ttl) {
    return ((LockAnswer.Granted) lock.askAndCommit(acquire(owner, ttl))).token();
  }

  private static LockAnswer held(Duration left) {
    return new LockAnswer.Refused(Refusal.HELD, left.toMillis());
  }

  private static void assertExpired(List<LockChange> changes, long token) {
    assertThat(changes.get(0)).isInstanceOf(LockChange.Ended.class);
    var ended = (LockChange.Ended) changes.get(0);
    assertThat(ended.token()).isEqualTo(token);
    assertThat(ended.cause()).isEqualTo(EndCause.EXPIRED);
  }

  @Test
  void timerThatFiresEarlyEndsNothing() {
    grant("a", TTL);
    lock.clock.advance(TTL.minus(NANO));

    lock.timers.timePasses(TTL); // Pekko's timer is due, the deadline is not

    assertThat(lock.ask(acquire("b", TTL))).isEqualTo(held(Duration.ofMillis(1)));
    lock.expectNothingAppended();
  }

  @Test
  void timerThatFiredEarlyIsSetAgainForTheRest() {
    long token = grant("a", TTL);
    lock.send(acquire("b", TTL, WAIT));
    lock.clock.advance(TTL.minusMillis(3));
    lock.timers.timePasses(TTL);
    assertThat(lock.exists()).isTrue(); // the early timer has been handled

    lock.clock.advance(Duration.ofMillis(3));
    lock.timers.timePasses(Duration.ofMillis(3));

    List<LockChange> changes = lock.appended();
    assertExpired(changes, token);
    assertThat(changes.get(1)).isInstanceOf(LockChange.Granted.class);
  }

  @Test
  void leaseEndsAtItsDeadlineAndTheWaiterIsGranted() {
    long token = grant("a", TTL);
    long waiting = lock.send(acquire("b", TTL, WAIT));
    assertThat(lock.exists()).isTrue();
    lock.clock.advance(TTL);

    lock.timers.timePasses(TTL);

    List<LockChange> changes = lock.commitNext();
    assertExpired(changes, token);
    assertThat(lock.answerTo(waiting))
        .isEqualTo(
            new LockAnswer.Granted(changes.get(1).number(), TTL.toMillis(), TTL.toMillis(), 1));
  }

  @Test
  void stoppedClockExpiresNothing() {
    long token = grant("a", TTL);
    lock.send(acquire("b", TTL, WAIT));

    for (int i = 0; i < 20; i++) {
      lock.timers.timePasses(TTL);
      assertThat(lock.exists()).isTrue();
    }

    assertThat(lock.ask(acquire("c", TTL))).isEqualTo(held(TTL));
    assertThat(lock.ask(new LockOperation.Extend("x", 0, 1_000)))
        .isEqualTo(LockAnswer.Refused.NOT_OWNER);
    lock.expectNothingAppended();
    lock.send(release("a"));
    assertThat(((LockChange.Ended) lock.appended().get(0)).token()).isEqualTo(token);
  }

  @Test
  void wallClockThatJumpsTouchesNoRunningLeaseAndNoWait() {
    grant("a", TTL);
    lock.send(acquire("b", TTL, WAIT));

    for (Duration jump : List.of(Duration.ofDays(400), Duration.ofDays(-900))) {
      lock.clock.jumpWall(jump);
      lock.timers.timePasses(TTL);
      assertThat(lock.ask(acquire("c", TTL))).isEqualTo(held(TTL));
    }

    lock.expectNothingAppended();
    lock.clock.advance(TTL);
    lock.send(LockOperation.Exists.INSTANCE);
    assertThat(lock.commitNext())
        .satisfiesExactly(
            ended -> assertThat(ended).isInstanceOf(LockChange.Ended.class),
            granted -> assertThat(granted).isInstanceOf(LockChange.Granted.class));
  }

  @Test
  void extensionAfterAWallClockJumpIsMeasuredByTheOtherClock() {
    long token = grant("a", TTL);
    lock.clock.jumpWall(Duration.ofDays(-1));
    lock.clock.advance(TTL.minus(NANO));

    LockAnswer extended = lock.askAndCommit(new LockOperation.Extend("a", 0, TTL.toMillis()));

    assertThat(extended).isEqualTo(new LockAnswer.Extended(token, TTL.toMillis(), 1));
    lock.clock.advance(TTL.minus(NANO));
    assertThat(lock.exists()).isTrue();
    lock.clock.advance(NANO);
    assertThat(lock.exists()).isFalse();
  }

  @Test
  void timerOfADeadlineThatWasMovedEndsNothing() {
    grant("a", TTL);
    lock.askAndCommit(new LockOperation.Extend("a", 0, 3 * TTL.toMillis()));
    lock.clock.advance(TTL);

    lock.timers.timePasses(TTL);

    assertThat(lock.ask(acquire("b", TTL))).isEqualTo(held(TTL.multipliedBy(2)));
    lock.expectNothingAppended();
  }

  /** No timer fires in these: Pekko's time stands still. */
  @TestFactory
  Stream<DynamicTest> fromItsDeadlineOnALeaseIsAbsentForEveryActionThoughNoTimerFired() {
    Map<String, LockOperation> absent =
        Map.of(
            "release", release(null),
            "release by owner", release("a"),
            "release by token", new LockOperation.Release(null, 1, null),
            "exists", LockOperation.Exists.INSTANCE,
            "extend", new LockOperation.Extend("a", 0, 1_000),
            "extend by token", new LockOperation.Extend(null, 1, 1_000),
            "verify", new LockOperation.Verify(1));
    return absent.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(),
                    () -> {
                      try (var late = new LockActorBench()) {
                        late.askAndCommit(acquire("a", TTL));
                        late.clock.advance(TTL);
                        assertThat(late.ask(each.getValue()))
                            .isEqualTo(LockAnswer.Refused.NOT_HELD);
                        assertExpired(late.appended(), 1);
                      }
                    }));
  }

  @Test
  void fromItsDeadlineOnTheKeyIsGrantedToOthersThoughNoTimerFired() {
    long token = grant("a", TTL);
    lock.clock.advance(TTL);

    long number = lock.send(acquire("b", TTL));

    List<LockChange> changes = lock.commitNext();
    assertExpired(changes, token);
    assertThat(lock.answerTo(number))
        .isEqualTo(
            new LockAnswer.Granted(changes.get(1).number(), TTL.toMillis(), LockAnswer.NO_WAIT, 1));
  }

  @Test
  void fromItsDeadlineOnALeaseIsNotReentered() {
    var reentrant =
        new LockOperation.Acquire("a", TTL.toMillis(), 0, 1, 1, Mode.EXCLUSIVE, true, null, null);
    long token = ((LockAnswer.Granted) lock.askAndCommit(reentrant)).token();
    lock.clock.advance(TTL);

    var again = (LockAnswer.Granted) lock.askAndCommit(reentrant);

    assertThat(again.count()).isEqualTo(1);
    assertThat(again.token()).isGreaterThan(token);
  }

  @Test
  void fromItsDeadlineOnAPictureShowsNoHolder() {
    grant("a", TTL);
    lock.clock.advance(TTL);

    var picture = (LockAnswer.Inspected) lock.ask(new LockOperation.Inspect(10, 10));

    assertThat(picture.view().holders()).isEmpty();
  }

  @Test
  void waitThatEndsTogetherWithTheLeaseItWaitsForIsAnsweredOnce() {
    grant("a", TTL);
    long waiting = lock.send(acquire("b", TTL, TTL));
    assertThat(lock.exists()).isTrue();
    lock.clock.advance(TTL);

    lock.timers.timePasses(TTL);

    lock.commitNext();
    LockAnswer answer = lock.answerTo(waiting);
    assertThat(answer)
        .isIn(
            new LockAnswer.Granted(3, TTL.toMillis(), TTL.toMillis(), 1),
            new LockAnswer.Refused(Refusal.TIMEOUT, TTL.toMillis()));
    assertThat(lock.exists()).isEqualTo(answer instanceof LockAnswer.Granted);
  }

  @Test
  void lostTimerIsMadeGoodByTheSweep() {
    long token = grant("a", TTL);
    long waiting = lock.send(acquire("b", TTL, WAIT));
    assertThat(lock.exists()).isTrue();
    var upkeep = new Upkeep();
    var keeperKit = ActorTestKit.create(ManualTime.config()); // other timers than the actor's
    try {
      lock.node.region().set(lock.actor);
      keeperKit.spawn(
          LockKeeper.create(
              lock.node,
              upkeep,
              new PartitionBoard(lock.clock, 1),
              Duration.ofSeconds(5),
              new CompletableFuture<>()));
      var sweeps = ManualTime.get(keeperKit.system());
      lock.clock.advance(TTL.plusSeconds(1).plus(NANO)); // and the actor's timer never fires

      sweeps.timePasses(Duration.ofSeconds(5));

      List<LockChange> changes = lock.commitNext();
      assertExpired(changes, token);
      assertThat(lock.answerTo(waiting)).isInstanceOf(LockAnswer.Granted.class);
      // the keeper wakes the actor first and notes it then
      Awaitility.await().until(() -> upkeep.figures().equals(new LockMonitor.Upkeep(1, 1)));
      sweeps.timePasses(Duration.ofSeconds(5));
      Awaitility.await().until(() -> upkeep.figures().equals(new LockMonitor.Upkeep(0, 1)));
      lock.expectNothingAppended();
    } finally {
      keeperKit.shutdownTestKit();
    }
  }
}
