package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a user keeps when the process is killed, and what the log says when it cannot start. */
class CrashIT {
  private static final int CLIENTS = 8;

  @TempDir Path dir;

  /** Takes locks for good, and remembers what was acknowledged. */
  private static void load(
      ServerProcess server,
      int client,
      Map<String, Long> acknowledged,
      AtomicLong count,
      AtomicBoolean over) {
    try (var connection = server.client()) {
      for (int i = 0; !over.get(); i++) {
        String key = "c" + client + "-" + count.get() + "-" + i;
        JsonNode answer =
            connection.json(
                "{\"action\":\"acquire\",\"key\":\"" + key + "\",\"ttl\":600,\"owner\":\"o\"}");
        if (answer.get("success").booleanValue()) {
          acknowledged.put(key, answer.get("token").longValue());
          count.incrementAndGet();
        }
        if (i % 3 == 0) {
          acknowledged.remove(key); // before it is sent: from then on nothing is promised
          connection.json("{\"action\":\"release\",\"key\":\"" + key + "\"}");
        }
      }
    } catch (IOException | RuntimeException e) {
      // the server was killed: what was acknowledged before counts
    }
  }

  @Test
  @Timeout(180)
  void noAcknowledgedGrantIsLostByKillAndTokensGoOnRising() throws Exception {
    Path data = dir.resolve("data");
    Map<String, Long> held = new HashMap<>();
    long highest = 0;
    for (int round = 0; round < 3; round++) {
      try (ServerProcess server = ServerProcess.start(data)) {
        try (var client = server.client()) {
          for (var entry : held.entrySet()) {
            JsonNode verified =
                client.json(
                    "{\"action\":\"verify\",\"key\":\""
                        + entry.getKey()
                        + "\",\"token\":"
                        + entry.getValue()
                        + "}");
            assertThat(verified.get("success").booleanValue())
                .as("round " + round + ", " + entry + ": " + verified)
                .isTrue();
          }
        }
        Map<String, Long> acknowledged = new ConcurrentHashMap<>();
        var count = new AtomicLong();
        var over = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
          int number = round * CLIENTS + i;
          clients.execute(() -> load(server, number, acknowledged, count, over));
        }
        Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> count.get() > 2_000);
        server.kill();
        over.set(true);
        clients.shutdown();
        assertThat(clients.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        for (long token : acknowledged.values()) {
          assertThat(token).as("tokens rise over restarts").isGreaterThan(highest);
        }
        for (long token : acknowledged.values()) {
          highest = Math.max(highest, token);
        }
        held.putAll(acknowledged);
      }
    }
    assertThat(held).hasSizeGreaterThan(2_000);
  }

  @Test
  void aStopUnderLoadAnswersWhatIsInFlightAndEndsWithZero() throws Exception {
    ServerProcess server = ServerProcess.start(dir.resolve("data"));
    try (server) {
      Map<String, Long> acknowledged = new ConcurrentHashMap<>();
      var count = new AtomicLong();
      var over = new AtomicBoolean();
      ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        clients.execute(() -> load(server, number, acknowledged, count, over));
      }
      try (var waiting = server.client()) {
        waiting.ask("{\"action\":\"acquire\",\"key\":\"w\",\"ttl\":600,\"owner\":\"a\"}");
        waiting.send(
            "{\"action\":\"acquire\",\"key\":\"w\",\"ttl\":600,\"owner\":\"b\",\"wait_ms\":60000}\n");
        Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> count.get() > 500);
        assertThat(server.terminate()).as(server.output()).isZero();
        assertThat(waiting.line()).contains("\"code\":\"draining\"");
        assertThat(waiting.line()).isNull();
      }
      over.set(true);
      clients.shutdown();
      assertThat(clients.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
      assertThat(server.output()).contains("stopped");
    }
  }

  @Test
  void inMemoryModeTokensRiseOverAKillAndLocksAreGone() throws Exception {
    Path data = dir.resolve("data");
    long before;
    try (ServerProcess server = ServerProcess.start(data, "durability=memory")) {
      try (var client = server.client()) {
        before =
            client
                .json("{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":600}")
                .get("token")
                .longValue();
      }
      server.kill();
    }
    try (ServerProcess server = ServerProcess.start(data, "durability=memory");
        var client = server.client()) {
      JsonNode again = client.json("{\"action\":\"acquire\",\"key\":\"k\",\"ttl\":600}");
      assertThat(again.get("token").longValue()).isGreaterThan(before);
    }
  }

  @Test
  void aSecondServerOnTheSameDirectoryOrPortRefusesToStart() throws Exception {
    Path data = dir.resolve("data");
    try (ServerProcess first = ServerProcess.start(data)) {
      try (ServerProcess second = ServerProcess.launch(data)) {
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.output()).contains("data-dir = ").contains("another process uses it");
      }
      // the launch of the second has removed the file with the ports: ask the log
      String output = first.output();
      String port = output.replaceAll("(?s).*lock protocol on 127.0.0.1:(\\d+).*", "$1");
      try (ServerProcess third = ServerProcess.launch(dir.resolve("other"), "lock.port=" + port)) {
        assertThat(third.exitCode()).isEqualTo(1);
        assertThat(third.output()).contains("lock.port = " + port + ": cannot be bound");
      }
    }
  }

  @Test
  void dataMadeWithOtherPartitionsIsRefused() throws Exception {
    Path data = dir.resolve("data");
    try (ServerProcess first = ServerProcess.start(data)) {
      first.terminate();
    }
    try (ServerProcess second = ServerProcess.launch(data, "partitions=8")) {
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.output())
          .contains("partitions = 8: the data was made with 4, and that is fixed for its life");
    }
  }

  @Test
  void badConfigurationIsListedWholeAndEndsWithTwo() throws Exception {
    try (ServerProcess server =
        ServerProcess.launch(dir.resolve("data"), "lock.max-conections=1", "partitions=0")) {
      assertThat(server.exitCode()).isEqualTo(2);
      assertThat(server.output())
          .contains("lock.max-conections: unknown key; did you mean lock.max-connections?")
          .contains("partitions = 0: must be 1..256");
    }
    assertThat(Files.exists(dir.resolve("data").resolve("journal.mv.db"))).isFalse();
  }

  @Test
  void everyRequestNeedsAKeyWhereKeysAreRequired() throws Exception {
    String key = "k".repeat(32);
    try (ServerProcess server =
        ServerProcess.start(
            dir.resolve("data"),
            "durability=memory",
            "lock.auth-required=true",
            "lock.api-keys=" + key,
            "lock.limits.max-locks=2")) {
      try (var client = server.client()) {
        String failed =
            "{\"success\":false,\"error\":\"auth_failed: authentication failed\","
                + "\"code\":\"auth_failed\"}";
        assertThat(client.ask("{\"action\":\"ping\"}")).isEqualTo(failed);
        assertThat(client.ask("{\"action\":\"ping\",\"api_key\":\"wrong\"}")).isEqualTo(failed);
        assertThat(client.ask("{\"action\":\"exists\",\"key\":\"a\",\"api_key\":\"" + key + "\"}"))
            .isEqualTo("{\"success\":false,\"reason\":\"not_held\"}");
        assertThat(client.ask("{\"action\":\"exists\",\"key\":\"a\"}")).isEqualTo(failed);
        assertThat(client.ask("{\"action\":\"auth\",\"api_key\":\"" + key + "\"}"))
            .isEqualTo("{\"success\":true,\"admin\":false}");
        String acquire = "{\"action\":\"acquire\",\"key\":\"%s\",\"ttl\":60}";
        assertThat(client.ask(String.format(acquire, "a"))).contains("\"success\":true");
        assertThat(client.ask(String.format(acquire, "b"))).contains("\"success\":true");
        assertThat(client.ask(String.format(acquire, "c")))
            .isEqualTo("{\"success\":false,\"error\":\"maximum locks limit reached: 2/2\"}");
        assertThat(client.ask(String.format(acquire, "b"))).contains("\"reason\":\"held\"");
      }
      String monitor = "http://127.0.0.1:" + server.port("monitor");
      assertThat(status(monitor + "/metrics", null, null)).isEqualTo(401);
      assertThat(status(monitor + "/metrics", "wrong", null)).isEqualTo(401);
      assertThat(status(monitor + "/metrics", key, null)).isEqualTo(200);
      assertThat(status(monitor + "/ready", null, null)).isEqualTo(200);
      String resource = "{\"resource\":\"a\",\"ttl\":30}";
      assertThat(status(monitor + "/lock", null, resource)).isEqualTo(401);
      assertThat(status(monitor + "/lock", key, resource)).isEqualTo(409);
      // the key may stand in the body, and then it is that one that counts
      String keyed = resource.replace("}", ",\"api_key\":\"%s\"}");
      assertThat(status(monitor + "/lock", null, String.format(keyed, key))).isEqualTo(409);
      assertThat(status(monitor + "/lock", null, String.format(keyed, "wrong"))).isEqualTo(401);
      assertThat(status(monitor + "/lock", key, String.format(keyed, "wrong"))).isEqualTo(401);
      var ofWebPage =
          HttpRequest.newBuilder(URI.create(monitor + "/lock"))
              .header("Origin", "https://a.example")
              .POST(HttpRequest.BodyPublishers.ofString(String.format(keyed, key)))
              .build();
      var refused =
          HttpClient.newHttpClient().send(ofWebPage, HttpResponse.BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.body()).startsWith("{\"success\":false,\"error\":\"forbidden_origin: ");
      try (var guesser = server.client()) {
        for (int i = 0; i < 10; i++) {
          assertThat(guesser.ask("{\"action\":\"ping\",\"api_key\":\"x" + i + "\"}"))
              .contains("auth_failed");
        }
        assertThat(guesser.line()).isNull();
      }
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> server.output().contains("Acquire rejected due to limits"));
      assertThat(server.output())
          .contains("Lock count warning: 100.0% of limit (2/2)")
          .doesNotContain(key)
          .doesNotContain("wrong");
    }
  }

  /** Of a GET, or of a POST with this body. */
  private static int status(String uri, String key, String body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(uri));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    if (body != null) {
      request.POST(HttpRequest.BodyPublishers.ofString(body));
    }
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
