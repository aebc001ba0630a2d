package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.value.Port;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreYamlTest {
  @TempDir Path directory;

  private Loaded load(String text) {
    return SettingsLoader.load(Sources.ofFile(Problems.write(directory, "config.yaml", text)));
  }

  private List<String> problems(String text) {
    return Problems.ofFile(directory, "config.yaml", text);
  }

  @Test
  void whereTheStoreListensIsReadAndTheRestIsNoted() {
    var loaded =
        load(
            """
            # a key-value server
            server:
              host: "127.0.0.2"
              port: 8081
              max_body_size: 1048576
              idle_timeout: 1m30s
              read_timeout: 30s
            storage:
              data_dir: ./data
              levels: [1, 2]
              cache: {size: 10}
            cluster:
              enabled: false
            """);

    var http = loaded.settings().http();
    assertThat(http.host()).isEqualTo("127.0.0.2");
    assertThat(http.port()).isEqualTo(new Port(8081));
    assertThat(http.maxBody()).isEqualTo(1_048_576);
    assertThat(http.idleTimeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(Problems.originOf(loaded, "http.port"))
        .isEqualTo(directory + "/config.yaml: 4:9, server.port");
    assertThat(loaded.infos().stream().map(info -> info.replace(directory + "/", "")))
        .containsExactly(
            "server.read_timeout: read, without effect (config.yaml: 7:17)",
            "storage.data_dir: read, without effect (config.yaml: 9:13)",
            "storage.levels: read, without effect (config.yaml: 10:11)",
            "storage.cache: read, without effect (config.yaml: 11:10)",
            "cluster.enabled: read, without effect (config.yaml: 13:12)");
  }

  @Test
  void theEnvironmentAndTheCommandLineWin() {
    Path file = Problems.write(directory, "config.yml", "server: {port: 1, host: 127.0.0.2}");
    var environment = Map.of("KV_SERVER_PORT", "2", "KV_SERVER_HOST", "127.0.0.3");

    var byEnvironment = SettingsLoader.load(new Sources(file, environment, List.of(), null));
    var bySet = SettingsLoader.load(new Sources(file, environment, List.of("http.port=3"), null));

    assertThat(byEnvironment.settings().http().port()).isEqualTo(new Port(2));
    assertThat(byEnvironment.settings().http().host()).isEqualTo("127.0.0.3");
    assertThat(Problems.originOf(byEnvironment, "http.port"))
        .isEqualTo("environment KV_SERVER_PORT");
    assertThat(bySet.settings().http().port()).isEqualTo(new Port(3));
  }

  @Test
  void whatIsEmptyOrNullIsAbsent() {
    assertThat(load("").settings()).isEqualTo(load("server:\n  port:\n  host: ~\n").settings());
    assertThat(load("# nothing\n---\n").infos()).isEmpty();
  }

  @Test
  void mistakesAreToldWithTheirPlace() {
    assertThat(problems("server:\n  port: many\n"))
        .containsExactly(
            "http.port = many: must be 0 (off), auto or 1..65535"
                + " (config.yaml: 2:9, server.port)");
    assertThat(problems("server:\n  idle_timeout: 120\n"))
        .containsExactly(
            "server.idle_timeout = 120: must be a duration with its unit, such as 120s"
                + " (config.yaml: 2:17)");
    assertThat(problems("server:\n  port: [1]\n"))
        .containsExactly("server.port: must be a single value (config.yaml: 2:9)");
    assertThat(problems("server: {port: 1, port: 2}"))
        .containsExactly("config.yaml: 1:19: not valid YAML: server.port is given twice");
    assertThat(problems("- server"))
        .containsExactly("config.yaml: 1:1: not valid YAML: the file must hold keys");
  }

  @Test
  void brokenSyntaxNamesItsPlaceAndQuotesNothing() {
    for (String broken :
        List.of("server: [secret7", "server:\n\tport: secret7", "a: *secret7", "a: b: secret7")) {
      assertThat(problems(broken)).as(broken).hasSize(1);
      assertThat(problems(broken).get(0))
          .as(broken)
          .matches("config.yaml: \\d+:\\d+: not valid YAML: .+")
          .doesNotContain("secret7");
    }
  }

  @Test
  void aLongFileSaysOnlySoMuch() {
    var text = new StringBuilder("storage:\n");
    for (int i = 0; i < 250; i++) {
      text.append("  key").append(i).append(": 1\n");
    }
    var infos = load(text.toString()).infos();
    assertThat(infos).hasSize(101);
    assertThat(infos.get(100)).endsWith("config.yaml: 150 more keys without effect");
  }
}
