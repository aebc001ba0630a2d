package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.Durability;
import io.leasehold.config.access.AccountSettings;
import io.leasehold.config.cluster.Discovery;
import io.leasehold.config.http.DashboardSettings;
import io.leasehold.config.http.HttpSettings;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.config.log.LogFormat;
import io.leasehold.config.log.LogLevel;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReferenceTest {
  private static final String DEFAULTS =
      """
      data-dir = ./leasehold-data
      durability = durable
      partitions = 4
      lock.host = 127.0.0.1
      lock.port = 8765
      lock.max-connections = 20000
      lock.max-connections-per-address = 0
      lock.idle-timeout = 0s
      lock.request-timeout = 5s
      lock.drain-timeout = 10s
      lock.max-waiters = 10000
      lock.limits.max-locks = 100000
      lock.limits.max-memory-mb = 512
      lock.limits.warn-threshold = 0.8
      lock.limits.reject-requests = true
      lock.cleanup-interval = 5s
      lock.auth-required = false
      lock.api-keys = []
      lock.admin-api-keys = []
      lock.retry.enabled = true
      lock.retry.initial-delay = 100ms
      lock.retry.max-delay = 5s
      lock.retry.backoff-multiplier = 2.0
      lock.idle-linger = 1s
      lock.journal.snapshot-changes = 20000
      monitor.host = 127.0.0.1
      monitor.port = 9765
      monitor.debug-port = 9766
      metrics.enabled = true
      metrics.port = 0
      health.enabled = true
      health.max-age = 1s
      health.timeout = 2s
      health.max-threads = 10000
      health.heap-warn = 0.8
      health.heap-limit = 0.95
      health.dependencies = []
      log.level = info
      log.format = text
      log.file = ""
      log.requests = errors
      log.slow = 500ms
      database.url = ""
      database.user = ""
      database.password = ""
      database.migrate = true
      database.pool-size = 8
      database.connection-timeout = 3s
      remoting.host = 127.0.0.1
      remoting.port = 25520
      remoting.tls.certificate = ""
      remoting.tls.key = ""
      remoting.tls.authority = ""
      cluster.name = leasehold
      cluster.discovery = single
      cluster.contact-points = []
      cluster.required-contact-points = 2
      cluster.kubernetes-selector = app=leasehold
      cluster.app-version = ""
      management.host = 127.0.0.1
      management.port = 7626
      access.required = lock.auth-required
      access.keys = []
      http.host = 127.0.0.1
      http.port = 8080
      http.max-connections = 4096
      http.idle-timeout = 120s
      http.max-body = 8MiB
      http.cors.allowed-origins = [*]
      kv.shards = 64
      kv.max-shard-bytes = 64MiB
      kv.max-bytes = 0
      kv.request-timeout = 5s
      kv.read-lease = 1s
      kv.snapshot.changes = 5000
      kv.snapshot.bytes = 8MiB
      kv.fence.max-marks = 4096
      kv.fence.verify = none
      kv.watch.max-watchers = 1000
      kv.watch.history-events = 4096
      kv.watch.history-bytes = 1MiB
      kv.watch.buffer-events = 1000
      kv.watch.buffer-bytes = 4MiB
      kv.restore.max-bytes = 4GiB
      kv.rate-limit.rate = 0
      kv.rate-limit.burst = 0
      gateway.command-timeout = 5s
      gateway.batch-timeout = 30s
      gateway.max-body = 8MiB
      gateway.max-uri = 64KiB
      gateway.max-response = 64MiB
      gateway.max-commands = 10000
      gateway.rate-limit.default-rps = 100
      gateway.rate-limit.max-buckets = 100000
      gateway.rate-limit.idle = 60s
      gateway.rate-limit.lease = 200ms
      gateway.embedded.max-value = 1MiB
      gateway.embedded.max-key = 32KiB
      gateway.embedded.max-command = 1536KiB
      gateway.embedded.max-memory = 64MiB
      gateway.external.max-retry-attempts = 3
      gateway.external.retry-delay = 1s
      gateway.external.connections = 8
      gateway.external.allow-networks = []
      gateway.external.deny-networks = [169.254.0.0/16, fe80::/10]
      gateway.encryption-keys = []
      gateway.health-check-interval = 30s
      gateway.streams.enabled = true
      gateway.streams.max-per-key = 100
      gateway.streams.max-per-node = 10000
      gateway.streams.heartbeat = 15s
      gateway.trusted-proxies = []
      gateway.cors.allowed-origins = []
      gateway.jwt-secret = ""
      gateway.jwt-previous-secrets = []
      gateway.registration = open
      gateway.session-ttl = 24h
      gateway.bcrypt-cost = 10
      gateway.public-url = ""
      gateway.audit.retention = 90d
      resp.port = 0
      dashboard.enabled = true
      dashboard.interval = 2s
      telemetry.enabled = true
      telemetry.config-file = ""
      telemetry.data-dir = ""
      telemetry.host = ""
      telemetry.port = ""
      telemetry.admin-port = ""
      """;

  @Test
  void everyKeyOfTheTablesStandsThereWithItsDefault() {
    var found =
        Reference.load().keys().stream()
            .map(key -> key.path() + " = " + key.standardText() + "\n")
            .collect(Collectors.joining());

    assertThat(found).isEqualTo(DEFAULTS);
  }

  @Test
  void defaultsOfTheStoreBecomeTheRecords() {
    var settings = SettingsLoader.load(Sources.ofSets()).settings();

    assertThat(settings.http())
        .isEqualTo(
            new HttpSettings(
                "127.0.0.1",
                new Port(8080),
                4096,
                Duration.ofSeconds(120),
                8L << 20,
                List.of("*")));
    assertThat(settings.kv())
        .isEqualTo(
            new KvSettings(
                64,
                64L << 20,
                0,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                5000,
                8L << 20,
                new KvSettings.FenceSettings(4096, KvSettings.Verify.NONE),
                new KvSettings.WatchSettings(1000, 4096, 1L << 20, 1000, 4L << 20),
                4L << 30,
                new KvSettings.RateLimit(0, 0)));
    assertThat(settings.dashboard()).isEqualTo(new DashboardSettings(true, Duration.ofSeconds(2)));
  }

  @Test
  void defaultsOfTheAccountsBecomeTheRecord() {
    assertThat(SettingsLoader.load(Sources.ofSets()).settings().accounts())
        .isEqualTo(
            new AccountSettings(
                Secret.EMPTY,
                List.of(),
                AccountSettings.Registration.OPEN,
                Duration.ofHours(24),
                10,
                "",
                Duration.ofDays(90)));
  }

  @Test
  void defaultsBecomeTheRecords() {
    var settings = SettingsLoader.load(Sources.ofSets()).settings();

    assertThat(settings.dataDir()).isEqualTo(Path.of("leasehold-data").toAbsolutePath());
    assertThat(settings.durability()).isEqualTo(Durability.DURABLE);
    assertThat(settings.partitions()).isEqualTo(4);
    var lock = settings.lock();
    assertThat(lock.host()).isEqualTo("127.0.0.1");
    assertThat(lock.port()).isEqualTo(new Port(8765));
    assertThat(lock.maxConnections()).isEqualTo(20_000);
    assertThat(lock.maxConnectionsPerAddress()).isZero();
    assertThat(lock.idleTimeout()).isEqualTo(Duration.ZERO);
    assertThat(lock.requestTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(lock.drainTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(lock.maxWaiters()).isEqualTo(10_000);
    assertThat(lock.limits().maxLocks()).isEqualTo(100_000);
    assertThat(lock.limits().maxMemoryMb()).isEqualTo(512);
    assertThat(lock.limits().warnThreshold()).isEqualTo(0.8);
    assertThat(lock.limits().rejectRequests()).isTrue();
    assertThat(lock.cleanupInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(lock.authRequired()).isFalse();
    assertThat(lock.apiKeys()).isEmpty();
    assertThat(lock.adminApiKeys()).isEmpty();
    assertThat(lock.retry().enabled()).isTrue();
    assertThat(lock.retry().initialDelay()).isEqualTo(Duration.ofMillis(100));
    assertThat(lock.retry().maxDelay()).isEqualTo(Duration.ofSeconds(5));
    assertThat(lock.retry().backoffMultiplier()).isEqualTo(2.0);
    assertThat(lock.idleLinger()).isEqualTo(Duration.ofSeconds(1));
    assertThat(lock.journal().snapshotChanges()).isEqualTo(20_000);
    assertThat(settings.monitor().host()).isEqualTo("127.0.0.1");
    assertThat(settings.monitor().port()).isEqualTo(new Port(9765));
    assertThat(settings.monitor().debugPort()).isEqualTo(new Port(9766));
    assertThat(settings.metrics().enabled()).isTrue();
    assertThat(settings.metrics().port()).isEqualTo(Port.OFF);
    assertThat(settings.health().enabled()).isTrue();
    assertThat(settings.health().maxAge()).isEqualTo(Duration.ofSeconds(1));
    assertThat(settings.health().timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.health().maxThreads()).isEqualTo(10_000);
    assertThat(settings.health().heapWarn()).isEqualTo(0.8);
    assertThat(settings.health().heapLimit()).isEqualTo(0.95);
    assertThat(settings.health().dependencies()).isEmpty();
    assertThat(settings.log().level()).isEqualTo(LogLevel.INFO);
    assertThat(settings.log().format()).isEqualTo(LogFormat.TEXT);
    assertThat(settings.log().file()).isNull();
    assertThat(settings.database().isEmbedded()).isTrue();
    assertThat(settings.database().user()).isEmpty();
    assertThat(settings.database().password()).isEqualTo(Secret.EMPTY);
    assertThat(settings.database().migrate()).isTrue();
    assertThat(settings.database().poolSize()).isEqualTo(8);
    assertThat(settings.database().connectionTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.remoting().host()).isEqualTo("127.0.0.1");
    assertThat(settings.remoting().port()).isEqualTo(new Port(25_520));
    assertThat(settings.remoting().tls().isOn()).isFalse();
    assertThat(settings.cluster().name()).isEqualTo("leasehold");
    assertThat(settings.cluster().discovery()).isEqualTo(Discovery.SINGLE);
    assertThat(settings.cluster().isShared()).isFalse();
    assertThat(settings.cluster().contactPoints()).isEmpty();
    assertThat(settings.cluster().requiredContactPoints()).isEqualTo(2);
    assertThat(settings.cluster().kubernetesSelector()).isEqualTo("app=leasehold");
    assertThat(settings.cluster().appVersion()).isEmpty();
    assertThat(settings.management().host()).isEqualTo("127.0.0.1");
    assertThat(settings.management().port()).isEqualTo(new Port(7626));
    assertThat(settings.access().required()).isFalse();
    assertThat(settings.access().keys()).isEmpty();
  }

  @Test
  void defaultsAloneWarnOfNothing() {
    var loaded = SettingsLoader.load(Sources.ofSets());

    assertThat(loaded.warnings()).isEmpty();
    assertThat(loaded.infos()).isEmpty();
    assertThat(loaded.effective()).extracting(Origin::origin).containsOnly("default");
  }

  static List<KnownKey> keys() {
    return Reference.load().keys();
  }

  @TempDir Path directory;

  /** A key that no record reads would let any value pass. */
  @ParameterizedTest
  @MethodSource("keys")
  void everyKeyIsReadAndRefusesWhatItCannotBe(KnownKey key) {
    var wrong = key.isList() ? "[[]]" : "\u0000";

    if (List.of("database.user", "database.password", "gateway.jwt-secret").contains(key.path())) {
      assertThat(Problems.ofFile(directory, "a.conf", key.path() + " = []")).hasSize(1);
    } else {
      assertThat(Problems.ofSets(key.path() + "=" + wrong))
          .hasSize(1)
          .first()
          .asString()
          .startsWith(key.path());
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void everyKeyIsExplained(KnownKey key) {
    assertThat(key.meaning()).isNotBlank().endsWith(".");
  }

  @Test
  void noTwoKeysShareAnEnvironmentVariable() {
    assertThat(keys()).extracting(KnownKey::variable).doesNotHaveDuplicates();
    assertThat(keys()).extracting(KnownKey::variable).contains("LEASEHOLD_LOCK_LIMITS_MAX_LOCKS");
  }
}
