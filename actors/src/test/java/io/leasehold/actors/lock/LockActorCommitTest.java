package io.leasehold.actors.lock;

import static io.leasehold.actors.lock.LockServiceHarness.acquire;
import static io.leasehold.actors.lock.LockServiceHarness.release;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.lock.EndCause;
import io.leasehold.domain.lock.LeaseRecord;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockChange;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Refusal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a client is told while a commit is under way, late, or fails. */
class LockActorCommitTest {
  private static final Duration TTL = Duration.ofSeconds(30);
  private static final Duration WAIT = Duration.ofMinutes(10);
  private static final LockAnswer UNKNOWN = new LockAnswer.Unavailable("disk full", true);

  private final LockActorBench lock = new LockActorBench();

  @AfterEach
  void stop() {
    lock.close();
  }

  private void fail(List<LockChange> changes, boolean outcomeUnknown) {
    fail(changes, outcomeUnknown, null);
  }

  private void fail(
      List<LockChange> changes, boolean outcomeUnknown, PartitionImage.StoredKey known) {
    lock.actor.tell(
        new LockActor.CommitFailed(
            LockActorBench.KEY,
            changes.size(),
            new Trouble.Cause("disk full", known),
            outcomeUnknown));
  }

  /** What the journal holds of a lease of {@code owner}. */
  private PartitionImage.StoredKey stored(long token, String owner) {
    var request = acquire(owner, TTL);
    var lease =
        new LeaseRecord(
            token,
            request,
            TTL.toMillis(),
            lock.clock.wallMillis() + TTL.toMillis(),
            1,
            List.of(),
            List.of());
    return new PartitionImage.StoredKey(1, List.of(lease));
  }

  @Test
  void nobodyElseIsGrantedWhileACommitIsUnderWay() {
    long first = lock.send(acquire("a", TTL));
    List<LockChange> grant = lock.appended();

    assertThat(lock.ask(acquire("b", TTL)))
        .isEqualTo(new LockAnswer.Refused(Refusal.HELD, TTL.toMillis()));

    lock.commit(grant);
    assertThat(lock.answerTo(first)).isInstanceOf(LockAnswer.Granted.class);
  }

  @Test
  void grantWhoseCommitFailedIsGivenBackIfTheJournalHasIt() {
    long first = lock.send(acquire("a", TTL));
    List<LockChange> grant = lock.appended();
    long token = grant.get(0).number();

    fail(grant, true);

    assertThat(lock.answerTo(first)).isEqualTo(UNKNOWN);
    // until the journal has been asked nobody is granted, and surely nothing is done
    assertThat(lock.ask(acquire("b", TTL)))
        .isEqualTo(new LockAnswer.Unavailable("disk full", false));
    lock.answerLoad(stored(token, "a"));
    var givenBack = (LockChange.Ended) lock.commitNext().get(0);
    assertThat(givenBack.token()).isEqualTo(token);
    assertThat(givenBack.cause()).isEqualTo(EndCause.RELEASED);
    assertThat(((LockAnswer.Granted) lock.askAndCommit(acquire("b", TTL))).token())
        .isGreaterThan(token);
  }

  @Test
  void afterATroubleTheJournalSaysWhoHoldsTheKey() {
    long first = lock.send(acquire("a", TTL));
    fail(lock.appended(), true);
    assertThat(lock.answerTo(first)).isEqualTo(UNKNOWN);

    lock.answerLoad(stored(99, "z"));

    assertThat(lock.ask(acquire("b", TTL)))
        .isEqualTo(new LockAnswer.Refused(Refusal.HELD, TTL.toMillis()));
    assertThat(lock.askAndCommit(new LockOperation.Verify(99)))
        .isEqualTo(new LockAnswer.Verified("z", TTL.toMillis()));
  }

  @Test
  void grantWhoseCommitFailedLeavesTheKeyFreeIfTheJournalDoesNotHaveIt() {
    long first = lock.send(acquire("a", TTL));
    fail(lock.appended(), true);
    assertThat(lock.answerTo(first)).isEqualTo(UNKNOWN);
    lock.answerLoad(null);

    LockAnswer next = lock.askAndCommit(acquire("b", TTL));

    assertThat(next).isInstanceOf(LockAnswer.Granted.class);
    assertThat(((LockAnswer.Granted) next).token()).isGreaterThan(1);
  }

