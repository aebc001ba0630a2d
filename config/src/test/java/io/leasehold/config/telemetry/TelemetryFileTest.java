package io.leasehold.config.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.leasehold.config.telemetry.BackendSettings.Overflow;
import io.leasehold.config.telemetry.TelemetrySettings.InternalEvents;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TelemetryFileTest {
  private static TelemetryFile read(String text) throws TelemetryFileException {
    return TelemetryFile.parse("sidecar.yaml", text, Map.of(), Map.of());
  }

  private static List<String> problems(String text) {
    var failure = catchThrowableOfType(TelemetryFileException.class, () -> read(text));
    assertThat(failure).as("it was accepted").isNotNull();
    return failure.problems().stream().map(each -> each.text("sidecar.yaml")).toList();
  }

  @Test
  void aFileOfMonitoringIsReadAsItIs() throws Exception {
    var settings =
        read("""
                tcp: {host: 0.0.0.0, port: 17000, max_connections: 200, read_timeout: 45}
                buffers: {flush_interval: 2, flush_batch_size: 50, max_queue_size: 1000, per_source_buffer: 10}
                backends:
                  filesystem: {type: filesystem, enabled: true, config: {base_path: /var/log/monitoring}}
                  off:
                    type: filesystem
                    enabled: no
                    config:
                      base_path: /var/log/other
                      rotate_daily: yes
                      rotate_size_mb: 5
                routing:
                  my-service:
                    - {backend: filesystem, enabled: true, priority: 1, filter: {types: [metric, event]}}
                  default: [{backend: filesystem}]
                """)
            .settings();

    assertThat(settings.tcp())
        .isEqualTo(
            new TelemetrySettings.Tcp(
                "0.0.0.0", new Port(17000), 200, Duration.ofSeconds(45), null, null));
    assertThat(settings.maxQueueSize()).isEqualTo(1000);
    assertThat(settings.backends().keySet()).containsExactly("filesystem", "off");
    var backend = settings.backends().get("filesystem");
    assertThat(backend.config()).isEqualTo(FilesystemSettings.at(Path.of("/var/log/monitoring")));
    assertThat(backend.batch().trigger()).isEqualTo(50);
    assertThat(backend.batch().linger()).isEqualTo(Duration.ofSeconds(2));
    assertThat(backend.bufferBytes()).isEqualTo(16 << 20);
    assertThat(backend.overflow()).isEqualTo(Overflow.BLOCK);
    assertThat(backend.whenDown()).isEqualTo(Overflow.DROP_OLDEST);
    assertThat(settings.backends().get("off").enabled()).isFalse();
    assertThat(settings.routing().get("my-service").get(0).filter().types())
        .containsExactly("metric", "event");
    assertThat(settings.routing().get("default").get(0).failover()).isFalse();
  }

  @Test
  void anEmptyFileHasTheDefaults() throws Exception {
    var settings = read("").settings();

    assertThat(settings.tcp())
        .isEqualTo(
            new TelemetrySettings.Tcp(
                "127.0.0.1", new Port(17000), 100, Duration.ofSeconds(30), null, null));
    assertThat(settings.memoryTotal()).isEqualTo(96 << 20);
    assertThat(settings.limits())
        .isEqualTo(
            new TelemetrySettings.Limits(Duration.ofSeconds(60), Duration.ofHours(24), 1000));
    assertThat(settings.admin())
        .isEqualTo(new TelemetrySettings.Admin("127.0.0.1", new Port(17001), null));
    assertThat(settings.tap().redact()).contains("password", "cookie").hasSize(7);
  }

  @Test
  void everyMistakeIsToldWithItsPlace() {
    assertThat(
            problems(
                """
                tcp: {port: 70000, prot: 1}
                backends:
                  timescaledb2: {type: filesystem, config: {base_path: /a}}
                  second: {type: filesystem, config: {base_path: /a/../a}}
                  third: {type: filesystem}
                  fourth: {type: cassandra}
                  fifth: {type: console, batch: {linger: soon}}
                routing:
                  queue-service:
                    - {backend: timescaledb}
                    - {backend: fifth, filter: {types: [metrics], sample: 2}}
                    - {backend: fifth, mode: failover, filter: {min_level: warn}}
                    - {backend: second, mode: failover}
                tcp: {}
                """))
        .containsExactly(
            "sidecar.yaml:1:13 tcp.port: 70000: must be 0 (off), auto or 1..65535",
            "sidecar.yaml:1:20 tcp.prot: unknown key; did you mean port?",
            "sidecar.yaml:4:50 backends.second.config.base_path: /a: backend \"timescaledb2\" writes there",
            "sidecar.yaml:5:10 backends.third.config.base_path: is missing",
            "sidecar.yaml:6:18 backends.fourth.type: cassandra: this release has the types filesystem, timescaledb, postgresql, s3, cloudwatch, prometheus, console",
            "sidecar.yaml:7:42 backends.fifth.batch.linger: soon: must be a duration of 1ms..1h",
            "sidecar.yaml:10:17 routing.queue-service[0].backend: unknown backend \"timescaledb\"; did you mean \"timescaledb2\"?",
            "sidecar.yaml:11:40 routing.queue-service[1].filter.types: metrics: must be event, metric, progress, resource, span, heartbeat, trace",
            "sidecar.yaml:11:59 routing.queue-service[1].filter.sample: 2: must be a number of 0..1",
            "sidecar.yaml:13:7 routing.queue-service[3].filter: must be equal for all rules of the chain \"main\", or what arrives would depend on what is down",
            "sidecar.yaml:14:1 tcp: duplicate key");
  }

  @Test
  void theLoginIsTakenOutOfAConnectionStringAndNeverShown() throws Exception {
    var backends =
        read("""
                backends:
                  pg: {type: timescaledb, config: {connection_string: 'postgresql://u:p%40+w:x@db1:5432,db2/metrics?sslmode=require&application_name=me'}}
                  jdbc: {type: postgresql, config: {connection_string: 'jdbc:postgresql://[::1]:5433/m?user=v&password=s3cret', table: mon.events, create: no, retention_days: 30, hypertable: off}}
                """)
            .settings()
            .backends();

    assertThat(backends.get("pg").config())
        .isEqualTo(
            new PostgresSettings(
                "db1:5432,db2/metrics",
                Map.of("sslmode", new Secret("require"), "ApplicationName", new Secret("me")),
                "u",
                new Secret("p@+w:x"),
                "",
                "monitoring_events",
                true,
                0,
                true,
                true));
    assertThat(backends.get("jdbc").config())
        .isEqualTo(
            new PostgresSettings(
                "[::1]:5433/m",
                Map.of(),
                "v",
                new Secret("s3cret"),
                "mon",
                "events",
                false,
                30,
                false,
                false));
    assertThat(backends.get("pg").batch().maxBytes()).isEqualTo(4 << 20);
    assertThat(backends.toString()).doesNotContain("p@+w", "s3cret");
  }

  @Test
  void aConnectionStringThatIsWrongIsNotQuoted() {
    assertThat(
            problems(
                """
                backends:
                  a: {type: postgresql, config: {connection_string: 'mysql://u:s3cret@h/d'}}
                  b: {type: postgresql, config: {connection_string: 'postgresql://u:s3cret%zz@h/d', table: 'Events;'}}
                  c: {type: timescaledb}
                """))
        .containsExactly(
            "sidecar.yaml:2:53 backends.a.config.connection_string: must be postgresql://user:password@host:port/database?sslmode=... or the same with jdbc: in front",
            "sidecar.yaml:3:53 backends.b.config.connection_string: a % must be followed by two hexadecimal digits",
            "sidecar.yaml:3:92 backends.b.config.table: must be a name of a-z 0-9 _, at most 50 characters, or schema.name",
            "sidecar.yaml:4:6 backends.c.config.connection_string: is missing");
  }

  @Test
  void whatIsGivenOfS3AndCloudwatchIsTakenAndTheRestHasItsDefaults() throws Exception {
    var backends =
        read("""
                buffers: {flush_interval: 2, flush_batch_size: 50}
                backends:
                  s3: {type: s3, config: {bucket: my-logs}}
                  own: {type: s3, config: {bucket: b_1, prefix: a/b/, region: eu-west-1, endpoint: 'http://127.0.0.1:9000', path_style: yes, gzip: no}, batch: {max_bytes: 512KiB, linger: 5s}}
                  cw: {type: cloudwatch, config: {log_group: /app/x}}
                  cw2: {type: cloudwatch, config: {log_group: g, log_stream: 'n-{source}', region: r-1, endpoint: 'https://logs', create: no}}
                """)
            .settings()
            .backends();

    assertThat(backends.get("s3").config())
        .isEqualTo(new S3Settings("my-logs", "", "", null, false, true));
    var batch = backends.get("s3").batch();
    assertThat(batch.triggerBytes()).isEqualTo(8 << 20);
    assertThat(batch.maxBytes()).isEqualTo(8 << 20);
    assertThat(batch.trigger()).isEqualTo(1_000_000);
    assertThat(batch.linger()).isEqualTo(Duration.ofMinutes(1));
    assertThat(batch.concurrency()).isEqualTo(4);
    assertThat(backends.get("own").config())
        .isEqualTo(
            new S3Settings(
                "b_1", "a/b/", "eu-west-1", URI.create("http://127.0.0.1:9000"), true, false));
    assertThat(backends.get("own").batch().maxBytes()).isEqualTo(512 << 10);
    assertThat(backends.get("cw").config())
        .isEqualTo(new CloudwatchSettings("/app/x", "{source}", "", null, true));
    assertThat(backends.get("cw").batch())
        .isEqualTo(
            new BackendSettings.Batching(
                50,
                Long.MAX_VALUE,
                Duration.ofSeconds(2),
                10_000,
                1 << 20,
                Duration.ofSeconds(10),
                1));
    assertThat(backends.get("cw2").config())
        .isEqualTo(
            new CloudwatchSettings("g", "n-{source}", "r-1", URI.create("https://logs"), false));
  }

  @Test
  void mistakesOfS3AndCloudwatchAreTold() {
    assertThat(
            problems(
                """
                backends:
                  a: {type: s3, buffer: 64KiB}
                  b: {type: s3, config: {bucket: 'x/y', prefix: /p, region: 'Frankfurt!', endpoint: 'http://u:s3cret@h'}}
                  c: {type: s3, config: {bucket: logs, prefix: p/}, batch: {max_bytes: 64KiB, max_messages: 10}}
                  d: {type: s3, config: {bucket: logs, prefix: p/, access_key: x}}
                  e: {type: cloudwatch, config: {log_group: 'a b', log_stream: ''}}
                  f: {type: cloudwatch}
                """))
        .containsExactly(
            "sidecar.yaml:2:6 backends.a.config.bucket: is missing",
            "sidecar.yaml:2:25 backends.a.buffer: 64KiB: must be a size of 1048576..17179869184 bytes, such as 64KiB, 10MiB",
            "sidecar.yaml:3:34 backends.b.config.bucket: x/y: is no name of a bucket",
            "sidecar.yaml:3:49 backends.b.config.prefix: /p: must have at most 512 bytes and not begin with a slash",
            "sidecar.yaml:3:61 backends.b.config.region: Frankfurt!: is no region, write eu-central-1",
            "sidecar.yaml:3:85 backends.b.config.endpoint: must be http://host:port or https://host:port, without user and password",
            "sidecar.yaml:4:72 backends.c.batch.max_bytes: 64KiB: must be a size of 524288..1073741824 bytes, such as 64KiB, 10MiB",
            "sidecar.yaml:4:93 backends.c.batch.max_messages: 10: must be a whole number of 10000..1000000",
            "sidecar.yaml:5:34 backends.d.config.bucket: logs/p/: backend \"c\" writes there",
            "sidecar.yaml:5:52 backends.d.config.access_key: unknown key; the nearest known key is bucket",
            "sidecar.yaml:6:45 backends.e.config.log_group: a b: must be 1..512 of A-Z a-z 0-9 _ / . # -",
            "sidecar.yaml:6:64 backends.e.config.log_stream: must not be empty",
            "sidecar.yaml:7:6 backends.f.config.log_group: is missing");
  }

  @Test
  void anS3BackendInTwoTargetsOfOneSourceIsWarnedOf() throws Exception {
    var file =
        read(
            """
                backends: {o: {type: s3, config: {bucket: logs}}, f: {type: filesystem, config: {base_path: /a}}}
                routing:
                  a: [{backend: o}, {backend: f}]
                  b: [{backend: f, mode: failover}, {backend: o, mode: failover}]
                global: [{backend: o}, {backend: f, filter: {types: [event]}}]
                """);

    assertThat(file.warnings().stream().map(each -> each.text("x")))
        .singleElement()
        .asString()
        .contains("routing.b", "s3 backend \"o\" is in several targets");
  }

  @Test
  void brokenYamlIsToldWithItsPlace() {
    assertThat(problems("tcp: {port: 1\nbackends: ["))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("sidecar.yaml:2:")
        .contains("is no YAML");
  }

  @Test
  void withoutAFileEverySourceGoesToFiles() throws Exception {
    Path files = Path.of("/data/${odd}/files"); // a path is no text with variables in it

    var read = TelemetryFileSource.toFilesBelow(files, Map.of("admin.port", "auto")).read();

    var settings = read.settings();
    assertThat(read.warnings()).isEmpty();
    assertThat(settings.tcp().host()).isEqualTo("127.0.0.1");
    assertThat(settings.tcp().port()).isEqualTo(new Port(17_000));
    assertThat(settings.admin().host()).isEqualTo("127.0.0.1");
    assertThat(settings.admin().port()).isEqualTo(Port.AUTO);
    assertThat(settings.backends()).containsOnlyKeys("filesystem");
    assertThat(settings.backends().get("filesystem").config())
        .as("nobody looks after them: they must not fill a disk")
        .isEqualTo(
            new FilesystemSettings(
                files, true, 100, ZoneId.of("UTC"), false, Duration.ofSeconds(1), false, 1024, 14));
    assertThat(settings.routing()).containsOnlyKeys("default");
    assertThat(settings.routing().get("default"))
        .extracting(RuleSettings::backend)
        .containsExactly("filesystem");
    assertThat(settings.global()).isEmpty();
  }

  @Test
  void variablesWithGeneralNamesEndNoServerThatHasNoFile() throws Exception {
    var strangers = Map.of("MAX_CONNECTIONS", "0", "SIDECAR_PORT", "tcp://10.0.0.7:17000");
    var base = Map.of("backends.filesystem.config.base_path", "/data/files");

    var settings = new TelemetryFileSource(null, strangers, base).read().settings();

    assertThat(settings.tcp().port()).isEqualTo(new Port(17_000));
    assertThat(settings.tcp().maxConnections()).isEqualTo(100);
  }

  @Test
  void theEnvironmentIsPutIn() throws Exception {
    var file =
        TelemetryFile.parse(
            "f",
            "tcp: {host: '${HOST}', port: \"${PORT:-9}\", read_timeout: 500ms}\n"
                + "backends: {a: {type: filesystem, config: {base_path: '/x/${NODE:-n}/y'}}}",
            Map.of("HOST", "h", "SIDECAR_PORT", "7", "MAX_CONNECTIONS", "3"),
            Map.of("tcp.host", "127.0.0.9"));

    assertThat(file.settings().tcp())
        .isEqualTo(
            new TelemetrySettings.Tcp(
                "127.0.0.9", new Port(7), 3, Duration.ofMillis(500), null, null));
    assertThat(file.settings().backends().get("a").config())
        .isEqualTo(FilesystemSettings.at(Path.of("/x/n/y")));
    assertThat(problems("tcp: {host: '${NOBODY}'}"))
        .containsExactly(
            "sidecar.yaml:1:13 tcp.host: ${NOBODY}: not set in the environment, and without a default");
  }

  @Test
  void anOpenAdminPortNeedsAToken() throws Exception {
    assertThat(problems("admin: {host: 0.0.0.0}"))
        .containsExactly(
            "sidecar.yaml:1:15 admin.host: 0.0.0.0: other machines reach it, admin.token must be set");
    assertThat(read("admin: {host: 0.0.0.0, token: x}").settings().admin().token()).isEqualTo("x");
  }

  @Test
  void buffersFitIntoTheMemory() throws Exception {
    String backends = "memory: {total: 8MiB}\nbackends: {a: {type: console%s}, b: {type: console}}";

    assertThat(problems(String.format(backends, ", buffer: 5MiB")))
        .containsExactly(
            "sidecar.yaml:2:11 backends: the buffers have 8912896 bytes in all,"
                + " memory.total = 8388608");
    assertThat(read(String.format(backends, "")).settings().backends().get("a").bufferBytes())
        .as("half of what is left when an eighth is kept for what is on its way to them")
        .isEqualTo((8 << 20) / 8 * 7 / 2);
  }

  @Test
  void aChainHasABufferOfItsOwnInTheMemory() throws Exception {
    String file =
        """
        memory: {total: 8MiB}
        backends: {a: {type: console, buffer: %1$s}, b: {type: console, buffer: 1MiB}}
        routing:
          x: [{backend: b, mode: failover, priority: 2}, {backend: a, mode: failover, priority: 1}]
          default: [{backend: a}%2$s]
        """;

    assertThat(problems(String.format(file, "4MiB", ", {backend: b}")))
        .containsExactly(
            "sidecar.yaml:2:11 backends: the buffers have 9437184 bytes in all,"
                + " memory.total = 8388608");
    read(String.format(file, "4MiB", "")); // b is in the chain alone
    read(String.format(file, "3MiB", ", {backend: b}"));
    assertThat(read(String.format(file, "null", "")).settings().backends().get("a").bufferBytes())
        .as("two buffers")
        .isEqualTo((8 << 20) / 8 * 7 / 2);
  }

  @Test
  void aBackendThatIsDisabledTakesNothingOfTheMemory() throws Exception {
    String file =
        """
        memory: {total: 8MiB}
        backends:
          a: {type: console, buffer: 5MiB, enabled: false}
          b: {type: console, buffer: 5MiB}
          c: {type: console%s}
        routing:
          default: [{backend: a}, {backend: a, mode: failover}, {backend: c}]
          x: [{backend: a, mode: failover, priority: 1}, {backend: c, mode: failover, priority: 2}]
        """;

    assertThat(read(String.format(file, ", buffer: 1MiB")).settings().backends()).hasSize(3);
    assertThat(problems(String.format(file, ", buffer: 2MiB")))
        .as("b, c, and the chain of x, which begins with c")
        .containsExactly(
            "sidecar.yaml:3:3 backends: the buffers have 9437184 bytes in all,"
                + " memory.total = 8388608");
  }

  @Test
  void whatHasNoEffectIsSaid() throws Exception {
    var warnings =
        read("""
                buffers: {per_source_buffer: 5}
                backends: {a: {type: console, enabled: false}}
                routing: {default: [{backend: a}]}
                auth: {}
                """)
            .warnings();

    assertThat(warnings.stream().map(each -> each.text("f")))
        .containsExactly(
            "f routing.default[0]: is skipped, backend \"a\" is disabled",
            "f:1:30 buffers.per_source_buffer: has no effect: buffers belong to targets");
  }

  @Test
  void whatTheProcessSaysOfItselfHasThreeWords() throws Exception {
    assertThat(read("").settings().internalEvents()).isEqualTo(InternalEvents.WARN);
    assertThat(read("internal_events: off").settings().internalEvents())
        .isEqualTo(InternalEvents.OFF);
    assertThat(read("internal_events: all").settings().internalEvents())
        .isEqualTo(InternalEvents.ALL);
    assertThat(problems("internal_events: info"))
        .containsExactly("sidecar.yaml:1:18 internal_events: info: must be off, warn, all");
    assertThat(EffectiveConfig.json(read("").settings())).contains("\"internal_events\":\"warn\"");
  }

  @Test
  void theSpoolIsReadWithItsDefaults() throws Exception {
    assertThat(read("").settings().spool())
        .isEqualTo(
            new SpoolSettings(
                SpoolSettings.Use.ACKED,
                null,
                2L << 30,
                512L << 20,
                SpoolSettings.WhenFull.DROP_OLDEST));
    assertThat(
            read("spool: {use: off, dir: /x/y, max_bytes: 5MiB, min_free: 0, when_full: block}")
                .settings()
                .spool())
        .isEqualTo(
            new SpoolSettings(
                SpoolSettings.Use.OFF, Path.of("/x/y"), 5 << 20, 0, SpoolSettings.WhenFull.BLOCK));
    assertThat(read("spool: {when_full: drop_lowest_priority}").settings().spool().whenFull())
        .isEqualTo(SpoolSettings.WhenFull.DROP_LOWEST_PRIORITY);
    assertThat(problems("spool: {use: sometimes, when_full: drop_newest, max_byte: 1}"))
        .containsExactly(
            "sidecar.yaml:1:14 spool.use: sometimes: must be acked, always, off",
            "sidecar.yaml:1:36 spool.when_full: drop_newest: must be drop_oldest,"
                + " drop_lowest_priority, block",
            "sidecar.yaml:1:49 spool.max_byte: unknown key; did you mean max_bytes?");
  }

  @Test
  void theBoundsOfTracesAreReadWithTheirDefaults() throws Exception {
    assertThat(read("").settings().correlation())
        .isEqualTo(
            new CorrelationSettings(
                true,
                Duration.ofMillis(500),
                Duration.ofSeconds(30),
                Duration.ofSeconds(300),
                Duration.ofSeconds(300),
                24 << 20,
                1 << 20));
    assertThat(
            read("correlation: {enabled: off, linger: 0, idle: 5, max_age: 1m, keep: 0,"
                    + " max_bytes: 1MiB, max_trace_bytes: 64KiB}")
                .settings()
                .correlation())
        .isEqualTo(
            new CorrelationSettings(
                false,
                Duration.ZERO,
                Duration.ofSeconds(5),
                Duration.ofMinutes(1),
                Duration.ZERO,
                1 << 20,
                64 << 10));
    assertThat(
            problems("correlation: {max_bytes: 1MiB, max_trace_bytes: 2MiB, idle: 0, lingers: 1s}"))
        .containsExactly(
            "sidecar.yaml:1:49 correlation.max_trace_bytes: 2097152: is more than"
                + " max_bytes = 1048576, that of all traces",
            "sidecar.yaml:1:61 correlation.idle: 0: must be a duration of 10ms..1d",
            "sidecar.yaml:1:64 correlation.lingers: unknown key; did you mean linger?");
    var one = read("").settings();
    assertThat(SettingsDiff.changes(one, read("correlation: {keep: 1}").settings()))
        .containsExactly("correlation");
  }

  @Test
  void seriesHaveNamesOfTheirOwn() throws Exception {
    assertThat(
            read("backends: {p: {type: prometheus, config: {counters: [a, b*], ttl: 1m}}}")
                .settings()
                .backends()
                .get("p")
                .config())
        .isEqualTo(
            new PrometheusSettings(
                "app_", List.of("a", "b*"), List.of(), 10_000, 2_000, Duration.ofMinutes(1)));
    assertThat(
            problems(
                """
                backends:
                  a: {type: prometheus, config: {prefix: sidecar_x}}
                  b: {type: prometheus, config: {prefix: 9}}
                  c: {type: prometheus}
                  d: {type: prometheus}
                """))
        .containsExactly(
            "sidecar.yaml:2:42 backends.a.config.prefix: sidecar_x: must be"
                + " [a-zA-Z_][a-zA-Z0-9_]*, and none of sidecar_, leasehold_, jvm_, process_",
            "sidecar.yaml:3:42 backends.b.config.prefix: 9: must be"
                + " [a-zA-Z_][a-zA-Z0-9_]*, and none of sidecar_, leasehold_, jvm_, process_",
            "sidecar.yaml:5:6 backends.d.config.prefix: app_: is that of backend \"c\"");
  }

  @Test
  void retryingMayHaveABound() throws Exception {
    var backend =
        read("""
                backends:
                  a: {type: console, retry: {max_attempts: 5, max_age: 2m}, dead_letter: {max_bytes: 1MiB}}
                """)
            .settings()
            .backends()
            .get("a");

    assertThat(backend.retry().maxAttempts()).isEqualTo(5);
    assertThat(backend.retry().maxAge()).isEqualTo(Duration.ofMinutes(2));
    assertThat(backend.deadLetterMaxBytes()).isEqualTo(1 << 20);
  }

  @Test
  void fixturesAreMessagesAndWhatBecomesOfThem() throws Exception {
    var tests =
        read("""
                tests:
                  - name: an error
                    input: {src: billing, type: event, data: {level: error, n: 4.20, s: "7", y: yes,
                            t: true, z: ~, a: [1, "x\\ty"], m: {}}}
                    expect: {targets: [pg, alerts], message: {alerts: {data.ctx.password: "***", tid: null}}}
                  - {name: debug, input: {src: 1}, expect: {dropped: filtered}}
                """)
            .tests();

    assertThat(tests)
        .containsExactly(
            new FixtureSettings(
                "an error",
                "{\"src\":\"billing\",\"type\":\"event\",\"data\":{\"level\":\"error\","
                    + "\"n\":4.20,\"s\":\"7\",\"y\":\"yes\",\"t\":true,\"z\":null,"
                    + "\"a\":[1,\"x\\u0009y\"],\"m\":{}}}",
                null,
                List.of("pg", "alerts"),
                Map.of("alerts", Map.of("data.ctx.password", "\"***\"", "tid", "null"))),
            new FixtureSettings("debug", "{\"src\":1}", "filtered", null, Map.of()));
  }

  @Test
  void brokenFixturesAreToldWithTheirPlace() {
    assertThat(
            problems(
                """
                tests:
                  - {name: a, input: x, expect: {dropped: b, targets: []}}
                  - {name: b, input: {}, expect: {target: [c]}}
                  - {name: c, input: &c {d: *c}, expect: {dropped: e}}
                """))
        .containsExactly(
            "sidecar.yaml:2:22 tests[0].input: must be a message,"
                + " such as {src: a, type: event, data: {}}",
            "sidecar.yaml:2:33 tests[0].expect: must have either dropped,"
                + " or targets, message or both",
            "sidecar.yaml:3:34 tests[1].expect: must have either dropped,"
                + " or targets, message or both",
            "sidecar.yaml:3:35 tests[1].expect.target: unknown key; did you mean targets?",
            "sidecar.yaml:4:22 tests[2].input: has more than 131072 characters or a depth of 80");
  }

  @Test
  void aFileThatIsNestedTooDeeplyIsRefusedAtThePlaceWhereItIs() {
    assertThat(problems("backends: " + "[".repeat(30_000)))
        .containsExactly("sidecar.yaml:1:110: is nested more than 100 deep");
    assertThat(problems("tests:\n" + "- ".repeat(30_000)))
        .containsExactly("sidecar.yaml:2:199: is nested more than 100 deep");
  }

  @Test
  void whatNeedsADayInTheNamesOfFilesHasNoEffectWithoutOne() throws Exception {
    var file =
        read(
            """
            backends:
              a:
                type: filesystem
                config: {base_path: /a, rotate_daily: false, gzip: true, retention_days: 7}
            routing: {default: [{backend: a}]}
            """);

    assertThat(file.warnings())
        .extracting(each -> each.path() + ": " + each.why())
        .containsExactly(
            "backends.a.config.gzip: has no effect with rotate_daily: false,"
                + " no file is ever finished",
            "backends.a.config.retention_days: has no effect with rotate_daily: false,"
                + " files have no day");
  }

  @Test
  void aVariableOfTheEnvironmentThatIsWrongIsNamed() {
    var failure =
        catchThrowableOfType(
            TelemetryFileException.class,
            () ->
                TelemetryFile.parse(
                    "f",
                    "tcp: {port: 17000}",
                    Map.of("SIDECAR_PORT", "abc", "MAX_CONNECTIONS", "-5", "SIDECAR_API_PORT", "x"),
                    Map.of("admin.port", "99999")));

    assertThat(failure.problems().stream().map(each -> each.text("f")))
        .containsExactlyInAnyOrder(
            "f SIDECAR_PORT (tcp.port): abc: must be 0 (off), auto or 1..65535",
            "f MAX_CONNECTIONS (tcp.max_connections): -5: must be a whole number of 1..1000000",
            "f admin.port: 99999: must be 0 (off), auto or 1..65535");
  }
}
