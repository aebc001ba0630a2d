package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documents say of the store, against a real server, and the commands besides. */
class KvDocumentsIT {
  private static final Path PROTOCOL = Path.of("..", "docs", "protocol.md");
  private static final Path README = Path.of("..", "README.md");

  @TempDir static Path dir;
  private static ServerProcess server;

  @BeforeAll
  static void start() throws Exception {
    server = ServerProcess.start(dir.resolve("data"), "durability=memory");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String address() throws Exception {
    return "127.0.0.1:" + server.port("http");
  }

  /** A command of a document, on the ports of this server. */
  private static String shell(String command) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String here =
        command
            .replace("localhost:8080", address())
            .replaceAll(
                "bin/leasehold kv (\\w+)",
                java
                    + " -XX:TieredStopAtLevel=1 -jar target/leasehold.jar kv $1 --address "
                    + address());
    return Tool.run(0, "sh", "-c", here).stripTrailing();
  }

  @Test
  void linesOnTheLockPort() throws Exception {
    var examples = Examples.of(PROTOCOL, "## Over the lock port", "kv");
    assertThat(examples).hasSizeGreaterThan(8);
    var seen = new Examples();
    try (var client = server.client()) {
      for (var each : examples) {
        client.send(seen.asked(each) + "\n");
        assertThat(seen.asInDocument(each, client.line()))
            .as(each.asked())
            .isEqualTo(Examples.withoutPassing(each.expected()));
      }
    }
  }

  @Test
  void commandsOfCurl() throws Exception {
    Tool.need("curl", "curl");
    assertThat(answered(Examples.of(PROTOCOL, "## Over HTTP", "sh"))).isGreaterThan(8);
  }

  @Test
  void commandsOfTheReadme() throws Exception {
    Tool.need("curl", "curl");
    assertThat(answered(Examples.of(README, "## Key-value store", "sh"))).isEqualTo(8);
  }

  private static int answered(List<Examples.Example> examples) throws Exception {
    var seen = new Examples();
    for (var each : examples) {
      assertThat(seen.asInDocument(each, shell(seen.asked(each))))
          .as(each.asked())
          .isEqualTo(Examples.withoutPassing(each.expected()));
    }
    return examples.size();
  }
}
