package io.leasehold.actors.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node samples itself each five seconds and says what is the matter. */
class AlertWatchTest {
  private static final class HandClock implements Clock {
    volatile long millis;

    @Override
    public long nanos() {
      return millis * 1_000_000;
    }

    @Override
    public long wallMillis() {
      return millis;
    }
  }

  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime time = ManualTime.get(kit.system());
  private final HandClock clock = new HandClock();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final AtomicReference<CheckResult> database =
      new AtomicReference<>(CheckResult.healthy("fine"));
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AlertWatch.Board board = new AlertWatch.Board();
  private ActorRef<AlertWatch.Message> watch;
  private final Counter rejected =
      Counter.build("ttl_semlock_rejected_requests", "help")
          .labelNames("reason")
          .register(registry);

  @BeforeEach
  void start() {
    rejected.labels("max_locks_reached");
    registry.register(board);
    var check =
        new HealthCheck(
            "database", true, true, () -> CompletableFuture.completedFuture(database.get()));
    var health =
        new HealthService(List.of(check), Duration.ofMillis(1), Duration.ofSeconds(2), true, clock);
    watch = kit.spawn(AlertWatch.create(registry, health, running::get, "n1:1", clock, board));
  }

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  /**
   * Lets rounds of five seconds pass, each until it is seen. The first is begun by the timer, the
   * others by its message: to pass time by hand takes a tenth of a second each.
   */
  private void rounds(int count) {
    for (int i = 0; i < count; i++) {
      long before = board.rounds();
      clock.millis += 5_000;
      if (i == 0) {
        time.timePasses(AlertWatch.EVERY);
      } else {
        watch.tell(AlertWatch.Tick.INSTANCE);
      }
      Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> board.rounds() > before);
    }
  }

  private List<String> active() {
    return board.alerts().active().stream().map(Alert::name).sorted().toList();
  }

  private double gauge(String severity) {
    return registry.getSampleValue(
        "leasehold_alerts_active", new String[] {"severity"}, new String[] {severity});
  }

  @Test
  void aBrokenDatabaseIsAnAlertAtOnceAndAnotherAfterHalfAMinute() {
    rounds(1);
    assertThat(active()).isEmpty();

    database.set(CheckResult.unhealthy("gone"));
    rounds(6);
    assertThat(active()).containsExactly("ComponentUnhealthy");
    rounds(1);
    assertThat(active()).containsExactly("ComponentUnhealthy", "LeaseholdDatabaseDown");
    assertThat(gauge("critical")).isEqualTo(2);

    database.set(CheckResult.healthy("back"));
    rounds(1);
    assertThat(active()).isEmpty();
    assertThat(board.alerts().resolved()).hasSize(2);
    assertThat(gauge("critical")).isZero();
  }

  @Test
  void refusalsAreSeenInTheRegistry() {
    rounds(2);
    rejected.labels("max_locks_reached").inc();

    rounds(12);
    assertThat(active()).isEmpty();
    rounds(1);

    assertThat(active()).containsExactly("TtlSemLockRequestsRejected");
    assertThat(board.alerts().active().get(0).labels())
        .containsEntry("reason", "max_locks_reached");
    rounds(60);
    assertThat(active()).isEmpty();
  }

  @Test
  void aNodeThatIsNotReadyForTwoMinutesIsOne() {
    running.set(false);
    database.set(CheckResult.unhealthy("not opened yet"));
    rounds(1);
    assertThat(active()).isEmpty();
    database.set(CheckResult.healthy("fine"));
    rounds(23);
    assertThat(active()).isEmpty();

    rounds(1);

    assertThat(active()).containsExactly("LeaseholdNotReady");
  }
}
