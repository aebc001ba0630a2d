package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DurabilityCheckTest {
  private final Script script = Script.ofLock();

  private void finds(String... what) {
    assertThat(script.violations(new DurabilityCheck()))
        .extracting(Violation::what)
        .containsExactly(what);
  }

  @Test
  void aLeaseThatIsThereUntilItsDeadlinePasses() {
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.VERIFY, 20, 30, 1, Outcome.DONE);
    script.exists(40, 50, Outcome.DONE);
    script.use(Kind.VERIFY, 980, 1_000, 1, Outcome.NOT_HELD); // it may have ended on the way
    script.exists(980, 1_000, Outcome.NOT_HELD);

    finds();
    assertThat(script.examined(new DurabilityCheck())).isEqualTo(3);
  }

  @Test
  void aLeaseThatIsGoneTooEarlyIsFound() {
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.VERIFY, 980, 999, 1, Outcome.NOT_HELD);

    finds("token 1 was gone at 0.999000 s, yet granted until 1.000000 s");
  }

  @Test
  void anExtensionThatIsGoneTooEarlyIsFound() {
    script.granted(0, 10, 1, 100);
    script.extend(50, 60, 1, 1_000, Outcome.DONE);
    script.use(Kind.RELEASE, 1_000, 1_010, 1, Outcome.STALE_TOKEN);

    finds("token 1 was gone at 1.010000 s, yet granted until 1.050000 s");
  }

  @Test
  void whatAnIsolatedOwnerSaysDuringADisruptionIsNotBelieved() {
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.VERIFY, 500, 600, 1, Outcome.NOT_HELD);
    script.disrupted(550, 700, Window.Effect.MOVES);

    finds();
  }

  @Test
  void aKeySaidToBeFreeWhileItIsHeldIsFound() {
    script.granted(0, 10, 1, 1_000);
    script.exists(20, 30, Outcome.NOT_HELD);

    finds("the key was said to be free while it was held until 1.000000 s");
  }

  @Test
  void aReleasedLeaseThatComesBackIsFound() {
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.RELEASE, 20, 30, 1, Outcome.DONE);
    script.use(Kind.VERIFY, 40, 50, 1, Outcome.DONE);

    finds("token 1 was alive at 0.040000 s, yet ended by 0.030000 s");
  }

  @Test
  void aReleaseOfUnknownOutcomePromisesNothing() {
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.RELEASE, 20, 30, 1, Outcome.UNKNOWN);
    script.use(Kind.VERIFY, 40, 50, 1, Outcome.DONE);
    script.use(Kind.RELEASE, 60, 70, 1, Outcome.NOT_HELD);

    finds();
  }

  @Test
  void aLeaseThatOutlivesItsDeadlineIsFound() {
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.VERIFY, 1_011, 1_020, 1, Outcome.DONE);

    finds("token 1 was alive at 1.011000 s, yet ended by 1.010000 s");
  }

  @Test
  void aRestartMayProlongALease() {
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.VERIFY, 3_500, 3_600, 1, Outcome.DONE);
    script.disrupted(100, 600, Window.Effect.ENDS);

    finds();
  }

  @Test
  void anOldTokenBesideANewerOneIsFound() {
    int first = script.acquire(0, 5, 9_000, Outcome.UNKNOWN);
    script.repeatGranted(first, 10, 20, 1, 8_000);
    script.granted(30, 40, 2, 1_000);
    script.use(Kind.VERIFY, 50, 60, 1, Outcome.DONE);

    finds("token 1 was alive after token 2 was granted");
  }

  @Test
  void aRefusalWithoutAHolderIsFound() {
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.RELEASE, 20, 30, 1, Outcome.DONE);
    script.acquire(25, 35, 1_000, Outcome.HELD); // came before the release
    script.acquire(40, 50, 1_000, Outcome.HELD);

    finds("refused as held while at most 0 of 1 permits were taken");
  }

  @Test
  void aHolderThatNobodyKnowsOfMayRefuse() {
    script.acquire(0, 10, 1_000, Outcome.UNKNOWN);
    script.acquire(40, 50, 1_000, Outcome.HELD);
    script.acquire(7_000, 7_010, 1_000, Outcome.HELD); // 5 s to settle and 1 s of lease are over

    finds("refused as held while at most 0 of 1 permits were taken");
  }

  @Test
  void aWaiterMayRefuseToo() {
    script.waited(0, 0, 500, 500, 0, 1_000);
    script.acquire(100, 110, 1_000, Outcome.HELD);

    finds();
  }
}
