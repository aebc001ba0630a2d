package io.leasehold.actors.health;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.health.HealthReport;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the checks of a node when somebody asks: all in parallel, one run for all who ask at the
 * same time, and none if the last is young enough. Safe for any thread; never blocks.
 */
public final class HealthService {
  private final List<HealthCheck> checks;
  private final Duration maxAge;
  private final Duration timeout;
  private final boolean enabled;
  private final Clock clock;
  private final DurationHistogram durations;
  private @Nullable CompletableFuture<HealthReport> run;
  private long runStartedNanos;

  /**
   * Nothing runs until somebody asks.
   *
   * @param enabled false: no check runs, every report is empty
   * @param timeout after so long a check is unhealthy
   */
  public HealthService(
      List<HealthCheck> checks, Duration maxAge, Duration timeout, boolean enabled, Clock clock) {
    this.checks = List.copyOf(checks);
    this.maxAge = maxAge;
    this.timeout = timeout;
    this.enabled = enabled;
    this.clock = clock;
    this.durations =
        DurationHistogram.ofSeconds(
            "leasehold_health_check_duration_seconds",
            "Time of a health check, the time-out at most.",
            "component",
            checks.stream().map(HealthCheck::name).toList());
  }

  /** How long checks took, for a registry. */
  public Collector durations() {
    return durations;
  }

  /** The state of all components; never fails, and takes the time-out at most. */
  public synchronized CompletionStage<HealthReport> report() {
    long now = clock.nanos();
    var last = run;
    if (last != null && (!last.isDone() || now - runStartedNanos - maxAge.toNanos() < 0)) {
      return last;
    }
    runStartedNanos = now;
    var next = start();
    run = next;
    return next;
  }

  /** The next to ask is told of the state from now on, not of one that was found before. */
  public synchronized void forget() {
    run = null;
  }

  private CompletableFuture<HealthReport> start() {
    if (!enabled) {
      return CompletableFuture.completedFuture(new HealthReport(List.of(), clock.wallMillis()));
    }
    CompletableFuture<List<HealthReport.Component>> all =
        CompletableFuture.completedFuture(List.of());
    for (int i = 0; i < checks.size(); i++) {
      all =
          all.thenCombine(
              start(i),
              (before, component) -> {
                var joined = new ArrayList<>(before);
                joined.add(component);
                return joined;
              });
    }
    return all.thenApply(components -> new HealthReport(components, clock.wallMillis()));
  }

  private CompletableFuture<HealthReport.Component> start(int index) {
    HealthCheck check = checks.get(index);
    long started = clock.nanos();
    var tooLate = CheckResult.unhealthy("no answer within " + timeout.toMillis() + " ms");
    CompletableFuture<CheckResult> result;
    try {
      // a copy: timing it out must not end what others may wait for
      result = check.run().get().toCompletableFuture().thenApply(found -> found);
    } catch (RuntimeException e) {
      result = CompletableFuture.failedFuture(e);
    }
    return result
        .completeOnTimeout(tooLate, timeout.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> CheckResult.unhealthy(rootMessage(failure)))
        .thenApply(
            found -> {
              long took = clock.nanos() - started;
              durations.record(index, took);
              return new HealthReport.Component(
                  check.name(), check.critical(), check.holdsBackReady(), found, took / 1_000_000);
            });
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    var message = root.getMessage();
    return message == null
        ? root.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }
}
