package io.leasehold.domain.lock;

import static io.leasehold.domain.lock.LockBench.acquire;
import static io.leasehold.domain.lock.LockBench.permits;
import static io.leasehold.domain.lock.LockBench.reentrant;
import static io.leasehold.domain.lock.LockBench.shared;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LockStateTest {
  private static final LockAnswer FREED = LockAnswer.Released.FREED;

  private final LockBench lock = new LockBench();

  private static LockAnswer granted(long token, long ttl, long waited) {
    return new LockAnswer.Granted(token, ttl, waited, 1);
  }

  private static LockAnswer refused(Refusal reason, long figure) {
    return new LockAnswer.Refused(reason, figure);
  }

  @Test
  void aFreeKeyIsGrantedAndAHeldOneRefusedWithTheTimeLeft() {
    assertThat(lock.ask("1", acquire("a", 10_000)))
        .isEqualTo(granted(1, 10_000, LockAnswer.NO_WAIT));
    lock.passMillis(2_500);

    assertThat(lock.ask("2", acquire("b", 10_000))).isEqualTo(refused(Refusal.HELD, 7_500));
    assertThat(lock.ask("3", acquire("a", 10_000))).isEqualTo(refused(Refusal.HELD, 7_500));
  }

  @Test
  void aLeaseIsDeadAtItsDeadlineAndNotBefore() {
    lock.ask("1", acquire("a", 100));
    lock.passNanos(100 * LockBench.MILLI - 1);
    assertThat(lock.exists("2")).isTrue();

    lock.passNanos(1);

    assertThat(lock.exists("3")).isFalse();
    assertThat(lock.ends).containsExactly(EndCause.EXPIRED);
    assertThat(lock.state.isFree()).isTrue();
  }

  @Test
  void deadlinesHoldAcrossAWrapOfTheClock() {
    var wrapping =
        new LockBench(Long.MAX_VALUE - 50 * LockBench.MILLI, new LockCapacity(0, 0, true), 0);
    wrapping.ask("1", acquire("a", 100));
    wrapping.passNanos(100 * LockBench.MILLI - 1);
    assertThat(wrapping.nanos).isNegative();
    assertThat(wrapping.exists("2")).isTrue();

    wrapping.passNanos(1);

    assertThat(wrapping.exists("3")).isFalse();
  }

  @Test
  void nobodyIsToldOfAGrantBeforeItsCommit() {
    lock.commitsAtOnce = false;
    assertThat(lock.ask("1", acquire("a", 10_000))).isNull();
    assertThat(lock.ask("2", acquire("b", 10_000))).isEqualTo(refused(Refusal.HELD, 10_000));

    lock.commitAll();

    assertThat(lock.answers.get("1")).isEqualTo(granted(1, 10_000, LockAnswer.NO_WAIT));
  }

  @Test
  void aCommitOfLessThanASecondCostsTheLeaseNothingAndALongerOneTheRest() {
    lock.commitsAtOnce = false;
    lock.ask("1", acquire("a", 10_000));
    lock.passMillis(1_000);
    lock.commitAll();
    assertThat(lock.token("1")).isEqualTo(1);
    assertThat(((LockAnswer.Granted) lock.answers.get("1")).ttlMillis()).isEqualTo(10_000);

    var slow = new LockBench();
    slow.commitsAtOnce = false;
    slow.ask("1", acquire("a", 10_000));
    slow.passMillis(4_000);
    slow.commitAll();
    assertThat(slow.answers.get("1")).isEqualTo(granted(1, 7_000, LockAnswer.NO_WAIT));
  }

  @Test
  void aGrantPastItsDeadlineAtTheCommitIsGivenBack() {
    lock.commitsAtOnce = false;
    lock.ask("1", acquire("a", 100));
    lock.passMillis(2_000);
    lock.commitAll();

    assertThat(lock.answers.get("1"))
        .isEqualTo(new LockAnswer.Unavailable("lease ended before it could be granted", false));
    assertThat(lock.exists("2")).isFalse();
    lock.commitAll();
    assertThat(lock.state.isFree()).isTrue();
  }

  @Test
  void waitersAreGrantedInTheOrderOfTheirArrival() {
    lock.ask("1", acquire("a", 10_000));
    lock.ask("2", acquire("b", 10_000, 5_000, null));
    lock.ask("3", acquire("c", 10_000, 5_000, null));
    lock.passMillis(400);

    lock.release("4", "a");
    assertThat(lock.answers.get("2")).isEqualTo(granted(3, 10_000, 400));
    assertThat(lock.answers.get("3")).isNull();

    lock.release("5", "b");
    assertThat(lock.answers.get("3")).isEqualTo(granted(5, 10_000, 400));
  }

  @Test
  void nobodyOvertakesTheQueue() {
    lock.ask("1", permits("a", 2, 3, 0));
    lock.ask("2", permits("b", 3, 3, 5_000));

    assertThat(lock.ask("3", permits("c", 1, 3, 0))).isEqualTo(refused(Refusal.HELD, 10_000));
    lock.ask("4", permits("d", 1, 3, 5_000));
    assertThat(lock.answers.get("4")).isNull();

    lock.cancel("2", null);
    assertThat(lock.answers.get("2")).isEqualTo(refused(Refusal.CANCELLED, 0));
    assertThat(lock.answers.get("4")).isEqualTo(granted(2, 10_000, 0));
  }

  @Test
  void aWaitEndsAtItsTimeOutAndLetsSmallerOnesThrough() {
    lock.ask("1", permits("a", 2, 3, 0));
    lock.ask("2", permits("b", 3, 3, 1_000));
    lock.ask("3", permits("c", 1, 3, 5_000));
    lock.passMillis(1_000);

    assertThat(lock.answers.get("2")).isEqualTo(refused(Refusal.TIMEOUT, 1_000));
    assertThat(lock.answers.get("3")).isEqualTo(granted(2, 10_000, 1_000));
  }

  @Test
  void sharedLeasesExcludeExclusiveOnesOnlyAndAreGrantedTogether() {
    lock.ask("1", shared("r1", 0));
    lock.ask("2", shared("r2", 0));
    assertThat(lock.ask("3", acquire("w", 10_000))).isEqualTo(refused(Refusal.HELD, 10_000));
    lock.ask("4", acquire("w", 10_000, 5_000, null));
    assertThat(lock.ask("5", shared("r3", 0))).isEqualTo(refused(Refusal.HELD, 10_000));
    lock.ask("6", shared("r4", 5_000));
    lock.ask("7", shared("r5", 5_000));

    lock.release("8", "r1");
    lock.release("9", "r2");
    assertThat(lock.answers.get("4")).isInstanceOf(LockAnswer.Granted.class);
    lock.release("10", "w");

    assertThat(lock.token("6")).isLessThan(lock.token("7"));
  }

  @Test
  void theFirstAcquirerFixesTheLimitWhileTheKeyIsInUse() {
    lock.ask("1", permits("a", 1, 5, 0));
    assertThat(lock.ask("2", permits("b", 1, 4, 0))).isEqualTo(refused(Refusal.LIMIT_MISMATCH, 5));
    lock.release("3", "a");
    assertThat(lock.ask("4", permits("b", 1, 4, 0))).isInstanceOf(LockAnswer.Granted.class);
  }

  @Test
  void aReleaseNamesTheKeyTheOwnerOrTheToken() {
    lock.ask("1", acquire("a", 10_000));
    assertThat(lock.release("2", "b")).isEqualTo(LockAnswer.Refused.NOT_OWNER);
    assertThat(lock.ask("3", new LockOperation.Release(null, 9, null)))
        .isEqualTo(LockAnswer.Refused.STALE_TOKEN);
    assertThat(lock.ask("4", new LockOperation.Release("b", 9, null)))
        .isEqualTo(LockAnswer.Refused.STALE_TOKEN);
    assertThat(lock.ask("5", new LockOperation.Release("b", 1, null)))
        .isEqualTo(LockAnswer.Refused.NOT_OWNER);
    assertThat(lock.ask("6", new LockOperation.Release(null, 0, null))).isEqualTo(FREED);
    assertThat(lock.ask("7", new LockOperation.Release(null, 1, null)))
        .isEqualTo(LockAnswer.Refused.NOT_HELD);
  }

  @Test
  void whatFitsSeveralLeasesIsAmbiguous() {
    lock.ask("1", permits("a", 1, 3, 0));
    lock.ask("2", permits("a", 1, 3, 0));
    assertThat(lock.release("3", "a")).isEqualTo(refused(Refusal.AMBIGUOUS, 2));
    assertThat(lock.release("4", null)).isEqualTo(refused(Refusal.AMBIGUOUS, 2));
    assertThat(lock.ask("5", new LockOperation.Release("a", 2, null))).isEqualTo(FREED);
    assertThat(lock.release("6", null)).isEqualTo(FREED);
  }

  @Test
  void anExtensionSetsTheDeadlineLaterOrEarlier() {
    lock.ask("1", acquire("a", 1_000));
    lock.passMillis(900);
    assertThat(lock.ask("2", new LockOperation.Extend("a", 0, 5_000)))
        .isEqualTo(new LockAnswer.Extended(1, 5_000, 1));
    lock.passMillis(4_999);
    assertThat(lock.exists("3")).isTrue();
    lock.ask("4", new LockOperation.Extend(null, 1, 100));
    lock.passMillis(100);
    assertThat(lock.exists("5")).isFalse();
    assertThat(lock.ask("6", new LockOperation.Extend("a", 0, 5_000)))
        .isEqualTo(LockAnswer.Refused.NOT_HELD);
  }

  @Test
  void anExtensionDecidedBeforeTheDeadlineWinsOverTheExpiryHoweverLongItsCommitTakes() {
    lock.ask("1", acquire("a", 1_000));
    lock.commitsAtOnce = false;
    lock.passMillis(999);
    lock.ask("2", new LockOperation.Extend("a", 0, 10_000));
    lock.passMillis(3_000);
    assertThat(lock.exists("3")).isTrue();

    lock.commitAll();

    assertThat(lock.answers.get("2")).isEqualTo(new LockAnswer.Extended(1, 8_000, 1));
  }

  @Test
  void aHolderMayReenterAndMustReleaseAsOften() {
    lock.ask("1", reentrant("a", 10_000, null));
    assertThat(lock.ask("2", reentrant("a", 5_000, null)))
        .isEqualTo(new LockAnswer.Granted(1, 10_000, LockAnswer.NO_WAIT, 2));
    assertThat(lock.ask("3", reentrant("b", 5_000, null))).isEqualTo(refused(Refusal.HELD, 10_000));
    assertThat(lock.release("4", "a")).isEqualTo(new LockAnswer.Released(1));
    assertThat(lock.release("5", "a")).isEqualTo(FREED);
    assertThat(lock.ask("6", reentrant(Owners.ANONYMOUS, 5_000, null)))
        .isEqualTo(LockAnswer.AnonymousReentry.INSTANCE);
  }

  @Test
  void after255ReentriesThereIsNoMore() {
    lock.ask("first", reentrant("a", 10_000, null));
    for (int i = 1; i <= 255; i++) {
      var granted = (LockAnswer.Granted) lock.ask("r" + i, reentrant("a", 10_000, null));
      assertThat(granted.count()).isEqualTo(i + 1);
    }
    assertThat(lock.ask("last", reentrant("a", 10_000, null)))
        .isEqualTo(refused(Refusal.REENTRANCY_LIMIT, 0));
    assertThat(lock.release("x", null)).isEqualTo(FREED);
  }

  @Test
  void aRepeatOfAGrantReturnsItsTokenAndChangesNothing() {
    lock.ask("1", acquire("a", 10_000, 0, "s1"));
    lock.passMillis(1_000);
    assertThat(lock.ask("2", acquire("a", 10_000, 0, "s1")))
        .isEqualTo(granted(1, 9_000, LockAnswer.NO_WAIT));
    assertThat(lock.ask("3", acquire("a", 9_000, 0, "s1")))
        .isEqualTo(LockAnswer.IdConflict.INSTANCE);
    assertThat(lock.ask("4", acquire("b", 10_000, 0, "s1")))
        .isEqualTo(refused(Refusal.HELD, 9_000));
    lock.release("5", "a");
    assertThat(lock.ask("6", acquire("a", 10_000, 0, "s1")))
        .isEqualTo(granted(4, 10_000, LockAnswer.NO_WAIT));
  }

  @Test
  void aRepeatOfAWaitTakesItsPlace() {
    lock.ask("1", acquire("a", 10_000));
    lock.ask("2", acquire("b", 10_000, 5_000, "s1"));
    lock.ask("3", acquire("c", 10_000, 5_000, "s2"));
    lock.passMillis(300);
    lock.ask("4", acquire("b", 10_000, 5_000, "s1"));
    assertThat(lock.answers.get("2")).isEqualTo(refused(Refusal.SUPERSEDED, 300));

    lock.release("5", "a");

    assertThat(lock.answers.get("4")).isEqualTo(granted(3, 10_000, 0));
    assertThat(lock.answers.get("3")).isNull();
  }

  @Test
  void aReentryAndAReentrantReleaseAreCountedOncePerId() {
    lock.ask("1", reentrant("a", 10_000, "s1"));
    lock.ask("2", reentrant("a", 10_000, "s2"));
    assertThat(((LockAnswer.Granted) lock.ask("3", reentrant("a", 10_000, "s2"))).count())
        .isEqualTo(2);
    var release = new LockOperation.Release("a", 0, "s3");
    assertThat(lock.ask("4", release)).isEqualTo(new LockAnswer.Released(1));
    assertThat(lock.ask("5", release)).isEqualTo(new LockAnswer.Released(1));
    assertThat(lock.release("6", "a")).isEqualTo(FREED);
  }

  @Test
  void anAnonymousOwnerIsNeverTheSame() {
    lock.ask("1", acquire(Owners.ANONYMOUS, 10_000, 0, "s1"));
    assertThat(lock.ask("2", acquire(Owners.ANONYMOUS, 10_000, 0, "s1")))
        .isEqualTo(refused(Refusal.HELD, 10_000));
  }

  @Test
  void afterAFailedCommitTheOutcomeIsUnknownAndTheJournalDecides() {
    lock.commitsAtOnce = false;
    lock.ask("1", acquire("a", 10_000));
    lock.ask("2", acquire("b", 10_000, 5_000, null));
    lock.ask("3", new LockOperation.Release("a", 0, null));
    lock.uncommitted.clear();

    lock.state.failed("disk full", 1, lock);

    assertThat(lock.answers.get("1")).isEqualTo(new LockAnswer.Unavailable("disk full", true));
    assertThat(lock.answers.get("3")).isEqualTo(new LockAnswer.Unavailable("disk full", false));
    assertThat(lock.answers.get("2"))
        .as("granted by the release that failed")
        .isEqualTo(new LockAnswer.Unavailable("disk full", false));

    lock.commitsAtOnce = true;
    var stored = LeaseRecord.ofGrant(7, acquire("a", 10_000), lock.wall + 10_000);
    lock.state.restore(1, List.of(stored), lock.now(), lock);
    assertThat(lock.ask("4", acquire("c", 10_000))).isEqualTo(refused(Refusal.HELD, 10_000));
  }

  @Test
  void aGrantOfUnknownOutcomeThatTheJournalHoldsIsGivenBack() {
    lock.commitsAtOnce = false;
    lock.ask("1", acquire("a", 10_000));
    lock.uncommitted.remove(0).assignNumber(7);
    lock.state.failed("slow", 1, lock);
    assertThat(lock.state.isFree()).as("it must be there when the journal is read").isFalse();
    var stored = LeaseRecord.ofGrant(7, acquire("a", 10_000), lock.wall + 10_000);

    lock.state.restore(1, List.of(stored), lock.now(), lock);

    assertThat(lock.exists("2")).isFalse();
    var end = (LockChange.Ended) lock.uncommitted.get(0);
    assertThat(end.token()).isEqualTo(7);
    lock.nextNumber = 8;
    lock.commitAll();
    assertThat(lock.state.isFree()).isTrue();
  }

  @Test
  void waitersStayThroughAFailureAndAreNotGrantedBeforeTheJournalIsRead() {
    lock.ask("1", acquire("a", 2_000));
    lock.ask("2", acquire("b", 10_000, 60_000, null));
    lock.commitsAtOnce = false;
    lock.ask("3", new LockOperation.Extend("a", 0, 2_000));
    lock.uncommitted.clear();
    lock.state.failed("gone", 1, lock);
    lock.commitsAtOnce = true;
    lock.passMillis(5_000);
    assertThat(lock.answers.get("2")).isNull();

    lock.state.restore(1, List.of(), lock.now(), lock);
    lock.commitAll();

    assertThat(lock.answers.get("2")).isInstanceOf(LockAnswer.Granted.class);
  }

  @Test
  void aRestoredLeaseHasWhatTheWallClockLeavesPlusAGraceAndNeverMoreThanItsLength() {
    var stored = LeaseRecord.ofGrant(7, acquire("a", 10_000), lock.wall + 4_000);
    lock.state.restore(1, List.of(stored), lock.now(), lock);
    assertThat(lock.ask("1", acquire("b", 1_000))).isEqualTo(refused(Refusal.HELD, 7_000));

    var young = new LockBench();
    var full = LeaseRecord.ofGrant(8, acquire("a", 10_000), young.wall + 9_000);
    young.state.restore(1, List.of(full), young.now(), young);
    assertThat(young.ask("1", acquire("b", 1_000))).isEqualTo(refused(Refusal.HELD, 10_000));

    var old = new LockBench();
    var dead = LeaseRecord.ofGrant(9, acquire("a", 10_000), old.wall - 3_000);
    old.state.restore(1, List.of(dead), old.now(), old);
    old.commitAll();
    assertThat(old.exists("1")).isFalse();
  }

  @Test
  void aReleaseInTheSameGroupAsItsGrantNamesTheTokenTheGrantGets() {
    lock.commitsAtOnce = false;
    lock.ask("1", acquire("a", 10_000));
    lock.ask("2", new LockOperation.Release("a", 0, null));
    var grant = (LockChange.Granted) lock.uncommitted.get(0);
    var end = (LockChange.Ended) lock.uncommitted.get(1);
    lock.commitAll();

    assertThat(end.token()).isEqualTo(grant.number()).isEqualTo(1);
    assertThat(lock.answers.get("1")).isEqualTo(granted(1, 10_000, LockAnswer.NO_WAIT));
    assertThat(lock.answers.get("2")).isEqualTo(FREED);
  }

  @Test
  void aGrantOnItsWayToAConnectionThatIsGoneGoesToTheNext() {
    lock.ask("1", acquire("a", 10_000));
    lock.ask("2", acquire("b", 10_000, 5_000, null));
    lock.ask("3", acquire("c", 10_000, 5_000, null));
    lock.release("4", "a");

    lock.cancel("2", null);

    assertThat(lock.answers.get("3")).isInstanceOf(LockAnswer.Granted.class);
  }

  @Test
  void whatARepeatWasToldOfIsNotGivenBack() {
    lock.ask("1", acquire("a", 10_000, 0, "s1"));
    lock.ask("2", acquire("a", 10_000, 0, "s1"));
    lock.ask("none", new LockOperation.GiveBack(1));
    assertThat(lock.exists("3")).isTrue();

    var other = new LockBench();
    other.ask("1", acquire("a", 10_000, 0, "s1"));
    other.ask("none", new LockOperation.GiveBack(1));
    assertThat(other.exists("3")).isFalse();
  }

  @Test
  void aKeyThatLeavesTheNodeCountsThereNoMore() {
    var capacity = new LockCapacity(0, 0, true);
    var moving = new LockBench(0, capacity, 0);
    moving.ask("1", acquire("a", 10_000));
    moving.ask("2", acquire("b", 10_000, 5_000, null));
    assertThat(capacity.leases()).isEqualTo(1);
    assertThat(capacity.waiters()).isEqualTo(1);

    moving.state.abandon();

    assertThat(capacity.leases()).isZero();
    assertThat(capacity.waiters()).isZero();
    assertThat(capacity.bytes()).isZero();
    assertThat(moving.ends).isEmpty(); // it goes on elsewhere
  }

  @Test
  void limitsTurnNewLeasesAndPlacesAwayAndNothingElse() {
    var capacity = new LockCapacity(1, 0, true);
    var one = new LockBench(0, capacity, 1);
    var other = new LockBench(0, capacity, 1);
    one.ask("1", acquire("a", 10_000));
    assertThat(other.ask("1", acquire("b", 10_000)))
        .isEqualTo(new LockAnswer.LimitReached(LockCapacity.Limit.LOCKS, 1, 1));
    one.ask("2", acquire("b", 10_000, 5_000, null));
    assertThat(one.ask("3", acquire("c", 10_000, 5_000, null)))
        .isEqualTo(refused(Refusal.QUEUE_FULL, 1));
    one.release("4", "a");
    assertThat(one.answers.get("2")).isInstanceOf(LockAnswer.Granted.class);
    one.release("5", "b");
    assertThat(capacity.leases()).isZero();
    assertThat(capacity.bytes()).isZero();
    assertThat(capacity.waiters()).isZero();
  }

  @Test
  void accountedMemoryCountsTheKeyOnceAndEveryEntry() {
    lock.ask("1", permits("abc", 1, 3, 0));
    assertThat(lock.capacity.bytes()).isEqualTo(2_048 + 2 * 3 + 512 + 3);
    lock.ask("2", permits("abc", 1, 3, 0));
    assertThat(lock.capacity.bytes()).isEqualTo(2_048 + 2 * 3 + 2 * (512 + 3));
    lock.passMillis(10_000);
    assertThat(lock.capacity.bytes()).isZero();
  }

  @Test
  void theKeyStaysAccountedWhenItIsHandedToAWaiter() {
    lock.ask("1", acquire("a", 10_000));
    lock.ask("2", acquire("b", 10_000, 5_000, null));
    lock.release("3", "a");
    assertThat(lock.capacity.bytes()).isEqualTo(2_048 + 2 * 3 + 512 + 1);
    lock.release("4", "b");
    assertThat(lock.capacity.bytes()).isZero();
  }

  @Test
  void eachReentryIsToldTheCountItMadeThoughTheyAreCommittedTogether() {
    lock.commitsAtOnce = false;
    for (String requester : List.of("1", "2", "3")) {
      lock.ask(requester, reentrant("a", 10_000, null));
    }
    lock.commitAll();
    assertThat(List.of("1", "2", "3"))
        .extracting(requester -> ((LockAnswer.Granted) lock.answers.get(requester)).count())
        .containsExactly(1, 2, 3);
  }

  @Test
  void aJumpOfTheWallClockDoesNotShortenAReentry() {
    lock.ask("1", reentrant("a", 10_000, null));
    lock.wall -= 3_600_000;
    assertThat(lock.ask("2", reentrant("a", 60_000, null)))
        .isEqualTo(new LockAnswer.Granted(1, 60_000, LockAnswer.NO_WAIT, 2));
  }

  @Test
  void aWaiterWithAnotherLimitThanTheJournalBroughtBackWaits() {
    lock.ask("1", permits("a", 1, 1, 0));
    lock.ask("2", permits("b", 1, 1, 60_000));
    lock.commitsAtOnce = false;
    lock.ask("3", new LockOperation.Extend("a", 0, 10_000));
    lock.uncommitted.clear();
    lock.state.failed("gone", 1, lock);
    lock.commitsAtOnce = true;
    var stored = LeaseRecord.ofGrant(7, permits("c", 1, 3, 0), lock.wall + 10_000);
    lock.state.restore(3, List.of(stored), lock.now(), lock);
    lock.commitAll();
    assertThat(lock.answers.get("2")).isNull();
    lock.release("4", "c");
    assertThat(lock.answers.get("2")).isInstanceOf(LockAnswer.Granted.class);
  }

  @Test
  void memoryIsRefusedInWholeMegabytes() {
    var tight = new LockBench(0, new LockCapacity(0, 1, true), 0);
    tight.capacity.addBytes((1 << 20) - 100);
    assertThat(tight.ask("1", acquire("a", 10_000)))
        .isEqualTo(new LockAnswer.LimitReached(LockCapacity.Limit.MEMORY, 2, 1));
  }

  private static LockOperation.Confirm confirm(String owner, long wait, long waited) {
    return new LockOperation.Confirm(acquire(owner, 10_000, wait, null), waited);
  }

  @Test
  void aConfirmedWaitThatIsKnownKeepsItsPlaceAndItsTime() {
    lock.ask("1", acquire("a", 10_000));
    lock.ask("2", acquire("b", 10_000, 5_000, null));
    lock.ask("3", acquire("c", 10_000, 5_000, null));
    lock.passMillis(2_000);
    lock.ask("2", confirm("b", 5_000, 2_000));

    lock.release("4", "a");

    assertThat(lock.answers.get("2")).isEqualTo(granted(3, 10_000, 2_000));
    assertThat(lock.state.waiterCount()).isEqualTo(1);
  }

  @Test
  void aConfirmedWaitThatWasLostComesBackWithTheTimeItHasLeft() {
    lock.ask("1", acquire("a", 100_000));
    lock.ask("2", confirm("b", 5_000, 2_000));
    lock.passMillis(2_999);
    assertThat(lock.answers).doesNotContainKey("2");

    lock.passMillis(1);

    assertThat(lock.answers.get("2")).isEqualTo(refused(Refusal.TIMEOUT, 5_000));
  }

  @Test
  void aConfirmedWaitThatWasLostIsGrantedAFreeKeyAtOnce() {
    lock.ask("2", confirm("b", 5_000, 2_000));

    assertThat(lock.answers.get("2")).isEqualTo(granted(1, 10_000, 2_000));
  }

  /** The answer and the confirmation cross on their way: one lease, one answer. */
  @Test
  void aConfirmedWaitWhoseGrantIsOnItsWayIsNotGrantedTwice() {
    lock.ask("1", acquire("a", 10_000));
    lock.ask("2", acquire("b", 10_000, 5_000, null));
    lock.ask("5", permits("x", 1, 1, 5_000));
    lock.release("4", "a");
    lock.ask("2", confirm("b", 5_000, 10));
    lock.commitsAtOnce = false;
    lock.release("6", "b");
    lock.ask("5", new LockOperation.Confirm(permits("x", 1, 1, 5_000), 10));
    lock.commitAll();

    assertThat(lock.token("5")).isGreaterThan(lock.token("2"));
    assertThat(lock.state.waiterCount()).isZero();
    assertThat(lock.state.leaseCount()).isEqualTo(1);
  }

  @Test
  void waitersThatCanNoLongerBeAnsweredMakeRoomForTheNext() {
    lock.ask("1", permits("a", 2, 3, 0));
    lock.ask("gone-1", permits("b", 3, 3, 60_000));
    lock.ask("3", permits("c", 1, 3, 60_000));

    lock.state.dropWaiters(each -> each.startsWith("gone"), lock.now(), lock);
    lock.commitAll();

    assertThat(lock.token("3")).isEqualTo(2);
    assertThat(lock.answers).doesNotContainKey("gone-1");
    assertThat(lock.capacity.waiters()).isZero();
  }

  /** A wait that found the key free is a wait: nobody reads its grant, so it is given back. */
  @Test
  void aGrantAtOnceToAWaitThatIsGoneIsGivenBack() {
    lock.ask("1", acquire("a", 10_000, 5_000, null));
    lock.cancel("1", null);
    assertThat(lock.exists("2")).isFalse();

    lock.ask("3", acquire("a", 10_000));
    lock.cancel("3", null);
    assertThat(lock.exists("4")).isTrue();
  }

  private static LockAnswer forced(Object... ownersAndTokens) {
    var lost = new java.util.ArrayList<LockAnswer.ForceReleased.Lost>();
    for (int i = 0; i < ownersAndTokens.length; i += 2) {
      lost.add(
          new LockAnswer.ForceReleased.Lost(
              (String) ownersAndTokens[i], (Integer) ownersAndTokens[i + 1]));
    }
    return new LockAnswer.ForceReleased(lost);
  }

  @Test
  void forceEndsEveryLeaseAndTheNextInLineIsGranted() {
    lock.ask("1", permits("a", 1, 3, 0));
    lock.ask("2", permits("b", 2, 3, 0));
    lock.ask("3", permits("c", 1, 3, 5_000));

    assertThat(lock.ask("4", new LockOperation.ForceRelease(0))).isEqualTo(forced("a", 1, "b", 2));

    assertThat(lock.ends).containsExactly(EndCause.FORCED, EndCause.FORCED);
    assertThat(lock.answers.get("3")).isEqualTo(granted(5, 10_000, 0));
  }

  @Test
  void forceWithATokenEndsThatLeaseOnly() {
    lock.ask("1", permits("a", 1, 3, 0));
    lock.ask("2", permits("b", 2, 3, 0));

    assertThat(lock.ask("3", new LockOperation.ForceRelease(7)))
        .isEqualTo(refused(Refusal.STALE_TOKEN, 0));
    assertThat(lock.ask("4", new LockOperation.ForceRelease(2))).isEqualTo(forced("b", 2));
    assertThat(lock.ask("5", new LockOperation.ForceRelease(1))).isEqualTo(forced("a", 1));
    assertThat(lock.ask("6", new LockOperation.ForceRelease(1)))
        .isEqualTo(refused(Refusal.NOT_HELD, 0));
  }

  @Test
  void forceIsAnsweredWhenItIsCommittedAndEndsReentriesToo() {
    lock.ask("1", reentrant("a", 10_000, "i1"));
    lock.ask("2", reentrant("a", 10_000, "i2"));
    lock.commitsAtOnce = false;

    assertThat(lock.ask("3", new LockOperation.ForceRelease(0))).isNull();
    lock.commitAll();

    assertThat(lock.answers.get("3")).isEqualTo(forced("a", 1));
    assertThat(lock.state.isFree()).isTrue();
  }
}
