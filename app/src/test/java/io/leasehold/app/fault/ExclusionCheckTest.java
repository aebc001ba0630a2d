package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExclusionCheckTest {
  private static final String TWO = "2 permits of 1 were held from ";

  private static void finds(Script script, String... what) {
    assertThat(script.violations(new ExclusionCheck()))
        .extracting(Violation::what)
        .containsExactly(what);
  }

  @Test
  void oneAfterTheOtherPasses() {
    Script script = Script.ofLock();
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.RELEASE, 20, 30, 1, Outcome.DONE);
    script.granted(15, 25, 2, 1_000); // the release was sent: it may have come first

    finds(script);
    assertThat(script.examined(new ExclusionCheck())).isEqualTo(2);
  }

  @Test
  void twoAtATimeAreFound() {
    Script script = Script.ofLock();
    script.granted(0, 10, 1, 1_000);
    script.use(Kind.RELEASE, 26, 30, 1, Outcome.DONE);
    script.granted(15, 25, 2, 1_000);

    finds(script, TWO + "0.025000 s to 0.026000 s");
  }

  @Test
  void aLeaseCountsFromItsSendingToItsDeadline() {
    Script late = Script.ofLock();
    late.granted(0, 10, 1, 100);
    late.granted(15, 100, 2, 1_000);
    Script early = Script.ofLock();
    early.granted(0, 10, 1, 100);
    early.granted(15, 99, 2, 1_000);

    finds(late);
    finds(early, TWO + "0.099000 s to 0.100000 s");
  }

  @Test
  void theLeaseOfAWaiterStartsAtItsGrant() {
    Script script = Script.ofLock();
    script.waited(0, 0, 500, 600, 1, 100); // waited 500 ms, so it holds to 599 ms
    script.granted(550, 598, 2, 1_000);

    finds(script, TWO + "0.598000 s to 0.599000 s");
  }

  @Test
  void anExtensionHoldsAndAFailedOneDoesNot() {
    Script extended = Script.ofLock();
    extended.granted(0, 10, 1, 100);
    extended.extend(50, 60, 1, 100, Outcome.DONE);
    extended.granted(100, 140, 2, 1_000);
    Script failed = Script.ofLock();
    failed.granted(0, 10, 1, 100);
    failed.extend(50, 60, 1, 100, Outcome.NOT_APPLIED);
    failed.granted(100, 140, 2, 1_000);

    finds(extended, TWO + "0.140000 s to 0.150000 s");
    finds(failed);
  }

  @Test
  void anExtensionOfUnknownOutcomeMayHaveShortenedTheLease() {
    Script script = Script.ofLock();
    script.granted(0, 10, 1, 1_000);
    script.extend(50, 60, 1, 100, Outcome.BROKEN);
    script.granted(100, 160, 2, 1_000);

    finds(script);
  }

  @Test
  void aSemaphoreHoldsAsManyAsItHasPermits() {
    Script full = Script.ofSemaphore(3);
    full.granted(0, 10, 1, 1_000, 1);
    full.granted(0, 10, 2, 1_000, 2);
    Script over = Script.ofSemaphore(3);
    over.granted(0, 10, 1, 1_000, 2);
    over.granted(0, 10, 2, 1_000, 2);

    finds(full);
    finds(over, "4 permits of 3 were held from 0.010000 s to 1.000000 s");
  }
}
