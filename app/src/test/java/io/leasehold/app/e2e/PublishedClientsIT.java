package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that others have written, and the commands we have published. */
class PublishedClientsIT {
  @TempDir static Path dir;
  private static ServerProcess server;

  @BeforeAll
  static void start() throws IOException {
    server = ServerProcess.start(dir.resolve("data"));
  }

  @AfterAll
  static void stop() throws Exception {
    assertThat(server.terminate()).as(server.output()).isZero();
  }

  private static String granted(long ttlMillis) {
    return "\\{\"success\":true,\"token\":\\d+,\"ttl_ms\":" + ttlMillis + "}";
  }

  private static String refused(String reason) {
    return "\\{\"success\":false,\"reason\":\"" + reason + "\"}";
  }

  @Test
  void aClientInPhpGetsTheAnswersOfTheBaseProtocolByteForByte() throws Exception {
    Tool.need("php", "php-cli");
    List<String> perKey =
        List.of(
            refused("not_held"),
            granted(300_000),
            "\\{\"success\":false,\"reason\":\"held\",\"ttl_ms\":(299\\d\\d\\d|300000)}",
            "\\{\"success\":true}",
            granted(600_000),
            refused("not_owner"),
            "\\{\"success\":true}",
            refused("not_held"),
            refused("not_held"));
    var expected = new ArrayList<>(perKey);
    expected.addAll(perKey);
    expected.add(granted(1_000));
    expected.add(granted(1_000));
    expected.add(
        "\\{\"success\":true,\"data\":\\{\"TotalRequests\":\\d+,\"ActiveLocks\":\\d+,"
            + "\"AcquireRequests\":\\d+,\"ReleaseRequests\":\\d+,\"ExistsRequests\":\\d+,"
            + "\"ExtendRequests\":\\d+,\"StatsRequests\":\\d+,\"RejectedRequests\":0,"
            + "\"Waiters\":0,\"ActiveConnections\":\\d+,\"UptimeSeconds\":\\d+}}");
    expected.add("unknown_action: unknown action 'fly'");

    String output =
        Tool.run(0, "php", "src/test/php/lock-client.php", String.valueOf(server.port("lock")));

    List<String> lines = output.lines().toList();
    assertThat(lines).as(output).hasSameSizeAs(expected);
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i)).as("answer " + i).matches(expected.get(i));
    }
  }

  @Test
  void theCurlCommandOfTheReadmePrintsTheAnswerLine() throws Exception {
    Tool.need("curl", "curl");
    String command =
        Files.readAllLines(Path.of("..", "README.md")).stream()
            .filter(line -> line.startsWith("curl -X POST localhost:8765 "))
            .findFirst()
            .orElseThrow();
    String here = command.replace(":8765", ":" + server.port("lock")).replace("curl", "curl -sS");

    assertThat(Tool.run(0, "sh", "-c", here)).matches(granted(300_000) + "\n");
    assertThat(Tool.run(0, "sh", "-c", here + " -w '%{http_code}'"))
        .matches("\\{\"success\":false,\"reason\":\"held\",\"ttl_ms\":(299\\d\\d\\d|300000)}\n200");
    assertThat(Tool.run(0, "sh", "-c", here.replace("acquire", "release")))
        .isEqualTo("{\"success\":true}\n");
  }

  @Test
  void curlIsToldToGoOnWithALongBody() throws Exception {
    Tool.need("curl", "curl");
    Path body = dir.resolve("body.json");
    Files.writeString(
        body, "{\"action\":\"exists\",\"key\":\"k\",\"padding\":\"" + "x".repeat(60_000) + "\"}");
    String url = "http://localhost:" + server.port("lock") + "/";

    String seen =
        Tool.run(
            0,
            "curl",
            "-sSv",
            "--max-time",
            "20",
            "-H",
            "Expect: 100-continue",
            "--data-binary",
            "@" + body,
            url);

    assertThat(seen).contains("HTTP/1.1 100 Continue").contains(",\"reason\":\"not_held\"}");
  }
}
