package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wire of a real server, with the durability it has by default. */
class LockProtocolIT {
  @TempDir static Path dir;

  private static final AtomicInteger KEYS = new AtomicInteger();
  private static ServerProcess server;

  @BeforeAll
  static void start() throws IOException {
    server =
        ServerProcess.start(
            dir.resolve("data"), "lock.max-connections=300", "lock.request-timeout=5s");
  }

  @AfterAll
  static void stop() throws Exception {
    assertThat(server.terminate()).as(server.output()).isZero();
  }

  private static String key() {
    return "key-" + KEYS.incrementAndGet();
  }

  private static String acquire(String key, String more) {
    return "{\"action\":\"acquire\",\"key\":\"" + key + "\",\"ttl\":30" + more + "}";
  }

  private static String release(String key) {
    return "{\"action\":\"release\",\"key\":\"" + key + "\"}";
  }

  @Test
  void theBaseProtocolAnswersByteForByte() throws IOException {
    try (var client = server.client()) {
      String key = key();
      String granted =
          client.ask(
              "{\"action\":\"acquire\",\"key\":\""
                  + key
                  + "\",\"ttl\":300,\"pid\":\"web-worker\",\"host\":\"server-01\"}");
      assertThat(granted).matches("\\{\"success\":true,\"token\":\\d+,\"ttl_ms\":300000}");
      assertThat(client.ask(acquire(key, "")))
          .matches("\\{\"success\":false,\"reason\":\"held\",\"ttl_ms\":\\d+}");
      assertThat(client.ask("{\"action\":\"exists\",\"key\":\"" + key + "\"}"))
          .isEqualTo("{\"success\":true}");
      String extend =
          "{\"action\":\"extend\",\"key\":\"" + key + "\",\"ttl\":600,\"owner\":\"%s\"}";
      assertThat(client.ask(String.format(extend, "web-worker@server-01")))
          .matches("\\{\"success\":true,\"token\":\\d+,\"ttl_ms\":600000}");
      assertThat(client.ask(String.format(extend, "other")))
          .isEqualTo("{\"success\":false,\"reason\":\"not_owner\"}");
      assertThat(client.ask(release(key))).isEqualTo("{\"success\":true}");
      assertThat(client.ask(release(key))).isEqualTo("{\"success\":false,\"reason\":\"not_held\"}");
      assertThat(client.ask("{\"action\":\"stats\"}"))
          .matches(
              "\\{\"success\":true,\"data\":\\{\"TotalRequests\":\\d+,\"ActiveLocks\":\\d+,"
                  + "\"AcquireRequests\":\\d+,\"ReleaseRequests\":\\d+,\"ExistsRequests\":\\d+,"
                  + "\"ExtendRequests\":\\d+,\"StatsRequests\":\\d+,\"RejectedRequests\":0,"
                  + "\"Waiters\":\\d+,\"ActiveConnections\":\\d+,\"UptimeSeconds\":\\d+}}");
    }
  }

  @Test
  void requestsWithoutAnIdAreAnsweredInOrderThoughOneWaits() throws IOException {
    try (var holder = server.client();
        var client = server.client()) {
      String key = key();
      holder.ask(acquire(key, ",\"owner\":\"a\""));
      client.send(
          acquire(key, ",\"owner\":\"b\",\"wait_ms\":10000")
              + "\n{\"action\":\"exists\",\"key\":\""
              + key()
              + "\"}\n"
              + acquire(key, ",\"owner\":\"c\",\"wait_ms\":200,\"id\":1")
              + "\n");
      JsonNode first = client.nextJson();
      assertThat(first.get("id").intValue()).isEqualTo(1);
      assertThat(first.get("reason").textValue()).isEqualTo("timeout");
      assertThat(first.get("waited_ms").intValue()).isGreaterThanOrEqualTo(200);
      holder.ask(release(key));
      assertThat(client.nextJson().get("token").longValue()).isPositive();
      assertThat(client.line()).isEqualTo("{\"success\":false,\"reason\":\"not_held\"}");
    }
  }

