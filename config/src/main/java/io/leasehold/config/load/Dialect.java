package io.leasehold.config.load;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Translates the JSON configuration of TtlSemLock, flat or nested, into our keys. Where a file says
 * a thing in both forms the nested one wins.
 */
final class Dialect {
  private static final Map<String, String> FLAT =
      Map.ofEntries(
          Map.entry("host", "lock.host"),
          Map.entry("port", "lock.port"),
          Map.entry("max_connections", "lock.max-connections"),
          Map.entry("timeout", "lock.idle-timeout"),
          Map.entry("http_port", "monitor.port"),
          Map.entry("debug_port", "monitor.debug-port"),
          Map.entry("auth_required", "lock.auth-required"),
          Map.entry("api_keys", "lock.api-keys"),
          Map.entry("admin_api_keys", "lock.admin-api-keys"));

  private static final Map<String, String> NESTED =
      Map.ofEntries(
          Map.entry("server.host", "lock.host"),
          Map.entry("server.port", "lock.port"),
          Map.entry("server.max_connections", "lock.max-connections"),
          Map.entry("server.timeout", "lock.idle-timeout"),
          Map.entry("server.http_port", "monitor.port"),
          Map.entry("server.debug_port", "monitor.debug-port"),
          Map.entry("limits.max_locks", "lock.limits.max-locks"),
          Map.entry("limits.max_memory_mb", "lock.limits.max-memory-mb"),
          Map.entry("limits.warn_threshold", "lock.limits.warn-threshold"),
          Map.entry("limits.reject_requests", "lock.limits.reject-requests"),
          Map.entry("cleanup.interval", "lock.cleanup-interval"),
          Map.entry("security.auth_required", "lock.auth-required"),
          Map.entry("security.api_keys", "lock.api-keys"),
          Map.entry("security.admin_api_keys", "lock.admin-api-keys"),
          Map.entry("monitoring.metrics_enabled", "metrics.enabled"),
          Map.entry("monitoring.health_checks_enabled", "health.enabled"));

  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "security.cache_auth_results",
          "security.cache_ttl_seconds",
          "retry.enabled",
          "retry.initial_delay_ms",
          "retry.max_delay_ms",
          "retry.backoff_multiplier",
          "retry.max_attempts",
          "retry.jitter_enabled");

  private static final Set<String> SECTIONS_WITHOUT_EFFECT = Set.of("pool.", "logging.");

  private Dialect() {}

  /** Translates; unknown keys go to {@code problems}, keys without effect to {@code notes}. */
  static Config translate(Config file, List<String> problems, List<String> notes) {
    var flat = new TreeMap<String, ConfigValue>();
    var nested = new TreeMap<String, ConfigValue>();
    for (var entry : file.entrySet()) {
      String key = entry.getKey();
      if (FLAT.containsKey(key)) {
        flat.put(key, entry.getValue());
      } else if (NESTED.containsKey(key)) {
        nested.put(key, entry.getValue());
      } else if (WITHOUT_EFFECT.contains(key)
          || SECTIONS_WITHOUT_EFFECT.stream().anyMatch(key::startsWith)) {
        notes.add(key + " (" + Origins.of(entry.getValue()) + "): read, without effect");
      } else {
        var known = new ArrayList<>(FLAT.keySet());
        known.addAll(NESTED.keySet());
        problems.add(KnownKeys.unknown(key, Origins.of(entry.getValue()), known));
      }
    }
    Map<String, ConfigValue> ours = new LinkedHashMap<>();
    flat.forEach((key, value) -> put(ours, FLAT.getOrDefault(key, key), value));
    nested.forEach((key, value) -> put(ours, NESTED.getOrDefault(key, key), value));
    Config translated = ConfigFactory.empty();
    for (var entry : ours.entrySet()) {
      translated = translated.withValue(entry.getKey(), entry.getValue());
    }
    return translated;
  }

  private static void put(Map<String, ConfigValue> ours, String path, ConfigValue value) {
    ConfigValue translated = value;
    if (path.equals("lock.idle-timeout") && value.valueType() == ConfigValueType.NUMBER) {
      // whole seconds there, a duration here
      translated =
          ConfigValueFactory.fromAnyRef(value.unwrapped() + "s").withOrigin(value.origin());
    }
    ours.put(path, translated);
    if (path.equals("lock.host")) {
      ours.put("monitor.host", translated);
    }
  }
}
