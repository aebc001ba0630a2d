package io.leasehold.config.cluster;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Values;

/**
 * Where a node is asked about its cluster, by other nodes that look for it and by a scheduler.
 * Immutable.
 */
public record ManagementSettings(String host, Port port) {
  public ManagementSettings {
    Checks.of("management").host("host", host).done();
  }

  /** Reads every key now. */
  public static ManagementSettings from(Values values) {
    return new ManagementSettings(values.text("management.host"), values.port("management.port"));
  }
}