  @Test
  void aThousandWaitersAreGrantedInTheirOrder() throws IOException {
    try (var client = server.client()) {
      String key = key();
      int waiters = 1_000;
      client.ask(acquire(key, ",\"owner\":\"first\""));
      var all = new StringBuilder();
      for (int i = 0; i < waiters; i++) {
        all.append(acquire(key, ",\"owner\":\"w" + i + "\",\"wait_ms\":60000,\"id\":" + i) + "\n");
      }
      client.send(all.toString());
      try (var other = server.client()) {
        Awaitility.await()
            .atMost(10, TimeUnit.SECONDS)
            .until(
                () ->
                    other
                            .json("{\"action\":\"inspect\",\"key\":\"" + key + "\"}")
                            .get("waiters_total")
                            .intValue()
                        == waiters);
        long last = 0;
        for (int i = 0; i < waiters; i++) {
          other.ask(release(key));
          JsonNode granted = client.nextJson();
          assertThat(granted.get("id").intValue()).isEqualTo(i);
          assertThat(granted.get("token").longValue()).isGreaterThan(last);
          last = granted.get("token").longValue();
        }
      }
    }
  }

  @Test
  void cancelAndTheEndOfInputEndWaits() throws IOException {
    try (var holder = server.client();
        var client = server.client();
        var leaving = server.client()) {
      String key = key();
      holder.ask(acquire(key, ",\"owner\":\"a\""));
      client.send(
          acquire(key, ",\"owner\":\"b\",\"wait_ms\":60000,\"id\":\"a1\"")
              + "\n{\"action\":\"cancel\",\"target\":\"a1\",\"id\":\"c1\"}\n");
      assertThat(client.line())
          .matches(
              "\\{\"success\":false,\"reason\":\"cancelled\",\"waited_ms\":\\d+,\"id\":\"a1\"}");
      assertThat(client.line()).isEqualTo("{\"success\":true,\"cancelled\":\"a1\",\"id\":\"c1\"}");
      assertThat(client.ask("{\"action\":\"cancel\",\"target\":\"a1\",\"id\":\"c2\"}"))
          .isEqualTo("{\"success\":false,\"reason\":\"not_waiting\",\"id\":\"c2\"}");

      leaving.send(acquire(key, ",\"owner\":\"c\",\"wait_ms\":60000") + "\n");
      leaving.endInput();
      assertThat(leaving.line()).contains("\"reason\":\"cancelled\"");
      assertThat(leaving.line()).isNull();
    }
  }

  @Test
  void aWaitOfAConnectionThatBreaksGoesToTheNext() throws Exception {
    try (var holder = server.client();
        var second = server.client()) {
      String key = key();
      holder.ask(acquire(key, ",\"owner\":\"a\""));
      try (var broken = server.client()) {
        broken.send(acquire(key, ",\"owner\":\"b\",\"wait_ms\":60000,\"id\":1") + "\n");
        Awaitility.await()
            .until(
                () ->
                    holder
                            .json("{\"action\":\"inspect\",\"key\":\"" + key + "\"}")
                            .get("waiters_total")
                            .intValue()
                        == 1);
        broken.socket.setSoLinger(true, 0); // a reset, not a goodbye
      }
      second.send(acquire(key, ",\"owner\":\"c\",\"wait_ms\":10000") + "\n");
      holder.ask(release(key));
      assertThat(second.nextJson().get("success").booleanValue()).isTrue();
    }
  }

  @Test
  void aLineSplitAtEveryByteIsOneRequest() throws IOException {
    String line = "{\"action\":\"exists\",\"key\":\"spl\u00fct\"}\r\n";
    byte[] bytes = line.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    try (var client = server.client()) {
      for (byte b : bytes) {
        client.socket.getOutputStream().write(b);
        client.socket.getOutputStream().flush();
      }
      assertThat(client.line()).isEqualTo("{\"success\":false,\"reason\":\"not_held\"}");
    }
  }

