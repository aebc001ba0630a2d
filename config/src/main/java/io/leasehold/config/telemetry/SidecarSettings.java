package io.leasehold.config.telemetry;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Values;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a node runs the telemetry sidecar too. Immutable.
 *
 * @param enabled whether it runs one at all
 * @param configFile its file, null = messages of all sources go to files below {@code dataDir}
 * @param dataDir where it keeps what it writes for itself, null = below that of the node
 * @param host empty = that of the file
 * @param port of the applications, empty = that of the file
 * @param adminPort empty = that of the file
 */
public record SidecarSettings(
    boolean enabled,
    @Nullable Path configFile,
    @Nullable Path dataDir,
    String host,
    Optional<Port> port,
    Optional<Port> adminPort) {
  public SidecarSettings {
    if (!host.isEmpty()) {
      Checks.of("telemetry").host("host", host).done();
    }
  }

  /** Reads every key now. */
  public static SidecarSettings from(Values values) {
    return new SidecarSettings(
        values.flag("telemetry.enabled"),
        values.pathIfAny("telemetry.config-file"),
        values.pathIfAny("telemetry.data-dir"),
        values.text("telemetry.host"),
        values.portIfAny("telemetry.port"),
        values.portIfAny("telemetry.admin-port"));
  }

  /** What wins over the file, by its paths. */
  public Map<String, String> overrides() {
    Map<String, String> overrides = new HashMap<>();
    if (!host.isEmpty()) {
      overrides.put("tcp.host", host);
      overrides.put("admin.host", host);
    }
    port.ifPresent(each -> overrides.put("tcp.port", each.toString()));
    adminPort.ifPresent(each -> overrides.put("admin.port", each.toString()));
    return overrides;
  }
}
