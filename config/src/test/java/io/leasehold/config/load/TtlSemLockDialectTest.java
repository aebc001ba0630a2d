package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.Settings;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Secret;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TtlSemLockDialectTest {
  private static final String KEY = "k".repeat(32);

  @TempDir Path directory;

  @Test
  void flat() {
    var settings =
        load("""
                {"host":"10.0.0.1","port":1,"http_port":2,"debug_port":0,"max_connections":9,
                 "timeout":300,"auth_required":true,"api_keys":["a"],"admin_api_keys":["b"]}
                """)
            .settings();

    assertThat(settings.lock().host()).isEqualTo("10.0.0.1");
    assertThat(settings.monitor().host()).isEqualTo("10.0.0.1");
    assertThat(settings.lock().port()).isEqualTo(new Port(1));
    assertThat(settings.monitor().port()).isEqualTo(new Port(2));
    assertThat(settings.monitor().debugPort()).isEqualTo(Port.OFF);
    assertThat(settings.lock().maxConnections()).isEqualTo(9);
    assertThat(settings.lock().idleTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.lock().authRequired()).isTrue();
    assertThat(settings.access().required()).isTrue();
    assertThat(settings.lock().apiKeys()).containsExactly(new Secret("a"));
    assertThat(settings.lock().adminApiKeys()).containsExactly(new Secret("b"));
  }

  @Test
  void nested() {
    var settings =
        load("""
                {"server":{"host":"0.0.0.0","port":1,"http_port":2,"debug_port":3,
                           "max_connections":1000,"timeout":60},
                 "limits":{"max_locks":250000,"max_memory_mb":1024,"warn_threshold":0.9,
                           "reject_requests":false},
                 "cleanup":{"interval":"1m30s"},
                 "retry":{"enabled":false,"initial_delay_ms":50,"max_delay_ms":2000,
                          "backoff_multiplier":1.5},
                 "monitoring":{"metrics_enabled":false,"health_checks_enabled":false}}
                """)
            .settings();

    assertThat(settings.lock().host()).isEqualTo("0.0.0.0");
    assertThat(settings.monitor().host()).isEqualTo("0.0.0.0");
    assertThat(settings.lock().port()).isEqualTo(new Port(1));
    assertThat(settings.monitor().port()).isEqualTo(new Port(2));
    assertThat(settings.monitor().debugPort()).isEqualTo(new Port(3));
    assertThat(settings.lock().maxConnections()).isEqualTo(1000);
    assertThat(settings.lock().idleTimeout()).isEqualTo(Duration.ofMinutes(1));
    var limits = settings.lock().limits();
    assertThat(limits.maxLocks()).isEqualTo(250_000);
    assertThat(limits.maxMemoryMb()).isEqualTo(1024);
    assertThat(limits.warnThreshold()).isEqualTo(0.9);
    assertThat(limits.rejectRequests()).isFalse();
    assertThat(settings.lock().cleanupInterval()).isEqualTo(Duration.ofSeconds(90));
    var retry = settings.lock().retry();
    assertThat(retry.enabled()).isFalse();
    assertThat(retry.initialDelay()).isEqualTo(Duration.ofMillis(50));
    assertThat(retry.maxDelay()).isEqualTo(Duration.ofSeconds(2));
    assertThat(retry.backoffMultiplier()).isEqualTo(1.5);
    assertThat(settings.metrics().enabled()).isFalse();
    assertThat(settings.health().enabled()).isFalse();
  }

  @Test
  void security() {
    var lock =
        load("{\"security\":{\"auth_required\":true,\"api_keys\":[\""
                + KEY
                + "\"],\"admin_api_keys\":[\""
                + KEY
                + "2\"]}}")
            .settings()
            .lock();

    assertThat(lock.authRequired()).isTrue();
    assertThat(lock.apiKeys()).containsExactly(new Secret(KEY));
    assertThat(lock.adminApiKeys()).containsExactly(new Secret(KEY + "2"));
  }

  @Test
  void mixedTheNestedOneWinsWhicheverComesFirst() {
    Settings first =
        load("{\"server\":{\"port\":1},\"security\":{\"api_keys\":[\"n\"]},\"port\":2,"
                + "\"host\":\"10.0.0.1\",\"api_keys\":[\"f\"],\"max_connections\":7}")
            .settings();
    Settings last =
        load("{\"port\":2,\"host\":\"10.0.0.1\",\"api_keys\":[\"f\"],\"max_connections\":7,"
                + "\"server\":{\"port\":1},\"security\":{\"api_keys\":[\"n\"]}}")
            .settings();

    assertThat(first.lock().port()).isEqualTo(new Port(1));
    assertThat(first.lock().apiKeys()).containsExactly(new Secret("n"));
    assertThat(first.lock().host()).isEqualTo("10.0.0.1");
    assertThat(first.lock().maxConnections()).isEqualTo(7);
    assertThat(last).isEqualTo(first);
  }

  @Test
  void commentsMayStandAnywhereOutsideOfStrings() {
    var lock =
        load("""
                /* head */ { // one
                  "host": /* "no" */ "h", "port" /*:*/ : 5, // "port": 6
                  "api_keys": ["a//b", "c/*d*/", "e\\"//f"] /*
                  "timeout": 5 */
                }
                // the end""")
            .settings()
            .lock();

    assertThat(lock.host()).isEqualTo("h");
    assertThat(lock.port()).isEqualTo(new Port(5));
    assertThat(lock.idleTimeout()).isEqualTo(Duration.ZERO);
    assertThat(lock.apiKeys())
        .containsExactly(new Secret("a//b"), new Secret("c/*d*/"), new Secret("e\"//f"));
  }

  @Test
  void whatHasNoEffectIsToldOnce() {
    var loaded =
        load(
            """
            {"security":{"cache_auth_results":true,
              "cache_ttl_seconds":60},
             "retry":{"max_attempts":3,
              "jitter_enabled":false},
             "pool":{"size":3,"more":{"a":1}},
             "logging":{"level":"debug"}}
            """);

    assertThat(loaded.infos())
        .containsExactly(
            "security.cache_auth_results: read, without effect (" + directory + "/a.json: 1)",
            "security.cache_ttl_seconds: read, without effect (" + directory + "/a.json: 2)",
            "retry.max_attempts: read, without effect (" + directory + "/a.json: 3)",
            "retry.jitter_enabled: read, without effect (" + directory + "/a.json: 4)",
            "pool: read, without effect (" + directory + "/a.json: 5)",
            "logging: read, without effect (" + directory + "/a.json: 6)");
    assertThat(loaded.settings()).isEqualTo(SettingsLoader.load(Sources.ofSets()).settings());
  }

  @Test
  void originsNameTheKeyOfTheDialect() {
    var loaded = load("{\n\"server\": {\n\"host\": \"127.0.0.2\"}}");

    assertThat(Problems.originOf(loaded, "lock.host"))
        .isEqualTo(directory + "/a.json: 3, server.host");
    assertThat(Problems.originOf(loaded, "monitor.host"))
        .isEqualTo(directory + "/a.json: 3, server.host");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"max_conections\": 3}"
            + " | max_conections: unknown key; did you mean max_connections? (a.json: 1)",
        "{\"limits\": {\"max_lock\": 3}}"
            + " | limits.max_lock: unknown key; did you mean limits.max_locks? (a.json: 1)",
        "{\"lock\": {\"port\": 3}}"
            + " | lock.port: unknown key; the nearest known key is port (a.json: 1)",
        "{\"server\": 5} | server = 5: must be an object (a.json: 1)",
        "{\"timeout\": \"5s\"}" + " | timeout = 5s: must be a whole number of seconds (a.json: 1)",
        "{\"timeout\": 1.5} | timeout = 1.5: must be a whole number of seconds (a.json: 1)",
        "{\"timeout\": -1} | lock.idle-timeout = -1s: must be 0s..365d (a.json: 1, timeout)",
        "{\"retry\": {\"max_delay_ms\": true}} | retry.max_delay_ms = true:"
            + " must be a whole number of milliseconds (a.json: 1)",
        "{\"cleanup\": {\"interval\": 5}} | cleanup.interval = 5:"
            + " must be a duration with its unit, such as \"5s\" (a.json: 1)",
        "{\"limits\": {\"warn_threshold\": 80}} | lock.limits.warn-threshold = 80.0:"
            + " must be above 0 and at most 1 (a.json: 1, limits.warn_threshold)",
        "{\"port\": \"x\"}"
            + " | lock.port = x: must be 0 (off), auto or 1..65535 (a.json: 1, port)",
        "{\"api_keys\": \"sekret\"}"
            + " | lock.api-keys = ***: must be a list (a.json: 1, api_keys)",
        "{\"auth_required\": true} | lock.auth-required = true: no key is given in lock.api-keys,"
            + " lock.admin-api-keys or access.keys with lock:use or lock:admin"
            + " (a.json: 1, auth_required)",
      })
  void mistakesAreTold(String text, String message) {
    assertThat(Problems.ofFile(directory, "a.json", text)).containsExactly(message);
  }

  @Test
  void nullMeansAbsent() {
    assertThat(load("{\"port\": null, \"server\": null}").settings().lock().port())
        .isEqualTo(new Port(8765));
  }

  private Loaded load(String text) {
    return SettingsLoader.load(Sources.ofFile(Problems.write(directory, "a.json", text)));
  }
}