  @Test
  void badLinesGetTheirErrorAndTheConnectionLives() throws IOException {
    try (var client = server.client()) {
      assertThat(client.ask("garbage"))
          .isEqualTo(
              "{\"success\":false,\"error\":\"invalid_json: expected { at byte 1\","
                  + "\"code\":\"invalid_json\"}");
      client.send("x".repeat(65_537) + "\n\n  \n{\"action\":\"ping\",\"id\":7}\n");
      assertThat(client.line())
          .isEqualTo(
              "{\"success\":false,\"error\":\"line_too_long: line exceeds 65536 bytes\","
                  + "\"code\":\"line_too_long\"}");
      assertThat(client.line())
          .startsWith(
              "{\"success\":true,\"version\":\"1.0.0\",\"protocol\":1,\"node\":\"127.0.0.1:")
          .endsWith("\"durability\":\"durable\",\"id\":7}");
      String key = key();
      client.ask(acquire(key, ",\"owner\":\"a\""));
      client.send(
          acquire(key, ",\"owner\":\"b\",\"wait_ms\":5000,\"id\":3")
              + "\n{\"action\":\"ping\",\"id\":3}\n");
      assertThat(client.line())
          .isEqualTo(
              "{\"success\":false,\"error\":\"duplicate_id: id is in flight on this connection\","
                  + "\"code\":\"duplicate_id\",\"id\":3}");
    }
  }

  @Test
  void aLineWithoutItsEndCountsAtTheEndOfInput() throws IOException {
    try (var client = server.client()) {
      client.send("{\"action\":\"exists\",\"key\":\"" + key() + "\"}");
      client.endInput();
      assertThat(client.line()).isEqualTo("{\"success\":false,\"reason\":\"not_held\"}");
      assertThat(client.line()).isNull();
    }
  }

  @Test
  void verifyTellsALiveTokenFromAnOldOne() throws IOException {
    try (var client = server.client()) {
      String key = key();
      long token = client.json(acquire(key, ",\"owner\":\"w7\"")).get("token").longValue();
      String verify = "{\"action\":\"verify\",\"key\":\"" + key + "\",\"token\":%d}";
      assertThat(client.ask(String.format(verify, token)))
          .matches("\\{\"success\":true,\"owner\":\"w7\",\"ttl_ms\":\\d+}");
      assertThat(client.ask(String.format(verify, token - 1)))
          .isEqualTo("{\"success\":false,\"reason\":\"stale_token\"}");
      client.ask(release(key));
      assertThat(client.ask(String.format(verify, token)))
          .isEqualTo("{\"success\":false,\"reason\":\"not_held\"}");
    }
  }

  @Test
  void listShowsHeldKeysPageByPage() throws IOException {
    try (var client = server.client()) {
      var expected = new ArrayList<String>();
      for (String name : List.of("a", "b", "c", "\u00fc", "\ud83d\ude00")) {
        String key = "list:" + name;
        client.ask(acquire(key, ",\"owner\":\"o\""));
        expected.add(key);
      }
      var seen = new ArrayList<String>();
      String cursor = "";
      do {
        JsonNode page =
            client.json(
                "{\"action\":\"list\",\"prefix\":\"list:\",\"limit\":2,\"cursor\":\""
                    + cursor
                    + "\"}");
        page.get("locks").forEach(lock -> seen.add(lock.get("key").textValue()));
        cursor = page.has("cursor") ? page.get("cursor").textValue() : null;
      } while (cursor != null);
      assertThat(seen).isEqualTo(expected);
      assertThat(client.ask("{\"action\":\"list\",\"cursor\":\"***\"}"))
          .contains("invalid_field: cursor");
    }
  }

  @Test
  void oneRequestTooManyIsNotReadBeforeAnAnswerHasLeft() throws IOException {
    try (var client = server.client()) {
      int requests = 5_000;
      var all = new StringBuilder();
      String key = key();
      for (int i = 0; i < requests; i++) {
        all.append(i % 2 == 0 ? acquire(key, "") : release(key)).append('\n');
      }
      client.send(all.toString());
      for (int i = 0; i < requests; i++) {
        assertThat(client.nextJson().get("success").booleanValue()).as("answer " + i).isTrue();
      }
    }
  }

