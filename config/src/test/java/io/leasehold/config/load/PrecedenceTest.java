package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.log.LogLevel;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrecedenceTest {
  @TempDir Path directory;

  @Test
  void theLaterSourceWins() {
    var file =
        Problems.write(
            directory, "a.conf", "lock { port = 1001, max-waiters = 1, max-connections = 1 }");
    var environment =
        Map.of("LEASEHOLD_LOCK_PORT", "1002", "LEASEHOLD_LOCK_MAX_WAITERS", "2", "PATH", "/bin");

    var loaded = SettingsLoader.load(new Sources(file, environment, List.of(), 1003));
    var set =
        SettingsLoader.load(
            new Sources(
                file, environment, List.of("leasehold.lock.port=9", "lock.port=1004"), null));

    assertThat(loaded.settings().lock().port()).isEqualTo(new Port(1003));
    assertThat(Problems.originOf(loaded, "lock.port")).isEqualTo("--port");
    assertThat(loaded.settings().lock().maxWaiters()).isEqualTo(2);
    assertThat(Problems.originOf(loaded, "lock.max-waiters"))
        .isEqualTo("environment LEASEHOLD_LOCK_MAX_WAITERS");
    assertThat(Problems.originOf(loaded, "lock.max-connections"))
        .isEqualTo(directory + "/a.conf: 1");
    assertThat(Problems.originOf(loaded, "lock.host")).isEqualTo("default");
    assertThat(set.settings().lock().port()).isEqualTo(new Port(1004));
    assertThat(Problems.originOf(set, "lock.port")).isEqualTo("--set");
  }

  @Test
  void theFileOfTelemetryMayHaveTheNameThatItsUsersKnow() {
    var known = Map.of("SIDECAR_CONFIG_FILE", "/etc/sidecar.yaml");
    var both =
        Map.of("SIDECAR_CONFIG_FILE", "/a.yaml", "LEASEHOLD_TELEMETRY_CONFIG_FILE", "/b.yaml");

    var one = SettingsLoader.load(new Sources(null, known, List.of(), null));
    var other = SettingsLoader.load(new Sources(null, both, List.of(), null));

    assertThat(one.settings().telemetry().configFile()).isEqualTo(Path.of("/etc/sidecar.yaml"));
    assertThat(Problems.originOf(one, "telemetry.config-file"))
        .isEqualTo("environment SIDECAR_CONFIG_FILE");
    assertThat(other.settings().telemetry().configFile()).isEqualTo(Path.of("/b.yaml"));
  }

  @Test
  void portsMayBeAutoOrOff() {
    var settings =
        SettingsLoader.load(Sources.ofSets("lock.port=auto", "monitor.port=0")).settings();

    assertThat(settings.lock().port()).isEqualTo(Port.AUTO);
    assertThat(settings.monitor().port()).isEqualTo(Port.OFF);
  }

  @Test
  void aWrongPortOfTheCommandLineIsTold() {
    assertThat(Problems.of(new Sources(null, Map.of(), List.of(), 70_000)))
        .containsExactly("lock.port = 70000: must be 0 (off), auto or 1..65535 (--port)");
  }

  @Test
  void listsComeWithCommasOrAsHocon() {
    var commas = SettingsLoader.load(Sources.ofSets("lock.api-keys= a , b"));
    var hocon = SettingsLoader.load(Sources.ofSets("lock.api-keys=[\"a\", b]"));
    var none = SettingsLoader.load(Sources.ofSets("lock.api-keys="));
    var objects =
        SettingsLoader.load(
            new Sources(
                null,
                Map.of(
                    "LEASEHOLD_HEALTH_DEPENDENCIES",
                    "[{\"name\":\"billing\",\"url\":\"http://h/ping\",\"critical\":true}]"),
                List.of(),
                null));

    assertThat(commas.settings().lock().apiKeys())
        .containsExactly(new Secret("a"), new Secret("b"));
    assertThat(hocon.settings()).isEqualTo(commas.settings());
    assertThat(none.settings().lock().apiKeys()).isEmpty();
    var dependency = objects.settings().health().dependencies().get(0);
    assertThat(dependency.name()).isEqualTo("billing");
    assertThat(dependency.uri()).hasToString("http://h/ping");
    assertThat(dependency.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(dependency.critical()).isTrue();
  }

  @Test
  void foreignVariablesCountUnlessOursAreSet() {
    var foreign =
        SettingsLoader.load(
            new Sources(
                null, Map.of("LOG_LEVEL", "DEBUG", "METRICS_ENABLED", "false"), List.of(), null));
    var ours =
        SettingsLoader.load(
            new Sources(
                null,
                Map.of("LOG_LEVEL", "DEBUG", "LEASEHOLD_LOG_LEVEL", "warn"),
                List.of(),
                null));

    assertThat(foreign.settings().log().level()).isEqualTo(LogLevel.DEBUG);
    assertThat(foreign.settings().metrics().enabled()).isFalse();
    assertThat(Problems.originOf(foreign, "log.level")).isEqualTo("environment LOG_LEVEL");
    assertThat(ours.settings().log().level()).isEqualTo(LogLevel.WARN);
  }

  @Test
  void unknownVariablesAreToldButForTheLaunchers() {
    assertThat(
            Problems.ofEnvironment(
                Map.of(
                    "LEASEHOLD_LOCK_PROT", "1",
                    "LEASEHOLD_JAVA_OPTS", "-Xmx1g",
                    "LEASEHOLD_JAVA", "java",
                    "LEASEHOLD_HEAP", "1g",
                    "LEASEHOLD_HOME", "/opt")))
        .containsExactly(
            "LEASEHOLD_LOCK_PROT: unknown key; did you mean LEASEHOLD_LOCK_PORT? (environment)");
  }

  @Test
  void everyKeyCanBeSetByItsVariable() {
    for (var key : Reference.load().keys()) {
      var shown = key.isList() ? key.standardText() : Problems.valueOf(defaults(), key.path());
      boolean listed = key.isList() && !shown.equals("[]");
      var value = listed ? shown.substring(1, shown.length() - 1) : shown;
      var text = value.equals("\"\"") ? "" : value;

      var loaded =
          SettingsLoader.load(new Sources(null, Map.of(key.variable(), text), List.of(), null));

      assertThat(Problems.originOf(loaded, key.path())).isEqualTo("environment " + key.variable());
      assertThat(loaded.settings()).isEqualTo(defaults().settings());
    }
  }

  @Test
  void whatFollowsAnotherKeyDoesSoUntilItIsSet() {
    var keys = "lock.api-keys=" + "k".repeat(32);
    var follows = SettingsLoader.load(Sources.ofSets("lock.auth-required=true", keys));
    var set =
        SettingsLoader.load(
            Sources.ofSets("lock.auth-required=true", "access.required=false", keys));

    assertThat(follows.settings().access().required()).isTrue();
    assertThat(Problems.valueOf(follows, "access.required")).isEqualTo("true");
    assertThat(Problems.originOf(follows, "access.required")).isEqualTo("default");
    assertThat(set.settings().access().required()).isFalse();
  }

  private static Loaded defaults() {
    return SettingsLoader.load(Sources.ofSets());
  }
}
