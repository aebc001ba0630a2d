package io.leasehold.config.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EffectiveConfigTest {
  private static String json(String text) throws TelemetryFileException {
    return EffectiveConfig.json(
        TelemetryFile.parse("f", text, Map.of("PW", "hunter2"), Map.of()).settings());
  }

  private static Config read(String text) throws TelemetryFileException {
    return ConfigFactory.parseString(json(text));
  }

  @Test
  void everySettingHasTheNameOfTheFileAndItsValue() throws Exception {
    Config shown =
        read(
            """
            tcp: {port: 7, read_timeout: 500ms}
            spool: {when_full: block}
            backends:
              files: {type: filesystem, config: {base_path: /x, fsync: never}, when_down: drop_newest}
              out: {type: console, config: {format: text}}
            routing:
              billing: [{backend: files, filter: {types: [event], min_level: warn, tags: {a: b*}}}]
              default:
              - {backend: files, mode: failover}
              - {backend: out, mode: failover, priority: 2}
            """);

    assertThat(shown.getString("tcp.host")).isEqualTo("127.0.0.1");
    assertThat(shown.getInt("tcp.port")).isEqualTo(7);
    assertThat(shown.getString("tcp.read_timeout")).isEqualTo("500ms");
    assertThat(shown.getIsNull("tcp.tls")).isTrue();
    assertThat(shown.getString("spool.when_full")).isEqualTo("block");
    assertThat(shown.getLong("spool.max_bytes")).isEqualTo(2L << 30);
    assertThat(shown.getBoolean("correlation.enabled")).isTrue();
    assertThat(shown.getLong("correlation.max_trace_bytes")).isEqualTo(1 << 20);
    Config files = shown.getConfig("backends.files");
    assertThat(files.getString("type")).isEqualTo("filesystem");
    assertThat(files.getString("config.base_path")).isEqualTo("/x");
    assertThat(files.getString("config.fsync")).isEqualTo("never");
    assertThat(files.getString("config.format")).isEqualTo("raw");
    assertThat(files.getString("when_down")).isEqualTo("drop_newest");
    assertThat(files.getLong("buffer")).isEqualTo(16 << 20);
    assertThat(files.getInt("circuit_breaker.failure_threshold")).isEqualTo(5);
    assertThat(shown.getString("backends.out.config.format")).isEqualTo("text");
    Config rule = shown.getConfigList("routing.billing").get(0);
    assertThat(rule.getString("mode")).isEqualTo("mirror");
    assertThat(rule.hasPath("group")).isFalse();
    assertThat(rule.getString("filter.min_level")).isEqualTo("warn");
    assertThat(rule.getStringList("filter.tags.a")).containsExactly("b*");
    Config second = shown.getConfigList("routing.default").get(1);
    assertThat(second.getString("mode")).isEqualTo("failover");
    assertThat(second.getInt("priority")).isEqualTo(2);
    assertThat(shown.getStringList("tap.redact")).contains("password");
    assertThat(shown.getBoolean("auth.required")).isFalse();
  }

  @Test
  void backendsOfEveryTypeAreShown() throws Exception {
    Config shown =
        read(
            """
            tcp: {unix_path: /run/t.sock, tls: {cert: /c, key: /k, client_ca: /a}}
            backends:
              files: {type: filesystem, config: {base_path: /x, timezone: Europe/Berlin}}
              pg: {type: timescaledb, config: {connection_string: "postgresql://h/db"}}
              s3: {type: s3, config: {bucket: bucket1, endpoint: "http://127.0.0.1:9000"}}
              cw: {type: cloudwatch, config: {log_group: g, endpoint: "https://logs.test:9"}}
              prom: {type: prometheus, config: {deltas: ["*_d"]}}
              out: {type: console}
            """);

    assertThat(shown.getString("backends.s3.config.endpoint")).isEqualTo("http://127.0.0.1:9000");
    assertThat(shown.getString("backends.s3.config.bucket")).isEqualTo("bucket1");
    assertThat(shown.getString("backends.cw.config.endpoint")).isEqualTo("https://logs.test:9");
    assertThat(shown.getString("backends.files.config.timezone")).isEqualTo("Europe/Berlin");
    assertThat(shown.getStringList("backends.prom.config.deltas")).containsExactly("*_d");
    assertThat(shown.getString("tcp.tls.cert")).isEqualTo("/c");
    assertThat(shown.getString("tcp.unix_path")).isEqualTo("/run/t.sock");
  }

  @Test
  void noSecretIsShown() throws Exception {
    String shown =
        json(
            """
            admin: {token: "adm-${PW}"}
            auth: {tokens: [{name: a, sha256: %s, sources: [b]}]}
            backends:
              pg: {type: postgresql, config: {connection_string: "postgresql://me:${PW}@h:5/db?sslpassword=${PW}"}}
            """
                .formatted("ab".repeat(32)));

    assertThat(shown).doesNotContain("hunter2", "abab");
    Config read = ConfigFactory.parseString(shown);
    assertThat(read.getString("admin.token")).isEqualTo("***");
    assertThat(read.getString("backends.pg.config.connection_string"))
        .isEqualTo("postgresql://me:***@h:5/db");
    assertThat(read.getString("backends.pg.config.table")).isEqualTo("monitoring_events");
    Config token = read.getConfigList("auth.tokens").get(0);
    assertThat(token.getString("sha256")).isEqualTo("***");
    assertThat(token.getStringList("sources")).isEqualTo(List.of("b"));
  }
}