  @Test
  void theConnectionOverTheLimitIsToldAndTheOthersLive() throws Exception {
    var clients = new ArrayList<RawClient>();
    try {
      String refused = null;
      for (int i = 0; i < 301 && refused == null; i++) {
        var client = server.client();
        clients.add(client);
        if (i >= 290) {
          refused = client.ask("{\"action\":\"ping\"}");
          refused = refused.contains("max_connections") ? refused : null;
        }
      }
      assertThat(refused)
          .isEqualTo(
              "{\"success\":false,\"error\":\"max_connections_reached: maximum connections reached:"
                  + " 300/300\",\"code\":\"max_connections_reached\"}");
      assertThat(clients.get(0).ask("{\"action\":\"ping\"}")).contains("\"success\":true");
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () -> {
              try (var client = server.client()) {
                return client.ask("{\"action\":\"ping\"}").contains("\"success\":true");
              }
            });
  }

  @Test
  void curlIsAnsweredAsPublished() throws Exception {
    var http = HttpClient.newHttpClient();
    String key = key();
    assertThat(post(http, acquire(key, "")).body())
        .matches("\\{\"success\":true,\"token\":\\d+,\"ttl_ms\":30000}\n");
    HttpResponse<String> held = post(http, acquire(key, ""));
    assertThat(held.statusCode()).isEqualTo(200);
    assertThat(held.body()).contains("\"reason\":\"held\"");
    HttpResponse<String> bad = post(http, "{\n\"action\":\"fly\"\n}");
    assertThat(bad.statusCode()).isEqualTo(400);
    assertThat(bad.body()).contains("unknown_action");
    URI root = URI.create("http://127.0.0.1:" + server.port("lock") + "/");
    var get = HttpRequest.newBuilder(root).GET().build();
    HttpResponse<String> wrong = http.send(get, HttpResponse.BodyHandlers.ofString());
    assertThat(wrong.statusCode()).isEqualTo(405);
    assertThat(wrong.headers().firstValue("Allow")).hasValue("POST");
    var page =
        HttpRequest.newBuilder(root)
            .header("Origin", "http://evil.example")
            .POST(HttpRequest.BodyPublishers.ofString(release(key)))
            .build();
    assertThat(http.send(page, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(403);
  }

  private static HttpResponse<String> post(HttpClient http, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port("lock") + "/?x=1"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aResourceIsTakenOverTheMonitoringPort() throws Exception {
    var http = HttpClient.newHttpClient();
    String key = key();
    String body = "{\"resource\":\"" + key + "\",\"ttl\":30}";
    HttpResponse<String> taken = postLock(http, body);
    assertThat(taken.statusCode()).isEqualTo(200);
    assertThat(taken.body())
        .matches(
            "\\{\"success\":true,\"resource\":\""
                + key
                + "\",\"owner\":\"@\",\"token\":\\d+,\"ttl_ms\":30000}\n");
    HttpResponse<String> held = postLock(http, body);
    assertThat(held.statusCode()).isEqualTo(409);
    assertThat(held.body())
        .isEqualTo("{\"success\":false,\"resource\":\"" + key + "\",\"reason\":\"held\"}\n");
    // two retries are one wait of 100 + 200 ms
    String retrying = "{\"resource\":\"" + key + "\",\"ttl\":30,\"retry\":{\"max_attempts\":2}}";
    assertThat(postLock(http, retrying).body()).contains("\"reason\":\"timeout\"");
    assertThat(postLock(http, "{\"ttl\":30}").statusCode()).isEqualTo(400);
    var tooLong = postLock(http, "x".repeat(70_000));
    assertThat(tooLong.statusCode()).isEqualTo(413);
    assertThat(tooLong.body())
        .isEqualTo(
            "{\"success\":false,\"error\":\"line_too_long: body exceeds 65536 bytes\","
                + "\"code\":\"line_too_long\"}\n");
    assertThat(postLock(http, acquire("of-the-body", ",\"wait_ms\":60001")).body())
        .contains("\"code\":\"missing_key\"");
    assertThat(postLock(http, retrying.replace("\"retry\"", "\"wait_ms\":60001,\"x\"")).body())
        .contains("\"error\":\"invalid_field: wait_ms must be an integer from 0 to 60000 here");
  }

  @Test
  void aClientThatLeavesTheConvenienceFormLeavesTheQueue() throws Exception {
    String key = key();
    try (var client = server.client();
        var http = new Socket("127.0.0.1", server.port("monitor"))) {
      client.ask(acquire(key, ",\"owner\":\"a\""));
      String body = "{\"resource\":\"" + key + "\",\"ttl\":30,\"owner\":\"b\",\"wait_ms\":60000}";
      String request =
          "POST /lock HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body;
      http.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String inspect = "{\"action\":\"inspect\",\"key\":\"" + key + "\"}";
      Awaitility.await()
          .untilAsserted(() -> assertThat(client.ask(inspect)).contains("\"waiters_total\":1"));

      http.close();

      Awaitility.await()
          .untilAsserted(() -> assertThat(client.ask(inspect)).contains("\"waiters_total\":0"));
      client.ask(release(key));
      assertThat(client.ask(acquire(key, ",\"owner\":\"c\""))).contains("\"success\":true");
    }
  }

  @Test
  void aLeaseOfTheConvenienceFormOutlivesItsConnectionWhichMayBeOld() throws Exception {
    String key = key();
    try (var client = server.client();
        var http = new Socket("127.0.0.1", server.port("monitor"))) {
      String body = "{\"resource\":\"" + key + "\",\"ttl\":30,\"wait_ms\":1000}";
      String request =
          "POST /lock HTTP/1.0\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
      http.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(http.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).contains("\"success\":true");
      http.close();
      client.ask("{\"action\":\"ping\"}");
      assertThat(client.ask("{\"action\":\"exists\",\"key\":\"" + key + "\"}"))
          .isEqualTo("{\"success\":true}");
    }
  }

  /** The library's own time-out is 20 s: it answered for the queue, which went on. */
  @Test
  void theConvenienceFormWaitsForAllItsRetries() throws Exception {
    String key = key();
    try (var client = server.client()) {
      client.ask("{\"action\":\"acquire\",\"key\":\"" + key + "\",\"ttl\":23}");
      String retrying =
          "{\"resource\":\"" + key + "\",\"ttl\":30,\"retry\":{\"max_attempts\":100}}";
      var answer = postLock(HttpClient.newHttpClient(), retrying);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("\"resource\":\"" + key + "\"");
    }
  }

  private static HttpResponse<String> postLock(HttpClient http, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port("monitor") + "/lock"))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void monitoringShowsWhatHappened() throws Exception {
    try (var client = server.client()) {
      client.ask(acquire(key(), ",\"owner\":\"shown\""));
    }
    var http = HttpClient.newHttpClient();
    String base = "http://127.0.0.1:" + server.port("monitor");
    assertThat(get(http, base + "/ready").statusCode()).isEqualTo(200);
    assertThat(get(http, base + "/health/live").body()).contains("\"status\":\"alive\"");
    assertThat(get(http, base + "/health").body()).contains("\"status\":\"healthy\"");
    assertThat(get(http, base + "/nope").statusCode()).isEqualTo(404);
    String metrics = get(http, base + "/metrics").body();
    assertThat(metrics)
        .contains("ttl_semlock_requests_total{action=\"acquire\",status=\"success\"} ")
        .contains("ttl_semlock_request_duration_seconds_bucket{action=\"acquire\",le=\"0.0001\"}")
        .contains("ttl_semlock_rejected_requests_total{reason=\"max_locks_reached\"} 0")
        .contains("leasehold_ready 1")
        .contains("leasehold_journal_commit_seconds_count{kind=\"lock\"} ");
    assertThat(get(http, "http://127.0.0.1:" + server.port("debug") + "/debug/locks").body())
        .contains("\"owner\":\"shown\"");
  }

  private static HttpResponse<String> get(HttpClient http, String uri) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create(uri)).GET().build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
