package io.leasehold.config.telemetry;

import io.leasehold.config.telemetry.TelemetrySettings.InternalEvents;
import io.leasehold.config.value.Shown;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Turns the nodes of a file into settings, and finds its mistakes. Confined to one reading. */
final class TelemetryReader {
  private static final long MIB = 1 << 20;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration YEAR = Duration.ofDays(365);
  private static final Set<String> LOOPBACK = Set.of("localhost", "::1");

  private final YamlContext context;
  private List<FixtureSettings> fixtures = List.of();

  TelemetryReader(YamlContext context) {
    this.context = context;
  }

  /** Wrong values stand for their defaults: the caller looks at the mistakes first. */
  TelemetrySettings read(@Nullable Node root) {
    var top = new YamlSection(context, "", root);
    var tcp = tcp(top.section("tcp"));
    var buffers = top.section("buffers");
    Duration interval =
        buffers.duration("flush_interval", Duration.ofSeconds(5), Duration.ofMillis(1), HOUR);
    int size = buffers.integer("flush_batch_size", 100, 1, 1_000_000);
    int maxQueue = buffers.integer("max_queue_size", 0, 0, Integer.MAX_VALUE);
    if (buffers.has("per_source_buffer")) {
      buffers.warning("per_source_buffer", "has no effect: buffers belong to targets");
    }
    buffers.done();
    var memory = top.section("memory");
    long total = memory.size("total", 96 * MIB, MIB, 1024 * 1024 * MIB);
    memory.done();
    var limits = limits(top.section("limits"));
    var spool = spool(top.section("spool"));
    var correlation = correlation(top.section("correlation"));
    var section = top.section("backends");
    var names = new LinkedHashSet<>(section.names());
    var rules = new RuleReader(context, names);
    Map<String, List<RuleSettings>> routing = new LinkedHashMap<>();
    var sources = top.section("routing");
    for (String source : List.copyOf(sources.names())) {
      routing.put(source, rules(rules, "routing." + source, sources.at(source)));
    }
    var global = rules(rules, "global", top.at("global"));
    var buffered = new TargetList(routing, global, enabled(section)).buffers();
    var backends = backends(section, new BackendReader(size, interval), total, buffered);
    var admin = admin(top.section("admin"));
    var reload = reload(top.section("hot_reload"));
    var tap = tap(top.section("tap"));
    var auth = AccessReader.auth(top.section("auth"));
    fixtures = new FixtureReader(context).read(top.at("tests"));
    String events = top.word("internal_events", "warn", List.of("off", "warn", "all"));
    top.done();
    Map<String, BackendSettings> usable = new LinkedHashMap<>();
    backends.forEach(
        (name, backend) -> {
          if (backend != null) {
            usable.put(name, backend);
          }
        });
    warnOfDisabled(routing, global, usable);
    warnOfSharedObjects(routing, global, usable);
    return new TelemetrySettings(
        tcp,
        maxQueue,
        total,
        limits,
        spool,
        correlation,
        usable,
        routing,
        global,
        admin,
        reload,
        tap,
        InternalEvents.valueOf(events.toUpperCase(Locale.ROOT)),
        auth);
  }

  /** The fixtures of the file that was read last. */
  List<FixtureSettings> fixtures() {
    return fixtures;
  }

  private static TelemetrySettings.Tcp tcp(YamlSection tcp) {
    var settings =
        new TelemetrySettings.Tcp(
            tcp.text("host", "127.0.0.1"),
            tcp.port("port", 17000),
            tcp.integer("max_connections", 100, 1, 1_000_000),
            tcp.duration("read_timeout", Duration.ofSeconds(30), Duration.ofMillis(10), HOUR),
            AccessReader.tls(tcp),
            AccessReader.unixPath(tcp));
    tcp.done();
    return settings;
  }

  private static TelemetrySettings.Limits limits(YamlSection limits) {
    var settings =
        new TelemetrySettings.Limits(
            limits.duration("max_future", Duration.ofSeconds(60), Duration.ZERO, YEAR),
            limits.duration("max_past", Duration.ofHours(24), Duration.ZERO, YEAR.multipliedBy(50)),
            limits.integer("sources", 1000, 1, 10_000));
    limits.done();
    return settings;
  }

