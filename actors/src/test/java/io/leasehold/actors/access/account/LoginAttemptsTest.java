package io.leasehold.actors.access.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.lock.HandClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoginAttemptsTest {
  private final HandClock clock = new HandClock(Long.MAX_VALUE - 1_000); // about to wrap
  private final LoginAttempts attempts = new LoginAttempts(clock);

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      assertThat(attempts.begin("ann@x", "10.0.0.1")).isZero();
    }
  }

  @Test
  void afterTenThereAreNoMoreUntilTheFirstIsFiveMinutesOld() {
    fail(1);
    clock.advance(Duration.ofMinutes(1));
    fail(9);
    assertThat(attempts.begin("ann@x", "10.0.0.1")).isEqualTo(240);

    clock.advance(Duration.ofMinutes(4).minusNanos(1));
    assertThat(attempts.begin("ann@x", "10.0.0.1")).isEqualTo(1);
    clock.advance(Duration.ofNanos(1));
    fail(1);
    assertThat(attempts.begin("ann@x", "10.0.0.1")).isEqualTo(60);
  }

  @Test
  void whoElseTriesIsNotHeldUp() {
    fail(10);
    assertThat(attempts.begin("ann@x", "10.0.0.1")).isPositive();
    assertThat(attempts.begin("bob@x", "10.0.0.1")).isZero();
    assertThat(attempts.begin("ann@x", "10.0.0.2")).isZero();
  }

  @Test
  void theRightPasswordMakesUpForWrongOnes() {
    fail(10);
    attempts.succeeded("ann@x", "10.0.0.1");
    fail(10);
  }

  @Test
  void whatIsNoFaultOfTheClientDoesNotCount() {
    fail(10);
    attempts.forgive("ann@x", "10.0.0.1");
    fail(1);
    assertThat(attempts.begin("ann@x", "10.0.0.1")).isPositive();
  }
}
