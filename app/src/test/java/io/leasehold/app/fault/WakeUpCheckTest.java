package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** With a bound of 100 ms. */
class WakeUpCheckTest {
  private final Script script = Script.ofLock();

  private void finds(String... what) {
    assertThat(script.violations(new WakeUpCheck()))
        .extracting(Violation::what)
        .containsExactly(what);
  }

  @Test
  void aReleaseThatServesTheNextPasses() {
    script.granted(0, 10, 1, 5_000);
    script.use(Kind.RELEASE, 490, 500, 1, Outcome.DONE);
    script.waited(20, 0, 600, 2_000, 2, 1_000);

    finds();
    assertThat(script.examined(new WakeUpCheck())).isEqualTo(1);
  }

  @Test
  void aWaiterWhoStandsBeforeAFreePermitIsFound() {
    script.granted(0, 10, 1, 5_000);
    script.use(Kind.RELEASE, 490, 500, 1, Outcome.DONE);
    script.waited(20, 0, 601, 2_000, 2, 1_000);

    finds("a permit stood free before waiters from 0.500000 s to 0.601000 s");
  }

  @Test
  void waitersWhoTimeOutBeforeAFreePermitAreFound() {
    script.granted(0, 10, 1, 200);
    script.waited(20, 0, 320, 300, 0, 1_000);
    script.waited(20, 0, 420, 400, 0, 1_000);

    finds("a permit stood free before waiters from 0.210000 s to 0.420000 s");
  }

  @Test
  void aHolderOfUnknownOutcomeMayBeInTheWay() {
    script.acquire(0, 10, 1_000, Outcome.BROKEN);
    script.waited(20, 0, 320, 300, 0, 1_000);

    finds();
  }

  @Test
  void itIsOverWithTheProcessThatWasKilled() {
    script.acquire(0, 10, 100, Outcome.BROKEN);
    script.disrupted(5, 500, Window.Effect.ENDS);
    script.waited(4_000, 0, 4_300, 300, 0, 1_000); // after the 3 s a restart may add

    finds("a permit stood free before waiters from 4.000000 s to 4.300000 s");
  }

  @Test
  void whileTheOwnerIsAwayNobodyIsServed() {
    script.granted(0, 10, 1, 200);
    script.waited(20, 0, 520, 500, 0, 1_000);
    script.disrupted(15, 450, Window.Effect.DELAYS);

    finds();
  }

  @Test
  void onASemaphoreTheGreediestWaiterMustFit() {
    Script pool = Script.ofSemaphore(2);
    pool.granted(0, 10, 1, 5_000);
    pool.waited(20, 0, 320, 300, 0, 1_000);

    assertThat(pool.violations(new WakeUpCheck()))
        .extracting(Violation::what)
        .containsExactly("a permit stood free before waiters from 0.020000 s to 0.320000 s");
  }
}
