package io.leasehold.config.monitor;

import io.leasehold.config.value.Port;
import io.leasehold.config.value.Values;

/**
 * Whether anything is counted. Immutable.
 *
 * @param enabled false = recorders do nothing
 * @param port one more port that serves only {@code /metrics}, on the host of the monitoring ports
 */
public record MetricsSettings(boolean enabled, Port port) {
  /** Reads every key now. */
  public static MetricsSettings from(Values values) {
    return new MetricsSettings(values.flag("metrics.enabled"), values.port("metrics.port"));
  }
}
