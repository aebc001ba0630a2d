package io.leasehold.actors.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HealthServiceTest {
  private final AtomicLong nanos = new AtomicLong();
  private CheckResult found = CheckResult.unhealthy("the port is not bound");

  private final HealthService service =
      new HealthService(
          List.of(
              new HealthCheck(
                  "protocol", true, true, () -> CompletableFuture.completedFuture(found))),
          Duration.ofSeconds(1),
          Duration.ofSeconds(2),
          true,
          new Clock() {
            @Override
            public long nanos() {
              return nanos.get();
            }

            @Override
            public long wallMillis() {
              return nanos.get() / 1_000_000;
            }
          });

  private boolean isHeldBack() {
    return !service.report().toCompletableFuture().join().heldBackBy().isEmpty();
  }

  @Test
  void aResultIsUsedAgainForItsTime() {
    assertThat(isHeldBack()).isTrue();
    found = CheckResult.disabled();
    nanos.addAndGet(999_999_999);
    assertThat(isHeldBack()).isTrue();
    nanos.addAndGet(1);
    assertThat(isHeldBack()).isFalse();
  }

  /** A node that has just become ready must not be held back by what was found before. */
  @Test
  void whatIsForgottenIsLookedForAgain() {
    assertThat(isHeldBack()).isTrue();
    found = CheckResult.disabled();
    service.forget();
    assertThat(isHeldBack()).isFalse();
  }
}
