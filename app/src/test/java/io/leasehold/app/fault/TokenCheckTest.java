package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenCheckTest {
  private final Script script = Script.ofSemaphore(9);

  private void finds(String... what) {
    assertThat(script.violations(new TokenCheck()))
        .extracting(Violation::what)
        .containsExactly(what);
  }

  @Test
  void risingTokensPassAndGapsAreNormal() {
    script.granted(0, 10, 5, 100);
    script.granted(20, 30, 6, 100);
    script.granted(40, 50, 1_000, 100);

    finds();
    assertThat(script.examined(new TokenCheck())).isEqualTo(3);
  }

  @Test
  void aSmallerTokenAfterALargerOneIsFound() {
    script.granted(0, 10, 6, 100);
    script.granted(20, 30, 5, 100);

    finds("token 5 came after token 6");
  }

  @Test
  void grantsThatWereUnderWayTogetherHaveNoOrder() {
    script.granted(0, 30, 6, 100);
    script.granted(20, 40, 5, 100);

    finds();
  }

  @Test
  void theLargestOfAllThatWereReceivedCounts() {
    script.granted(0, 10, 9, 100);
    script.granted(5, 15, 7, 100);
    script.granted(20, 30, 8, 100);

    finds("token 8 came after token 9");
  }

  @Test
  void twoRequestsWithOneTokenAreFound() {
    script.granted(0, 30, 5, 100);
    script.granted(20, 40, 5, 100);

    finds("token 5 came twice");
  }

  @Test
  void aRepeatMayBeToldOfTheLeaseThatItsFirstTryGot() {
    int first = script.acquire(0, 10, 5_000, Outcome.BROKEN);
    script.granted(20, 30, 6, 100);
    script.repeatGranted(first, 40, 50, 5, 4_000);

    finds();
  }
}