  private static SpoolSettings spool(YamlSection spool) {
    String use = spool.word("use", "acked", List.of("acked", "always", "off"));
    String full =
        spool.word(
            "when_full", "drop_oldest", List.of("drop_oldest", "drop_lowest_priority", "block"));
    var settings =
        new SpoolSettings(
            switch (use) {
              case "always" -> SpoolSettings.Use.ALWAYS;
              case "off" -> SpoolSettings.Use.OFF;
              default -> SpoolSettings.Use.ACKED;
            },
            spoolDir(spool),
            spool.size("max_bytes", 2048 * MIB, MIB, 1024 * 1024 * MIB),
            spool.size("min_free", 512 * MIB, 0, 1024 * 1024 * MIB),
            SpoolSettings.WhenFull.valueOf(full.toUpperCase(Locale.ROOT)));
    spool.done();
    return settings;
  }

  private static @Nullable Path spoolDir(YamlSection spool) {
    String text = spool.text("dir");
    try {
      return text == null || text.isEmpty() ? null : Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      spool.problem("dir", Shown.value(String.valueOf(text)) + ": is no path");
      return null;
    }
  }

  private static CorrelationSettings correlation(YamlSection correlation) {
    Duration tick = Duration.ofMillis(10);
    Duration day = Duration.ofDays(1);
    long all = correlation.size("max_bytes", 24 * MIB, MIB, 4096 * MIB);
    var settings =
        new CorrelationSettings(
            correlation.bool("enabled", true),
            correlation.duration("linger", Duration.ofMillis(500), Duration.ZERO, HOUR),
            correlation.duration("idle", Duration.ofSeconds(30), tick, day),
            correlation.duration("max_age", Duration.ofSeconds(300), tick, day),
            correlation.duration("keep", Duration.ofSeconds(300), Duration.ZERO, day),
            all,
            // more would not travel between nodes in one piece
            correlation.size("max_trace_bytes", Math.min(MIB, all), 16 << 10, 2 * MIB));
    if (settings.maxTraceBytes() > all) {
      correlation.problem(
          "max_trace_bytes",
          settings.maxTraceBytes() + ": is more than max_bytes = " + all + ", that of all traces");
    }
    correlation.done();
    return settings;
  }

  /** The backends that are not disabled; a mistake is found again, and told once. */
  private static Set<String> enabled(YamlSection backends) {
    Set<String> enabled = new LinkedHashSet<>();
    for (String name : List.copyOf(backends.names())) {
      if (backends.section(name).bool("enabled", true)) {
        enabled.add(name);
      }
    }
    return enabled;
  }

  private Map<String, @Nullable BackendSettings> backends(
      YamlSection section, BackendReader reader, long total, List<String> buffered) {
    Map<String, @Nullable BackendSettings> backends = new LinkedHashMap<>();
    var names = List.copyOf(section.names());
    // buffers that the file does not name fit in any case: a file without the key is accepted.
    // They leave an eighth to what is on its way to them
    long all = (total - total / 8) / Math.max(1, buffered.size());
    long standard = Math.max(1 << 16, Math.min(16 * MIB, all));
    Map<Path, String> paths = new HashMap<>();
    Map<String, String> prefixes = new HashMap<>();
    Map<String, String> objects = new HashMap<>();
    for (String name : names) {
      var backend = reader.read(name, section.section(name), standard);
      backends.put(name, backend);
      if (backend == null) {
        continue;
      }
      if (backend.config() instanceof PrometheusSettings prometheus) {
        String other = prefixes.putIfAbsent(prometheus.prefix(), name);
        if (other != null) {
          section
              .section(name)
              .section("config")
              .problem("prefix", prometheus.prefix() + ": is that of backend \"" + other + "\"");
        }
      }
      if (backend.config() instanceof S3Settings s3) {
        String place = s3.bucket() + '/' + s3.prefix();
        String other = objects.putIfAbsent(s3.endpoint() + " " + place, name);
        if (other != null) {
          section
              .section(name)
              .section("config")
              .problem("bucket", place + ": backend \"" + other + "\" writes there");
        }
      }
      if (backend.config() instanceof FilesystemSettings files) {
        String other = paths.putIfAbsent(files.basePath(), name);
        if (other != null) {
          section
              .section(name)
              .section("config")
              .problem("base_path", files.basePath() + ": backend \"" + other + "\" writes there");
        }
      }
    }
    long sum = 0;
    for (String each : buffered) {
      var backend = backends.get(each);
      sum += backend == null ? 0 : backend.bufferBytes();
    }
    if (sum > total) {
      context.problem(
          section.node(),
          "backends",
          "the buffers have " + sum + " bytes in all, memory.total = " + total);
    }
    return backends;
  }

