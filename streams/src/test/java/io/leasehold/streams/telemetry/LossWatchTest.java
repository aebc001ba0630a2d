package io.leasehold.streams.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.streams.telemetry.LossWatch.Moment;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LossWatchTest {
  private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);

  private final LossWatch watch = new LossWatch();

  /** One message comes every three seconds from {@code from} on, and all of them are lost. */
  private Moment run(long from, long to) {
    Moment now = new Moment(0, 0, 0);
    for (long tick = 0; tick <= to; tick++) {
      long lost = tick < from ? 0 : (tick - from) / 30;
      now = new Moment(tick * TICK, tick / 30, lost);
      watch.note(now, WINDOW);
    }
    return now;
  }

  @Test
  void whatIsLostOnceInSomeSecondsWasLostBefore() {
    assertThat(watch.wasLosing(run(0, 299))).isTrue();
  }

  @Test
  void whatWasLostLongAgoIsForgotten() {
    Moment now = run(0, 100);
    for (long tick = 101; tick < 300; tick++) {
      now = new Moment(tick * TICK, now.received() + 1, now.lost());
      watch.note(now, WINDOW);
    }
    assertThat(watch.wasLosing(now)).isFalse();
  }

  @Test
  void whatWasLostBeforeAnewStartIsForgotten() {
    Moment now = run(0, 299);
    watch.restart(now);
    assertThat(watch.wasLosing(now)).isFalse();
    assertThat(watch.wasLosing(new Moment(300 * TICK, now.received() + 1, now.lost() + 1)))
        .isTrue();
  }

  @Test
  void oneInAHundredMayBeLost() {
    Moment before = new Moment(0, 1_000, 7);
    assertThat(new Moment(1, 1_100, 8).isLosingSince(before)).isFalse();
    assertThat(new Moment(1, 1_100, 9).isLosingSince(before)).isTrue();
    assertThat(new Moment(1, 1_000, 8).isLosingSince(before)).isTrue();
  }

  @Test
  void nothingWasLostBeforeTheFirstLook() {
    assertThat(watch.wasLosing(new Moment(0, 1, 1))).isFalse();
    watch.note(new Moment(0, 1, 1), 0);
    assertThat(watch.wasLosing(new Moment(1, 1, 1))).isFalse();
  }
}
