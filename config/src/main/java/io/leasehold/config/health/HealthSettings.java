package io.leasehold.config.health;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * When a component counts as healthy. Immutable.
 *
 * @param enabled false = no check runs
 * @param maxAge a younger result is reused; zero = never
 * @param timeout a check without an answer for so long is unhealthy
 * @param maxThreads live threads of the process
 * @param heapWarn fraction of the heap after a collection that is degraded
 * @param heapLimit the same, unhealthy; not below heapWarn
 */
public record HealthSettings(
    boolean enabled,
    Duration maxAge,
    Duration timeout,
    int maxThreads,
    double heapWarn,
    double heapLimit,
    List<DependencySettings> dependencies) {
  /** Bounds the connections that one health request can cause. */
  public static final int MAX_DEPENDENCIES = 64;

  public HealthSettings {
    dependencies = List.copyOf(dependencies);
    var names = new HashSet<String>();
    var checks = Checks.of("health");
    checks
        .within("max-age", maxAge, Duration.ZERO, Duration.ofHours(1))
        .positive("timeout", timeout, Duration.ofMinutes(1))
        .atLeast("max-threads", maxThreads, 1)
        .fraction("heap-warn", heapWarn)
        .that(
            heapLimit <= 1 && (heapLimit >= heapWarn || heapWarn > 1),
            "heap-limit",
            heapLimit,
            "must be from health.heap-warn (" + heapWarn + ") up to 1")
        .that(
            dependencies.size() <= MAX_DEPENDENCIES,
            "dependencies",
            dependencies.size() + " entries",
            "must be at most " + MAX_DEPENDENCIES);
    for (var dependency : dependencies) {
      checks.that(
          names.add(dependency.name()),
          "dependencies",
          dependency.name(),
          "is the name of two entries");
    }
    checks.done();
  }

  /** Reads every key now. */
  public static HealthSettings from(Values values) {
    return new HealthSettings(
        values.flag("health.enabled"),
        values.duration("health.max-age"),
        values.duration("health.timeout"),
        values.integer("health.max-threads"),
        values.decimal("health.heap-warn"),
        values.decimal("health.heap-limit"),
        values.entries("health.dependencies", DependencySettings.FIELDS, DependencySettings::from));
  }
}
