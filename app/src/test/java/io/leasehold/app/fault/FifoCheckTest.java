package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FifoCheckTest {
  private final Script script = Script.ofLock();

  private void findsOne(boolean isFound, long pairs) {
    assertThat(script.violations(new FifoCheck())).hasSize(isFound ? 1 : 0);
    assertThat(script.examined(new FifoCheck())).isEqualTo(pairs);
  }

  @Test
  void theOneWhoWasSeenInTheQueueFirstIsServedFirst() {
    script.waited(0, 20, 100, 1_000, 1, 100);
    script.waited(30, 0, 200, 1_000, 2, 100);

    findsOne(false, 1);
  }

  @Test
  void oneWhoOvertakesIsFound() {
    script.waited(0, 20, 200, 1_000, 2, 100);
    script.waited(30, 0, 100, 1_000, 1, 100);

    findsOne(true, 1);
  }

  @Test
  void whoeverSentBeforeTheOtherWasSeenMayHaveComeFirst() {
    script.waited(0, 20, 200, 1_000, 2, 100);
    script.waited(19, 0, 100, 1_000, 1, 100);

    findsOne(false, 0);
  }

  @Test
  void oneWhoDoesNotWaitMayNotOvertakeEither() {
    script.waited(0, 20, 200, 1_000, 2, 100);
    script.granted(30, 40, 1, 100);

    findsOne(true, 1);
  }

  @Test
  void aWaiterWhoTimesOutWasOvertakenIfAnotherWasServedBeforeThat() {
    script.waited(0, 20, 1_010, 1_000, 0, 100);
    script.granted(30, 999, 1, 100);

    findsOne(true, 1);
  }

  @Test
  void aWaiterMayTimeOutJustBeforeTheNextIsServed() {
    script.waited(0, 20, 1_010, 1_000, 0, 100);
    script.granted(30, 1_001, 1, 100);

    findsOne(false, 1);
  }

  @Test
  void aNewOwnerMayHaveAnotherOrder() {
    script.waited(0, 20, 200, 1_000, 2, 100);
    script.waited(30, 0, 100, 1_000, 1, 100);
    script.disrupted(50, 60, Window.Effect.MOVES);

    findsOne(false, 0);
  }

  @Test
  void aDelayUnderTheSameOwnerHasNot() {
    script.waited(0, 20, 200, 1_000, 2, 100);
    script.waited(30, 0, 100, 1_000, 1, 100);
    script.disrupted(50, 60, Window.Effect.DELAYS);

    findsOne(true, 1);
  }

  @Test
  void whatCameBackIsGivenItsShareOfTheKeysALittleLater() {
    script.disrupted(50, 60, Window.Effect.MOVES);
    script.waited(9_000, 9_020, 9_200, 1_000, 2, 100);
    script.waited(9_030, 0, 9_100, 1_000, 1, 100);

    findsOne(false, 0);
  }

  @Test
  void whenAllHaveTheirShareTheOrderCountsAgain() {
    script.disrupted(50, 60, Window.Effect.MOVES);
    script.waited(10_100, 10_120, 10_300, 1_000, 2, 100);
    script.waited(10_130, 0, 10_200, 1_000, 1, 100);

    findsOne(true, 1);
  }
}
