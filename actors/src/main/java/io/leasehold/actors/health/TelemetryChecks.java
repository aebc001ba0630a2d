package io.leasehold.actors.health;

import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.CheckResult.Detail;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TelemetryStatus;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The checks of a telemetry sidecar. They look at figures that are there, and ask nobody. */
public final class TelemetryChecks {
  private TelemetryChecks() {}

  /**
   * Whether lines are taken, kept and delivered.
   *
   * @param control empty = no sidecar runs here
   * @param isAll the process is there for nothing else: it is unhealthy when this is
   */
  public static HealthCheck telemetry(Supplier<Optional<TelemetryControl>> control, boolean isAll) {
    return new HealthCheck(
        "telemetry",
        isAll,
        isAll,
        () ->
            CompletableFuture.completedFuture(
                control
                    .get()
                    .map(running -> found(running.status()))
                    .orElseGet(CheckResult::disabled)));
  }

  private static CheckResult found(TelemetryStatus status) {
    Map<String, String> states = new TreeMap<>();
    for (TelemetryStatus.BackendState each : status.backends()) {
      states.put(each.name(), each.breaker().name().toLowerCase(Locale.ROOT));
    }
    var spool = status.spool();
    Detail[] details = {
      Detail.of("backends", states),
      Detail.of("spool_percent", spool == null ? 0 : Math.round(100 * spool.fill()))
    };
    String complaints = String.join("; ", status.complaints());
    if (!status.works()) {
      return CheckResult.unhealthy(complaints, details);
    }
    return complaints.isEmpty()
        ? CheckResult.healthy(states.size() + " backends", details)
        : CheckResult.degraded(complaints, details);
  }

  /** Whether the heap of a process that is nothing but a sidecar is near its limit. */
  public static HealthCheck memory(HeapWatch heap, double warn, double limit) {
    return new HealthCheck(
        "memory", false, false, () -> CompletableFuture.completedFuture(found(heap, warn, limit)));
  }

  private static CheckResult found(HeapWatch heap, double warn, double limit) {
    Detail[] details = {
      Detail.of("alloc_mb", heap.usedBytes() >> 20),
      Detail.of("sys_mb", heap.committedBytes() >> 20),
      Detail.of("max_mb", heap.maxBytes() >> 20),
      Detail.of("num_gc", heap.collections())
    };
    double share = (double) heap.afterCollectionBytes() / heap.maxBytes();
    String text = Math.round(100 * share) + " % of the heap after GC";
    if (share >= limit) {
      return CheckResult.unhealthy(text, details);
    }
    return share >= warn ? CheckResult.degraded(text, details) : CheckResult.healthy(text, details);
  }
}
