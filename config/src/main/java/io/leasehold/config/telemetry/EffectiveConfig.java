package io.leasehold.config.telemetry;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.leasehold.config.value.Durations;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Secret;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings as JSON, under the names they have in a file, with every default written out and no
 * secret. No state.
 */
public final class EffectiveConfig {
  /** A text under such a name is not shown, whatever it is. */
  private static final Pattern HIDDEN =
      Pattern.compile(".*(password|secret|token|sha256|access_key|credential).*");

  private static final Pattern UPPER = Pattern.compile("(?<=[a-z0-9])([A-Z])");

  private EffectiveConfig() {}

  /** One object on one line. */
  public static String json(TelemetrySettings settings) {
    Map<String, @Nullable Object> top = new LinkedHashMap<>();
    top.put("tcp", fields(settings.tcp()));
    top.put("buffers", Map.of("max_queue_size", settings.maxQueueSize()));
    top.put("memory", Map.of("total", settings.memoryTotal()));
    top.put("limits", fields(settings.limits()));
    top.put("spool", fields(settings.spool()));
    top.put("correlation", fields(settings.correlation()));
    Map<String, @Nullable Object> backends = new LinkedHashMap<>();
    settings.backends().forEach((name, backend) -> backends.put(name, backend(backend)));
    top.put("backends", backends);
    Map<String, @Nullable Object> routing = new LinkedHashMap<>();
    settings.routing().forEach((source, rules) -> routing.put(source, rules(rules)));
    top.put("routing", routing);
    top.put("global", rules(settings.global()));
    top.put("admin", fields(settings.admin()));
    top.put("hot_reload", fields(settings.hotReload()));
    top.put("tap", fields(settings.tap()));
    top.put("internal_events", value(settings.internalEvents()));
    top.put("auth", fields(settings.auth()));
    return ConfigValueFactory.fromMap(top).render(ConfigRenderOptions.concise());
  }

  private static Map<String, @Nullable Object> backend(BackendSettings backend) {
    Map<String, @Nullable Object> shown = new LinkedHashMap<>();
    shown.put("type", backend.type());
    shown.put("enabled", backend.enabled());
    shown.put("config", config(backend.config()));
    Map<String, @Nullable Object> batch = fields(backend.batch());
    batch.values().removeIf(each -> each instanceof Long size && size == Long.MAX_VALUE);
    shown.put("batch", batch);
    shown.put("buffer", backend.bufferBytes());
    shown.put("overflow", value(backend.overflow()));
    shown.put("block_timeout", value(backend.blockTimeout()));
    shown.put("when_down", value(backend.whenDown()));
    shown.put("retry", fields(backend.retry()));
    shown.put("dead_letter", Map.of("max_bytes", backend.deadLetterMaxBytes()));
    shown.put("circuit_breaker", fields(backend.breaker()));
    return shown;
  }

  /** Where the record and the file have different names, those of the file. */
  private static Map<String, @Nullable Object> config(BackendConfig config) {
    Map<String, @Nullable Object> shown = fields(config);
    if (config instanceof FilesystemSettings files) {
      shown.remove("sync_every");
      shown.remove("canonical");
      Duration every = files.syncEvery();
      shown.put(
          "fsync", every == null ? "never" : every.isZero() ? "batch" : Durations.text(every));
      shown.put("format", files.canonical() ? "canonical" : "raw");
    } else if (config instanceof ConsoleSettings console) {
      shown.remove("text");
      shown.put("format", console.text() ? "text" : "json");
    } else if (config instanceof PostgresSettings postgres) {
      List.of("address", "parameters", "user", "password", "schema", "expects_extension")
          .forEach(shown::remove);
      String login = postgres.user().isEmpty() ? "" : postgres.user() + ":***@";
      shown.put("connection_string", "postgresql://" + login + postgres.address());
      shown.put("hypertable", postgres.hypertable() ? "auto" : "off");
      String schema = postgres.schema().isEmpty() ? "" : postgres.schema() + '.';
      shown.put("table", schema + postgres.table());
    }
    return shown;
  }

  private static List<Object> rules(List<RuleSettings> rules) {
    List<Object> shown = new ArrayList<>();
    for (RuleSettings each : rules) {
      Map<String, @Nullable Object> rule = fields(each);
      rule.remove("failover");
      rule.put("mode", each.failover() ? "failover" : "mirror");
      if (!each.failover()) {
        rule.remove("group");
      }
      shown.add(rule);
    }
    return shown;
  }

  /** The components of a record; a secret is hidden, what is not set is null. */
  private static Map<String, @Nullable Object> fields(Object holder) {
    Map<String, @Nullable Object> shown = new LinkedHashMap<>();
    for (RecordComponent each : components(holder)) {
      String name = UPPER.matcher(each.getName()).replaceAll("_$1").toLowerCase(Locale.ROOT);
      Object found;
      try {
        found = each.getAccessor().invoke(holder);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(name + ": a public record of ours can be read", e);
      }
      boolean hidden = found instanceof String && HIDDEN.matcher(name).matches();
      shown.put(name, hidden ? Secret.MASK : value(found));
    }
    return shown;
  }

  private static RecordComponent[] components(Object holder) {
    RecordComponent[] components = holder.getClass().getRecordComponents();
    if (components == null) {
      throw new IllegalArgumentException(holder.getClass() + ": settings are records");
    }
    return components;
  }

  private static @Nullable Object value(@Nullable Object found) {
    if (found == null || found instanceof Boolean || found instanceof Number) {
      return found;
    }
    if (found instanceof Duration duration) {
      return Durations.text(duration);
    }
    if (found instanceof Enum<?> word) {
      return word.name().toLowerCase(Locale.ROOT);
    }
    if (found instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> shown = new LinkedHashMap<>();
      map.forEach((key, each) -> shown.put(String.valueOf(key), value(each)));
      return shown;
    }
    if (found instanceof Collection<?> list) {
      List<@Nullable Object> shown = new ArrayList<>();
      list.forEach(each -> shown.add(value(each)));
      return shown;
    }
    boolean text =
        found instanceof String
            || found instanceof Path
            || found instanceof ZoneId
            || found instanceof URI
            || found instanceof Port
            || found instanceof Secret;
    return text ? found.toString() : fields(found);
  }
}
