package io.leasehold.config.http;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.time.Duration;

/**
 * The dashboard. Immutable.
 *
 * @param interval between two pictures, 500 ms..1 min
 */
public record DashboardSettings(boolean enabled, Duration interval) {
  public DashboardSettings {
    Checks.of("dashboard")
        .within("interval", interval, Duration.ofMillis(500), Duration.ofMinutes(1))
        .done();
  }

  /** Reads every key now. */
  public static DashboardSettings from(Values values) {
    return new DashboardSettings(
        values.flag("dashboard.enabled"), values.duration("dashboard.interval"));
  }
}
