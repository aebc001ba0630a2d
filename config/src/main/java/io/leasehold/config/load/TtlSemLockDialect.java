package io.leasehold.config.load;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import io.leasehold.config.value.Secret;
import io.leasehold.config.value.Shown;
import io.leasehold.config.value.Suggestion;
import io.leasehold.config.value.Values;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * TtlSemLock's configuration, in its flat, its nested and its security dialect. Where a file has
 * one thing both flat and nested, the nested one counts. Confined to one load.
 */
final class TtlSemLockDialect {
  private static final Pattern WHOLE = Pattern.compile("-?\\d{1,15}");

  /** Flat before nested: what comes later is laid over. */
  private static final List<Rule> RULES =
      List.of(
          new Rule("host", Unit.AS_IS, "lock.host", "monitor.host"),
          new Rule("port", Unit.AS_IS, "lock.port"),
          new Rule("http_port", Unit.AS_IS, "monitor.port"),
          new Rule("debug_port", Unit.AS_IS, "monitor.debug-port"),
          new Rule("max_connections", Unit.AS_IS, "lock.max-connections"),
          new Rule("timeout", Unit.SECONDS, "lock.idle-timeout"),
          new Rule("auth_required", Unit.AS_IS, "lock.auth-required"),
          new Rule("api_keys", Unit.AS_IS, "lock.api-keys"),
          new Rule("admin_api_keys", Unit.AS_IS, "lock.admin-api-keys"),
          new Rule("server.host", Unit.AS_IS, "lock.host", "monitor.host"),
          new Rule("server.port", Unit.AS_IS, "lock.port"),
          new Rule("server.http_port", Unit.AS_IS, "monitor.port"),
          new Rule("server.debug_port", Unit.AS_IS, "monitor.debug-port"),
          new Rule("server.max_connections", Unit.AS_IS, "lock.max-connections"),
          new Rule("server.timeout", Unit.SECONDS, "lock.idle-timeout"),
          new Rule("limits.max_locks", Unit.AS_IS, "lock.limits.max-locks"),
          new Rule("limits.max_memory_mb", Unit.AS_IS, "lock.limits.max-memory-mb"),
          new Rule("limits.warn_threshold", Unit.AS_IS, "lock.limits.warn-threshold"),
          new Rule("limits.reject_requests", Unit.AS_IS, "lock.limits.reject-requests"),
          new Rule("cleanup.interval", Unit.WITH_UNIT, "lock.cleanup-interval"),
          new Rule("security.auth_required", Unit.AS_IS, "lock.auth-required"),
          new Rule("security.api_keys", Unit.AS_IS, "lock.api-keys"),
          new Rule("security.admin_api_keys", Unit.AS_IS, "lock.admin-api-keys"),
          new Rule("retry.enabled", Unit.AS_IS, "lock.retry.enabled"),
          new Rule("retry.initial_delay_ms", Unit.MILLIS, "lock.retry.initial-delay"),
          new Rule("retry.max_delay_ms", Unit.MILLIS, "lock.retry.max-delay"),
          new Rule("retry.backoff_multiplier", Unit.AS_IS, "lock.retry.backoff-multiplier"),
          new Rule("monitoring.metrics_enabled", Unit.AS_IS, "metrics.enabled"),
          new Rule("monitoring.health_checks_enabled", Unit.AS_IS, "health.enabled"));

  private static final Set<String> SECTIONS =
      Set.of("server", "limits", "cleanup", "security", "retry", "monitoring");

  /** Keys, and whole sections, that other servers use and this one has no need of. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "security.cache_auth_results",
          "security.cache_ttl_seconds",
          "retry.max_attempts",
          "retry.jitter_enabled",
          "pool",
          "logging");

  private static final List<String> KNOWN =
      Stream.concat(RULES.stream().map(Rule::path), WITHOUT_EFFECT.stream().sorted()).toList();

  private final Overlay overlay;
  private final Function<ConfigOrigin, String> placeOf;

  TtlSemLockDialect(Overlay overlay, Function<ConfigOrigin, String> placeOf) {
    this.overlay = overlay;
    this.placeOf = placeOf;
  }

  /** How the dialect writes a value. */
  private enum Unit {
    AS_IS,
    /** Whole seconds. */
    SECONDS,
    /** Whole milliseconds. */
    MILLIS,
    /** A duration with its unit: a bare number would be nanoseconds there, milliseconds here. */
    WITH_UNIT
  }

