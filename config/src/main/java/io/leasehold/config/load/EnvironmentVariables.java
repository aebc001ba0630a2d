package io.leasehold.config.load;

import io.leasehold.config.value.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads {@code LEASEHOLD_LOCK_PORT} and its kin. */
final class EnvironmentVariables {
  private static final String PREFIX = "LEASEHOLD_";

  /** For the launcher, and for the file of telemetry; no settings of the server. */
  private static final Set<String> LAUNCHER =
      Set.of(
          "LEASEHOLD_JAVA_OPTS",
          "LEASEHOLD_JAVA",
          "LEASEHOLD_HEAP",
          "LEASEHOLD_HOME",
          "LEASEHOLD_NODE");

  /** Names that other servers made known; ours, where set too, win. */
  private static final Map<String, String> FOREIGN =
      Map.ofEntries(
          Map.entry("LOG_LEVEL", "log.level"),
          Map.entry("METRICS_ENABLED", "metrics.enabled"),
          Map.entry("SIDECAR_CONFIG_FILE", "telemetry.config-file"),
          Map.entry("KV_SERVER_HOST", "http.host"),
          Map.entry("KV_SERVER_PORT", "http.port"),
          Map.entry("RATE_LIMIT_DEFAULT_RPS", "gateway.rate-limit.default-rps"),
          Map.entry("JWT_SECRET", "gateway.jwt-secret"),
          Map.entry("GATEWAY_ENCRYPTION_KEY", "gateway.encryption-keys"),
          Map.entry("MAX_RETRY_ATTEMPTS", "gateway.external.max-retry-attempts"),
          Map.entry("RETRY_DELAY_MS", "gateway.external.retry-delay"),
          Map.entry("HEALTH_CHECK_INTERVAL", "gateway.health-check-interval"));

  /** What a bare number means in those that hold a duration. */
  private static final Map<String, String> UNITS =
      Map.of("RETRY_DELAY_MS", "ms", "HEALTH_CHECK_INTERVAL", "s");

  private EnvironmentVariables() {}

  /** Lays over what the environment sets; an unknown variable with our prefix is a mistake. */
  static void read(Map<String, String> environment, Overlay overlay) {
    var known = new LinkedHashMap<String, KnownKey>();
    overlay.reference().keys().forEach(key -> known.put(key.variable(), key));
    new TreeMap<>(FOREIGN)
        .forEach(
            (variable, path) -> {
              var text = environment.get(variable);
              var key = overlay.reference().key(path);
              if (text != null && key != null) {
                boolean bare = text.strip().matches("[0-9]+");
                String given = bare ? text.strip() + UNITS.getOrDefault(variable, "") : text;
                overlay.putText(key, given, place(variable));
              }
            });
    var names = new ArrayList<>(environment.keySet());
    names.sort(null);
    for (var name : names) {
      if (!name.startsWith(PREFIX) || LAUNCHER.contains(name)) {
        continue;
      }
      var key = known.get(name);
      if (key == null) {
        overlay.problem(name, Suggestion.unknown("", name, known.keySet()), "environment");
      } else {
        overlay.putText(key, environment.getOrDefault(name, ""), place(name));
      }
    }
  }

  private static String place(String variable) {
    return "environment " + variable;
  }
}
