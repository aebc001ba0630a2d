package io.leasehold.config.monitor;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Values;

/**
 * Where a node can be watched. Immutable.
 *
 * @param host of all monitoring ports
 * @param port health, metrics, statistics
 * @param debugPort the debug API
 */
public record MonitorSettings(String host, Port port, Port debugPort) {
  public MonitorSettings {
    Checks.of("monitor").host("host", host).done();
  }

  /** Reads every key now. */
  public static MonitorSettings from(Values values) {
    return new MonitorSettings(
        values.text("monitor.host"),
        values.port("monitor.port"),
        values.port("monitor.debug-port"));
  }
}
