package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The gateway's accounts in a real server, by its command and over its port. */
class GatewayAccountsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;

  /** What {@code gateway quickstart} printed. */
  private record Printed(String url, String token) {}

  private Printed quickstart(ServerProcess server) throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-jar",
                "target/leasehold.jar",
                "gateway",
                "quickstart",
                "--url",
                "http://127.0.0.1:" + server.port("http"),
                "--data-dir",
                dir.resolve("data").toString())
            .start();
    List<String> lines = process.inputReader().lines().toList();
    String errors = new String(process.getErrorStream().readAllBytes());
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(errors).isZero();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).startsWith("UPSTASH_REDIS_REST_URL=http://127.0.0.1:");
    assertThat(lines.get(1)).startsWith("UPSTASH_REDIS_REST_TOKEN=ey");
    return new Printed(
        lines.get(0).substring(lines.get(0).indexOf('=') + 1),
        lines.get(1).substring(lines.get(1).indexOf('=') + 1));
  }

  private static JsonNode get(ServerProcess server, String path, String token) throws Exception {
    return new GatewayCalls(server).call("GET", path, null, token);
  }

  private static String lastSegment(String url) {
    return url.substring(url.lastIndexOf('/') + 1);
  }

  private void assertForItsOwnerOnly(String file) throws Exception {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(dir.resolve("data").resolve(file))))
        .isEqualTo("rw-------");
  }

  @Test
  @Timeout(180)
  void aQuickstartGivesAnInstanceThatOutlivesTheServer() throws Exception {
    Printed first;
    Printed second;
    String organization;
    try (ServerProcess server = ServerProcess.start(dir.resolve("data"))) {
      first = quickstart(server);
      second = quickstart(server);
      assertThat(lastSegment(second.url())).isEqualTo(lastSegment(first.url()));
      assertThat(second.token()).isNotEqualTo(first.token());
      assertForItsOwnerOnly("quickstart.json");
      assertForItsOwnerOnly("secrets.conf");
      JsonNode known = JSON.readTree(dir.resolve("data/quickstart.json").toFile());
      organization = known.get("organization_id").textValue();
      JsonNode health =
          get(
              server,
              "/api/organizations/"
                  + organization
                  + "/redis-instances/"
                  + lastSegment(first.url())
                  + "/health",
              first.token());
      assertThat(health.at("/data/health_status").textValue()).isEqualTo("healthy");
      assertThat(ServerProcess.get(server.port("http"), "/stats").at("/tables/api_keys").intValue())
          .isEqualTo(2);
      assertThat(ServerProcess.get(server.port("http"), "/version").get("name").textValue())
          .isEqualTo("redisgate");
      String password = known.get("password").textValue();
      assertThat(server.output()).doesNotContain(password, first.token(), second.token());
      assertThat(server.terminate()).as(server.output()).isZero();
    }
    try (ServerProcess server = ServerProcess.start(dir.resolve("data"))) {
      JsonNode keys =
          get(server, "/api/organizations/" + organization + "/api-keys", second.token());
      assertThat(keys.at("/data/total_count").intValue()).isEqualTo(2);
      // of the two keys the first was used, which was written at the stop
      assertThat(keys.at("/data/items"))
          .filteredOn(key -> !key.get("last_used_at").isNull())
          .hasSize(1);
      Printed third = quickstart(server);
      assertThat(lastSegment(third.url())).isEqualTo(lastSegment(first.url()));
    }
  }
}