  private record Rule(String path, Unit unit, List<String> targets) {
    Rule(String path, Unit unit, String... targets) {
      this(path, unit, List.of(targets));
    }
  }

  private record Given(String path, ConfigValue value) {}

  /** Lays the file over; each key without effect and each mistake is noted. */
  void read(ConfigObject root) {
    var given = new ArrayList<Given>();
    collect("", root, given);
    given.sort(Comparator.comparingInt(g -> g.value.origin().lineNumber()));
    for (var each : given) {
      if (WITHOUT_EFFECT.contains(each.path)) {
        overlay.info(each.path + ": read, without effect (" + place(each.value) + ")");
      } else if (!KNOWN.contains(each.path)) {
        var line = Suggestion.unknown("", each.path, KNOWN);
        overlay.problem(each.path, line, place(each.value));
      }
    }
    for (var rule : RULES) {
      given.stream().filter(g -> g.path.equals(rule.path)).forEach(g -> apply(rule, g.value));
    }
  }

  private void collect(String section, ConfigObject object, List<Given> given) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      var path = section.isEmpty() ? entry.getKey() : section + "." + entry.getKey();
      var value = entry.getValue();
      if (value.valueType() == ConfigValueType.NULL) {
        if (SECTIONS.contains(path) || KNOWN.contains(path)) {
          continue; // null = absent
        }
        given.add(new Given(path, value));
      } else if (WITHOUT_EFFECT.contains(path) || KNOWN.contains(path)) {
        given.add(new Given(path, value));
      } else if (value instanceof ConfigObject nested && !nested.isEmpty()) {
        collect(path, nested, given);
      } else if (!SECTIONS.contains(path)) {
        given.add(new Given(path, value));
      } else if (!(value instanceof ConfigObject)) {
        var shown = Shown.value(Values.rendered(value));
        overlay.problem(path, path + " = " + shown + ": must be an object", place(value));
      }
    }
  }

  private void apply(Rule rule, ConfigValue value) {
    var converted = convert(rule, value);
    if (converted != null) {
      var place = place(value) + ", " + rule.path;
      rule.targets.forEach(target -> overlay.put(target, converted, place));
    }
  }

  private @Nullable ConfigValue convert(Rule rule, ConfigValue value) {
    return switch (rule.unit) {
      case AS_IS -> value;
      case SECONDS -> whole(rule, value, "s", "must be a whole number of seconds");
      case MILLIS -> whole(rule, value, "ms", "must be a whole number of milliseconds");
      case WITH_UNIT -> {
        if (value.valueType() == ConfigValueType.STRING && !isWhole(value)) {
          yield value;
        }
        yield refuse(rule, value, "must be a duration with its unit, such as \"5s\"");
      }
    };
  }

  private @Nullable ConfigValue whole(Rule rule, ConfigValue value, String unit, String expected) {
    if (value.valueType() == ConfigValueType.NUMBER && isWhole(value)) {
      return ConfigValueFactory.fromAnyRef(value.render() + unit);
    }
    return refuse(rule, value, expected);
  }

  private @Nullable ConfigValue refuse(Rule rule, ConfigValue value, String expected) {
    boolean secret = rule.targets.stream().anyMatch(Values::isSecret);
    var shown = secret ? Secret.MASK : Shown.value(Values.rendered(value));
    overlay.problem(rule.path, rule.path + " = " + shown + ": " + expected, place(value));
    return null;
  }

  private static boolean isWhole(ConfigValue value) {
    return WHOLE.matcher(String.valueOf(value.unwrapped())).matches();
  }

  private String place(ConfigValue value) {
    return placeOf.apply(value.origin());
  }
}