  /** Nobody knows of the lease but the journal: if giving it back fails, that is not the end. */
  @Test
  void grantThatNobodyWasToldOfIsGivenBackUntilThatIsCommitted() {
    long first = lock.send(acquire("a", TTL));
    List<LockChange> grant = lock.appended();
    long token = grant.get(0).number();
    fail(grant, true);
    assertThat(lock.answerTo(first)).isEqualTo(UNKNOWN);
    lock.answerLoad(stored(token, "a"));
    fail(lock.appended(), false);

    lock.answerLoad(stored(token, "a"));

    List<LockChange> again = lock.commitNext();
    assertThat(again).hasSize(1);
    assertThat(((LockChange.Ended) again.get(0)).token()).isEqualTo(token);
    assertThat(lock.askAndCommit(acquire("b", TTL))).isInstanceOf(LockAnswer.Granted.class);
  }

  @Test
  void releaseWhoseCommitFailedIsNotTakenForDone() {
    long token = ((LockAnswer.Granted) lock.askAndCommit(acquire("a", TTL))).token();
    long waiting = lock.send(acquire("b", TTL, WAIT));
    long releasing = lock.send(release("a"));
    List<LockChange> changes = lock.appended(); // the end of a, the grant of b
    assertThat(changes).hasSize(2);

    fail(changes, true);

    LockReplies replies = lock.client.receiveMessage();
    assertThat(replies.size()).isEqualTo(2);
    for (int i = 0; i < 2; i++) {
      assertThat(replies.sequence(i)).isIn(waiting, releasing);
      assertThat(replies.answer(i)).isEqualTo(UNKNOWN);
    }
    lock.answerLoad(stored(token, "a"));
    assertThat(lock.ask(acquire("c", TTL)))
        .isEqualTo(new LockAnswer.Refused(Refusal.HELD, TTL.toMillis()));
  }

  @Test
  void changesThatWereNotTriedSurelyDidNothing() {
    long first = lock.send(acquire("a", TTL));

    fail(lock.appended(), false);

    assertThat(lock.answerTo(first)).isEqualTo(new LockAnswer.Unavailable("disk full", false));
  }

  @Test
  void waitersKeepTheirPlacesThroughTheTrouble() {
    lock.askAndCommit(acquire("a", TTL));
    long waiting = lock.send(acquire("b", TTL, WAIT));
    long extending = lock.send(new LockOperation.Extend("a", 0, 60_000));

    fail(lock.appended(), true);
    assertThat(lock.answerTo(extending)).isEqualTo(UNKNOWN);
    lock.answerLoad(null); // the lease of a is gone: somebody has ended it

    List<LockChange> grant = lock.commitNext();
    assertThat(lock.answerTo(waiting))
        .isEqualTo(new LockAnswer.Granted(grant.get(0).number(), TTL.toMillis(), 0, 1));
  }

  /** As long as the disk is full: what was committed before counts, by its deadline. */
  @Test
  void whoOnlyLooksIsToldByTheDeadlinesWhileNothingCanBeCommitted() {
    long token = ((LockAnswer.Granted) lock.askAndCommit(acquire("a", TTL))).token();
    PartitionImage.StoredKey known = stored(token, "a");
    long extending = lock.send(new LockOperation.Extend("a", 0, 60_000));

    fail(lock.appended(), true, known);

    assertThat(lock.answerTo(extending)).isEqualTo(UNKNOWN);
    assertThat(lock.exists()).isTrue();
    var inspected = (LockAnswer.Inspected) lock.ask(new LockOperation.Inspect(10, 10));
    assertThat(inspected.view().holders().get(0).token()).isEqualTo(token);
    assertThat(lock.ask(new LockOperation.Verify(token)))
        .isEqualTo(new LockAnswer.Unavailable("disk full", false));
    assertThat(lock.ask(acquire("b", TTL)))
        .isEqualTo(new LockAnswer.Unavailable("disk full", false));

    lock.partition.expectMessageClass(LockPartition.Load.class);
    lock.actor.tell(
        new LockActor.NotLoaded(LockActorBench.KEY, new Trouble.Cause("still full", known)));
    assertThat(lock.exists()).isTrue();
    // as after a restart: what the wall clock says, and three seconds
    lock.clock.advance(TTL.plusSeconds(3));
    assertThat(lock.exists()).isFalse();
    assertThat(lock.ask(acquire("b", TTL)))
        .isEqualTo(new LockAnswer.Unavailable("still full", false));
  }

