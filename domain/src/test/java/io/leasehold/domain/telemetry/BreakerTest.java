package io.leasehold.domain.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BreakerTest {
  private static final long SECOND = 1_000_000_000;

  /** A start shortly before the clock wraps: nothing may depend on its sign. */
  private long now = Long.MAX_VALUE - SECOND;

  private final Breaker breaker = new Breaker(new Breaker.Limits(3, 2, 10 * SECOND, 3));

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      assertThat(breaker.permits(now)).isTrue();
      breaker.failed(now);
    }
  }

  @Test
  void opensAfterFailuresInARow() {
    fail(2);
    assertThat(breaker.permits(now)).isTrue();
    breaker.succeeded();
    fail(2);
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);

    fail(1);

    assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
    assertThat(breaker.waitNanos(now)).isEqualTo(10 * SECOND);
  }

  @Test
  void probesOneBatchAtATimeAndCloses() {
    fail(3);
    now += 10 * SECOND - 1;
    assertThat(breaker.permits(now)).isFalse();
    now++;

    assertThat(breaker.permits(now)).isTrue();
    assertThat(breaker.state()).isEqualTo(Breaker.State.HALF_OPEN);
    assertThat(breaker.permits(now)).isFalse();
    breaker.succeeded();
    assertThat(breaker.permits(now)).isTrue();
    breaker.succeeded();

    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void aFailedProbeDoublesTheTimeUpToAMinute() {
    fail(3);
    for (long seconds : new long[] {10, 20, 40, 60, 60}) {
      assertThat(breaker.waitNanos(now)).isEqualTo(seconds * SECOND);
      now += seconds * SECOND;
      fail(1);
      assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
    }
    now += 60 * SECOND;
    assertThat(breaker.permits(now)).isTrue();
    breaker.succeeded();
    assertThat(breaker.permits(now)).isTrue();
    breaker.succeeded();
    fail(3);
    assertThat(breaker.waitNanos(now)).isEqualTo(10 * SECOND);
  }

  @Test
  void oneBatchOverItsTimeIsEnough() {
    assertThat(breaker.permits(now)).isTrue();

    breaker.timedOut(now);

    assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
  }

  @Test
  void aProbeThatToldNothingIsNoProbe() {
    fail(3);
    now += 10 * SECOND;
    for (int i = 0; i < 10; i++) {
      assertThat(breaker.permits(now)).isTrue();
      breaker.gaveUp();
    }
    assertThat(breaker.state()).isEqualTo(Breaker.State.HALF_OPEN);
  }

  @Test
  void whereASettingIsWrongItIsTriedAgainEachMinute() {
    breaker.stick(now);
    for (int i = 0; i < 5; i++) {
      assertThat(breaker.waitNanos(now)).isEqualTo(60 * SECOND);
      now += 60 * SECOND - 1;
      assertThat(breaker.permits(now)).isFalse();
      now++;
      assertThat(breaker.permits(now)).isTrue();
      assertThat(breaker.permits(now)).as("one at a time").isFalse();
      assertThat(breaker.isStuck()).as("until it is known better").isTrue();
      breaker.stick(now);
      assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
    }
    now += 60 * SECOND;
    assertThat(breaker.permits(now)).isTrue();

    breaker.succeeded();

    assertThat(breaker.isStuck()).isFalse();
    assertThat(breaker.permits(now)).isTrue();
    breaker.succeeded();
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
    fail(3);
    assertThat(breaker.waitNanos(now)).isEqualTo(10 * SECOND);
  }

  @Test
  void anotherFailureIsTriedAgainAsUsual() {
    breaker.stick(now);
    now += 60 * SECOND;
    assertThat(breaker.permits(now)).isTrue();

    breaker.failed(now);

    assertThat(breaker.isStuck()).isFalse();
    assertThat(breaker.waitNanos(now)).isEqualTo(20 * SECOND);
  }
}
