package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ManyConnectionsIT {
  private static final int WANTED = 10_000;

  /** Files that both sides need besides: jars, logs, pipes, selectors. */
  private static final int OTHER_FILES = 1_000;

  @TempDir Path dir;

  /** As many as one process may have open here. */
  private static int affordable(TestReporter reporter) throws Exception {
    String limit = Tool.run(0, "sh", "-c", "ulimit -Hn").strip();
    if (limit.equals("unlimited") || Integer.parseInt(limit) >= WANTED + OTHER_FILES) {
      return WANTED;
    }
    int fewer = Integer.parseInt(limit) - OTHER_FILES;
    assertThat(System.getenv("CI")).as("ulimit -Hn = " + limit).isNotEqualTo("true");
    reporter.publishEntry("only " + fewer + " connections: ulimit -Hn = " + limit);
    return fewer;
  }

  private static String ask(SocketChannel connection, String line) throws IOException {
    connection.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    var answer = new StringBuilder();
    ByteBuffer in = ByteBuffer.allocate(4_096);
    while (answer.indexOf("\n") < 0 && connection.read(in.clear()) >= 0) {
      answer.append(StandardCharsets.UTF_8.decode(in.flip()));
    }
    return answer.toString();
  }

  private static int openConnections(ServerProcess server) throws Exception {
    String body =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port("monitor") + "/stats"))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    return new ObjectMapper().readTree(body).get("pool_stats").get("total").intValue();
  }

  @Test
  @Timeout(180)
  void tenThousandConnectionsAreHeldAndAnyOfThemIsAnswered(TestReporter reporter) throws Exception {
    int count = affordable(reporter);
    List<SocketChannel> connections = new ArrayList<>(count);
    try (ServerProcess server = ServerProcess.start(dir.resolve("data"), "durability=memory")) {
      try {
        var address = new InetSocketAddress("127.0.0.1", server.port("lock"));
        for (int i = 0; i < count; i++) {
          connections.add(SocketChannel.open(address));
        }
        Awaitility.await()
            .atMost(60, TimeUnit.SECONDS)
            .until(() -> openConnections(server) == count);

        for (int i : new int[] {count - 1, 0, count / 2}) {
          String acquire = "{\"action\":\"acquire\",\"key\":\"k" + i + "\",\"ttl\":60}";
          assertThat(ask(connections.get(i), acquire))
              .matches("\\{\"success\":true,\"token\":\\d+,\"ttl_ms\":60000}\n");
        }
        for (int i = 0; i < count; i += 10) {
          assertThat(ask(connections.get(i), "{\"action\":\"exists\",\"key\":\"k0\"}"))
              .isEqualTo("{\"success\":true}\n");
        }
        assertThat(openConnections(server)).isEqualTo(count);
      } finally {
        for (SocketChannel each : connections) {
          each.close();
        }
      }
      Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> openConnections(server) == 0);
      try (var next = server.client()) {
        assertThat(next.ask("{\"action\":\"exists\",\"key\":\"k0\"}"))
            .isEqualTo("{\"success\":true}");
      }
      assertThat(server.terminate()).as(server.output()).isZero();
    }
  }
}