  @Test
  void journalThatCannotBeAskedIsAskedAgain() {
    long first = lock.send(acquire("a", TTL));
    fail(lock.appended(), true);
    assertThat(lock.answerTo(first)).isEqualTo(UNKNOWN);
    long waiting = lock.send(acquire("b", TTL, WAIT));
    assertThat(lock.answerTo(waiting)).isEqualTo(new LockAnswer.Unavailable("disk full", false));
    lock.partition.expectMessageClass(LockPartition.Load.class);
    lock.actor.tell(
        new LockActor.NotLoaded(LockActorBench.KEY, new Trouble.Cause("still full", null)));
    assertThat(lock.ask(acquire("c", TTL)))
        .isEqualTo(new LockAnswer.Unavailable("still full", false));

    lock.clock.advance(Duration.ofMillis(250));
    lock.timers.timePasses(Duration.ofMillis(250));

    lock.answerLoad(null);
    assertThat(lock.askAndCommit(acquire("d", TTL))).isInstanceOf(LockAnswer.Granted.class);
  }

  @Test
  void commitThatTakesNoLongerThanASecondCostsTheLeaseNothing() {
    long number = lock.send(acquire("a", TTL));
    List<LockChange> grant = lock.appended();
    lock.clock.advance(Duration.ofSeconds(1));

    lock.commit(grant);

    assertThat(((LockAnswer.Granted) lock.answerTo(number)).ttlMillis()).isEqualTo(TTL.toMillis());
  }

  @Test
  void commitThatTakesLongerIsPaidForByTheLease() {
    long number = lock.send(acquire("a", TTL));
    List<LockChange> grant = lock.appended();
    lock.clock.advance(Duration.ofSeconds(5));

    lock.commit(grant);

    assertThat(((LockAnswer.Granted) lock.answerTo(number)).ttlMillis())
        .isEqualTo(TTL.minusSeconds(4).toMillis());
  }

  @Test
  void grantThatIsCommittedPastItsDeadlineIsGivenBack() {
    long number = lock.send(acquire("a", TTL));
    List<LockChange> grant = lock.appended();
    lock.clock.advance(TTL.plusSeconds(1));

    lock.commit(grant);

    var answer = (LockAnswer.Unavailable) lock.answerTo(number);
    assertThat(answer.outcomeUnknown()).isFalse();
    assertThat(((LockChange.Ended) lock.appended().get(0)).token())
        .isEqualTo(grant.get(0).number());
    assertThat(lock.exists()).isFalse();
  }

  /** Another node wrote to the journal: the lease this one knows is gone, and another is there. */
  @Test
  void whatTheJournalHoldsTakesThePlaceOfWhatWasKnown() {
    lock.send(acquire("a", TTL));
    lock.commitNext();
    lock.client.receiveMessage();

    lock.restore(stored(99, "z"), 2);

    var inspected = (LockAnswer.Inspected) lock.ask(new LockOperation.Inspect(10, 10));
    assertThat(inspected.view().holders()).hasSize(1);
    assertThat(inspected.view().holders().get(0).token()).isEqualTo(99);
    assertThat(inspected.view().holders().get(0).owner()).isEqualTo("z");
  }

  @Test
  void whatComesFromAnEarlierReadingOfTheJournalIsIgnored() {
    lock.send(acquire("a", TTL));
    lock.commitNext();
    lock.client.receiveMessage();

    lock.restore(new PartitionImage().of(LockActorBench.KEY), 1);

    assertThat(lock.ask(acquire("b", TTL)))
        .isEqualTo(new LockAnswer.Refused(Refusal.HELD, TTL.toMillis()));
  }
}
