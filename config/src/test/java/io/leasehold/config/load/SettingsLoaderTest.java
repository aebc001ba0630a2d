package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.config.Durability;
import io.leasehold.config.Port;
import io.leasehold.config.Settings;
import io.leasehold.config.access.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class SettingsLoaderTest {
  @TempDir Path dir;

  private static Loaded load(Path file, Map<String, String> environment, String... sets)
      throws ConfigurationException {
    return SettingsLoader.load(new SettingsLoader.Sources(file, environment, Arrays.asList(sets)));
  }

  private Path file(String name, String text) throws Exception {
    return Files.writeString(dir.resolve(name), text);
  }

  private static List<String> problems(Path file, Map<String, String> environment, String... sets) {
    try {
      load(file, environment, sets);
      return List.of();
    } catch (ConfigurationException e) {
      return e.problems();
    }
  }

  @Test
  void withoutAnythingTheDefaultsHold() throws Exception {
    Settings settings = load(null, Map.of()).settings();
    assertThat(settings.durability()).isEqualTo(Durability.DURABLE);
    assertThat(settings.partitions()).isEqualTo(4);
    assertThat(settings.dataDir()).isAbsolute().endsWithRaw(Path.of("leasehold-data"));
    assertThat(settings.lock().host()).isEqualTo("127.0.0.1");
    assertThat(settings.lock().port()).isEqualTo(new Port(8765, false));
    assertThat(settings.lock().maxConnections()).isEqualTo(20_000);
    assertThat(settings.lock().idleTimeout()).isEqualTo(Duration.ZERO);
    assertThat(settings.lock().requestTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.lock().drainTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.lock().maxWaiters()).isEqualTo(10_000);
    assertThat(settings.lock().limits().maxLocks()).isEqualTo(100_000);
    assertThat(settings.lock().limits().maxMemoryMb()).isEqualTo(512);
    assertThat(settings.lock().limits().warnThreshold()).isEqualTo(0.8);
    assertThat(settings.lock().limits().rejectRequests()).isTrue();
    assertThat(settings.lock().cleanupInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.lock().authRequired()).isFalse();
    assertThat(settings.monitor().port()).isEqualTo(new Port(9765, false));
    assertThat(settings.monitor().debugPort()).isEqualTo(new Port(9766, false));
    assertThat(settings.remotingPort()).isEqualTo(new Port(25520, false));
    assertThat(settings.database().isEmbedded()).isTrue();
    assertThat(settings.clusterName()).isEqualTo("leasehold");
  }

  @Test
  void fileThenEnvironmentThenCommandLineWins() throws Exception {
    Path file =
        file("a.conf", "leasehold.lock { port = 1, max-waiters = 2, request-timeout = 1s }");
    Loaded loaded =
        load(
            file,
            Map.of("LEASEHOLD_LOCK_PORT", "3", "LEASEHOLD_LOCK_MAX_WAITERS", "4", "PATH", "/bin"),
            "lock.port=5");
    assertThat(loaded.settings().lock().port()).isEqualTo(new Port(5, false));
    assertThat(loaded.settings().lock().maxWaiters()).isEqualTo(4);
    assertThat(loaded.settings().lock().requestTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(loaded.values())
        .contains(
            new Loaded.Effective("lock.port", "5", "--set"),
            new Loaded.Effective("lock.max-waiters", "4", "environment LEASEHOLD_LOCK_MAX_WAITERS"),
            new Loaded.Effective("lock.request-timeout", "1s", "a.conf: 1"),
            new Loaded.Effective("lock.max-connections", "20000", "default"));
  }

  @TestFactory
  Stream<DynamicTest> everyMistakeIsNamed() {
    String[][] rows = {
      {"lock.port=70000", "lock.port = 70000: must be 0 (off), 1..65535 or auto"},
      {"lock.port=x", "lock.port = x: must be 0 (off), 1..65535 or auto"},
      {"lock.max-waiters=-1", "lock.max-waiters = -1: must be a whole number, 0 or more"},
      {"lock.max-waiters=1.5", "lock.max-waiters = 1.5: must be a whole number, 0 or more"},
      {"partitions=257", "partitions = 257: must be a whole number from 1 to 256"},
      {"durability=both", "durability = both: must be durable or memory"},
      {
        "lock.request-timeout=1m1s",
        "lock.request-timeout = 1m1s: must be a duration from 100ms to 60s, such as 500ms or 5s"
      },
      {
        "lock.limits.warn-threshold=0",
        "lock.limits.warn-threshold = 0: must be a number above 0 up to 1"
      },
      {"metrics.enabled=perhaps", "metrics.enabled = perhaps: must be true or false"},
      {"lock.host=", "lock.host = : must not be empty"},
      {"log.level=loud", "log.level = loud: must be trace, debug, info, warn or error"},
      {
        "lock.auth-required=true",
        "lock.auth-required = true: needs a key in lock.api-keys or lock.admin-api-keys, otherwise nobody could use the server"
      },
      {"monitor.port=8765", "monitor.port = 8765: is the same as lock.port"},
      {
        "database.url=jdbc:mysql://x",
        "database.url = jdbc:mysql://x: must begin with jdbc:postgresql:, or be empty for the embedded database"
      },
      {"lok.port=1", "lok.port (--set): unknown key; did you mean lock.port?"},
      {
        "lock.max-conections=1",
        "lock.max-conections (--set): unknown key; did you mean lock.max-connections?"
      },
      {"quite-something-else-altogether=1", "quite-something-else-altogether (--set): unknown key"},
      {"nonsense", "--set nonsense: must be KEY=VALUE"},
    };
    return Arrays.stream(rows)
        .map(
            row ->
                DynamicTest.dynamicTest(
                    row[0],
                    () -> assertThat(problems(null, Map.of(), row[0])).containsExactly(row[1])));
  }

  @Test
  void allMistakesAreFoundAtOnce() {
    assertThat(
            problems(
                null,
                Map.of("LEASEHOLD_LOCK_PROT", "1"),
                "lock.port=-1",
                "partitions=0",
                "leasehold.lock.hots=x"))
        .containsExactlyInAnyOrder(
            "LEASEHOLD_LOCK_PROT (environment): unknown key; did you mean LEASEHOLD_LOCK_PORT?",
            "lock.hots (--set): unknown key; did you mean lock.host?",
            "lock.port = -1: must be 0 (off), 1..65535 or auto",
            "partitions = 0: must be a whole number from 1 to 256");
  }

  @Test
  void anUnknownKeyOfAFileIsNamedWithItsLine() throws Exception {
    Path file = file("b.conf", "leasehold {\n  lock {\n    max-conections = 7\n  }\n}\n");
    assertThat(problems(file, Map.of()))
        .containsExactly(
            "lock.max-conections (b.conf: 3): unknown key; did you mean lock.max-connections?");
  }

  @Test
  void theForeignDialectsAreRead() throws Exception {
    Path nested =
        file(
            "n.json",
            """
            { // a comment
              "server": {"host": "0.0.0.0", "port": 8777, "max_connections": 1000, "timeout": 30},
              "limits": {"max_locks": 250000, "max_memory_mb": 1024, "warn_threshold": 0.7,
                         "reject_requests": false},
              "cleanup": {"interval": "7s"}, /* more */
              "security": {"auth_required": true, "api_keys": ["%s"], "cache_ttl_seconds": 5},
              "monitoring": {"metrics_enabled": false, "health_checks_enabled": false},
              "pool": {"size": 3}, "port": 1
            }
            """
                .formatted("k".repeat(32)));
    Loaded loaded = load(nested, Map.of());
    Settings settings = loaded.settings();
    assertThat(settings.lock().host()).isEqualTo("0.0.0.0");
    assertThat(settings.monitor().host()).isEqualTo("0.0.0.0");
    assertThat(settings.lock().port()).as("nested wins").isEqualTo(new Port(8777, false));
    assertThat(settings.lock().maxConnections()).isEqualTo(1_000);
    assertThat(settings.lock().idleTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.lock().limits().maxLocks()).isEqualTo(250_000);
    assertThat(settings.lock().limits().rejectRequests()).isFalse();
    assertThat(settings.lock().cleanupInterval()).isEqualTo(Duration.ofSeconds(7));
    assertThat(settings.lock().authRequired()).isTrue();
    assertThat(settings.lock().apiKeys()).containsExactly(new Secret("k".repeat(32)));
    assertThat(settings.metricsEnabled()).isFalse();
    assertThat(settings.health().enabled()).isFalse();
    assertThat(loaded.notes())
        .hasSize(2)
        .allMatch(note -> note.endsWith("): read, without effect"));

    Path flat =
        file("f.json", "{\"host\":\"127.0.0.2\",\"port\":9,\"http_port\":0,\"debug_port\":0}");
    assertThat(load(flat, Map.of()).settings().monitor().port().isOn()).isFalse();
    Path wrong = file("w.json", "{\"max_conections\":9}");
    assertThat(problems(wrong, Map.of()))
        .containsExactly("max_conections (w.json: 1): unknown key; did you mean max_connections?");
  }

  @Test
  void secretsAreReadFromFilesAndNeverShown() throws Exception {
    Path secret = file("key", "super-secret-key-of-more-than-32-chars\n");
    Loaded loaded =
        load(
            null,
            Map.of("LEASEHOLD_DATABASE_PASSWORD", "hunter2"),
            "lock.api-keys=file:" + secret + ",another-secret");
    assertThat(loaded.settings().lock().apiKeys())
        .containsExactly(
            new Secret("super-secret-key-of-more-than-32-chars"), new Secret("another-secret"));
    assertThat(loaded.table() + loaded.settings() + loaded.warnings())
        .doesNotContain("super-secret", "another-secret", "hunter2")
        .contains("[2 x ***]");
    assertThat(loaded.warnings()).anyMatch(warning -> warning.contains("fewer than 32"));
    assertThat(problems(null, Map.of(), "lock.api-keys=file:" + dir.resolve("none")))
        .singleElement()
        .asString()
        .endsWith("file cannot be read (NoSuchFileException)");
  }

  @Test
  void aDoorThatIsOpenToOthersWithoutAKeyIsWarnedOf() throws Exception {
    assertThat(load(null, Map.of(), "lock.host=0.0.0.0").warnings())
        .containsExactly(
            "lock.host = 0.0.0.0: reachable from other machines without authentication; set lock.auth-required");
  }

  @Test
  void filesThatCannotBeReadAreNamed() throws Exception {
    assertThat(problems(dir.resolve("none.conf"), Map.of()))
        .singleElement()
        .asString()
        .endsWith("none.conf: file cannot be read");
    assertThat(problems(file("c.conf", "leasehold { lock { port = "), Map.of()))
        .singleElement()
        .asString()
        .startsWith("--config c.conf: ");
  }

  @Test
  void garbageOnlyEverEndsInAnAnswer() throws Exception {
    var random = new Random(3);
    String alphabet = "{}[]\"=:,.\\$ \nleaseholdockprt0123456789/#*";
    for (int i = 0; i < 500; i++) {
      var text = new StringBuilder();
      for (int j = random.nextInt(60); j > 0; j--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Path file = file(i % 2 == 0 ? "g.conf" : "g.json", text.toString());
      problems(file, Map.of()); // a ConfigurationException at most
    }
    assertThatThrownBy(() -> load(file("h.conf", "leasehold = 1"), Map.of()))
        .isInstanceOf(ConfigurationException.class);
  }
}
