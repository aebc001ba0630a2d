package io.leasehold.actors.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DispatcherWatchTest {
  private static ActorTestKit kit;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void threadsThatDoNotRunTheirTickAreSeenBesideOthersThatDo() throws Exception {
    var now = new AtomicLong();
    var watch =
        new DispatcherWatch(
            new Clock() {
              @Override
              public long nanos() {
                return now.get();
              }

              @Override
              public long wallMillis() {
                return 0;
              }
            });
    var free = watch.watch(kit.system(), Runnable::run);
    var held = new LinkedBlockingQueue<Runnable>();
    var loop = watch.watch(kit.system(), held::add);
    Runnable tick = held.poll(10, TimeUnit.SECONDS);
    assertThat(watch.isStalledFor(Duration.ofSeconds(3))).isFalse();
    assertThat(free.cancel()).isTrue();

    now.addAndGet(Duration.ofSeconds(5).toNanos());

    assertThat(watch.isStalledFor(Duration.ofSeconds(3))).isTrue();
    assertThat(watch.delayMillis()).isEqualTo(4_900);
    tick.run();
    assertThat(watch.isStalledFor(Duration.ofSeconds(3))).isFalse();
    assertThat(watch.worstDelayMillis()).isEqualTo(4_900);
    assertThat(watch.stuckSeconds()).isEqualTo(1);
    assertThat(loop.cancel()).isTrue();
    assertThat(watch.worstDelayMillis()).as("watched no more").isZero();
  }
}