  private List<RuleSettings> rules(RuleReader reader, String path, @Nullable Node node) {
    if (node == null) {
      return List.of();
    }
    if (node instanceof SequenceNode list) {
      return reader.read(path, list.getValue());
    }
    context.problem(node, path, "must be a list of rules");
    return List.of();
  }

  private void warnOfDisabled(
      Map<String, List<RuleSettings>> routing,
      List<RuleSettings> global,
      Map<String, BackendSettings> backends) {
    Map<String, List<RuleSettings>> all = new LinkedHashMap<>();
    routing.forEach((source, rules) -> all.put("routing." + source, rules));
    all.put("global", global);
    all.forEach(
        (path, rules) -> {
          for (int i = 0; i < rules.size(); i++) {
            var backend = backends.get(rules.get(i).backend());
            if (rules.get(i).enabled() && backend != null && !backend.enabled()) {
              context.warning(
                  null,
                  path + '[' + i + ']',
                  "is skipped, backend \"" + backend.name() + "\" is disabled");
            }
          }
        });
  }

  /** Names of objects go by what is in a batch, which two targets make each for itself. */
  private void warnOfSharedObjects(
      Map<String, List<RuleSettings>> routing,
      List<RuleSettings> global,
      Map<String, BackendSettings> backends) {
    routing.forEach(
        (source, rules) -> {
          Map<String, Set<String>> targets = new LinkedHashMap<>();
          rules.forEach(each -> noteTarget(targets, "routing." + source, each));
          global.forEach(each -> noteTarget(targets, "global", each));
          targets.forEach(
              (name, ways) -> {
                var backend = backends.get(name);
                if (ways.size() > 1 && backend != null && backend.config() instanceof S3Settings) {
                  context.warning(
                      null,
                      "routing." + source,
                      "s3 backend \""
                          + name
                          + "\" is in several targets, "
                          + ways
                          + ": an object of one may replace an object of another");
                }
              });
        });
  }

  private static void noteTarget(Map<String, Set<String>> targets, String path, RuleSettings rule) {
    if (rule.enabled()) {
      targets
          .computeIfAbsent(rule.backend(), name -> new LinkedHashSet<>())
          .add(rule.failover() ? path + '/' + rule.group() : rule.backend());
    }
  }

  private static TelemetrySettings.Admin admin(YamlSection admin) {
    String host = admin.text("host", "127.0.0.1");
    String token = admin.text("token");
    boolean loopback = host.startsWith("127.") || LOOPBACK.contains(host);
    if (!loopback && (token == null || token.isEmpty())) {
      admin.problem(
          "host", Shown.value(host) + ": other machines reach it, admin.token must be set");
    }
    var settings =
        new TelemetrySettings.Admin(
            host, admin.port("port", 17001), token == null || token.isEmpty() ? null : token);
    admin.done();
    return settings;
  }

  private static TelemetrySettings.HotReload reload(YamlSection reload) {
    Duration tick = Duration.ofMillis(10);
    var settings =
        new TelemetrySettings.HotReload(
            reload.bool("enabled", true),
            reload.duration("watch_interval", Duration.ofSeconds(1), tick, HOUR),
            reload.duration("health_window", Duration.ofSeconds(10), Duration.ZERO, HOUR),
            reload.duration("drain_timeout", Duration.ofSeconds(30), Duration.ZERO, HOUR));
    reload.done();
    return settings;
  }

  private static TelemetrySettings.Tap tap(YamlSection tap) {
    var settings =
        new TelemetrySettings.Tap(
            tap.texts(
                "redact",
                List.of(
                    "password", "passwd", "secret", "token", "authorization", "api_key", "cookie")),
            tap.integer("max_clients", 8, 0, 1_000),
            tap.integer("max_rate", 1000, 1, 1_000_000));
    tap.done();
    return settings;
  }
}
