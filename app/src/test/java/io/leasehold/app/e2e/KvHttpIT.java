package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store over HTTP, with its real shards and their journal behind it. */
class KvHttpIT {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static ServerProcess server;

  @TempDir static Path directory;

  @BeforeAll
  static void start() throws Exception {
    Path data = directory.resolve("data");
    Files.createDirectories(data.resolve("restore"));
    Files.writeString(data.resolve("restore/restore-left.tmp"), "half a backup");
    server = ServerProcess.start(data, StoreLimit.SETTING);
    assertThat(data.resolve("restore")).isEmptyDirectory();
  }

  @AfterAll
  static void stop() throws Exception {
    assertThat(server.terminate()).isZero();
  }

  private static HttpResponse<String> send(
      String door, String method, String path, String body, String... headers) throws Exception {
    return CLIENT.send(request(door, method, path, body, headers), BodyHandlers.ofString());
  }

  private static HttpRequest request(
      String door, String method, String path, String body, String... headers) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port(door) + path))
            .timeout(Duration.ofSeconds(20))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }

  private static JsonNode json(String method, String path, String body, String... headers)
      throws Exception {
    return MAPPER.readTree(send("http", method, "/api/v1/" + path, body, headers).body());
  }

  @Test
  void aValueIsWrittenReadChangedAndDeleted() throws Exception {
    JsonNode put = json("PUT", "kv/a%2Fb", "{\"value\":\"1\",\"metadata\":{\"by\":\"test\"}}");
    long version = put.get("version").longValue();
    assertThat(put.get("created").booleanValue()).isTrue();
    JsonNode got = json("GET", "kv/a%2Fb", null);
    assertThat(got.get("key").textValue()).isEqualTo("a/b");
    assertThat(got.get("value").textValue()).isEqualTo("1");
    assertThat(got.get("version").longValue()).isEqualTo(version);
    assertThat(got.get("metadata").get("by").textValue()).isEqualTo("test");
    assertThat(json("POST", "kv/a%2Fb/increment", null).get("number").longValue()).isEqualTo(2);
    var stale = json("PUT", "kv/a%2Fb", "{\"value\":\"x\"}", "If-Match", "\"" + version + "\"");
    assertThat(stale.get("code").textValue()).isEqualTo("precondition_failed");
    assertThat(json("DELETE", "kv/a%2Fb", null).get("existed").booleanValue()).isTrue();
    assertThat(send("http", "HEAD", "/api/v1/kv/a%2Fb", null).statusCode()).isEqualTo(404);

    json("PUT", "kv/soon", "{\"value\":\"1\",\"ttl_ms\":50}");
    Awaitility.await()
        .until(() -> send("http", "GET", "/api/v1/kv/soon", null).statusCode() == 404);
  }

  @Test
  void aTransactionIsGuardedByALock() throws Exception {
    String transaction =
        "{\"operations\":[{\"type\":\"put\",\"key\":\"{t}/1\",\"value\":\"a\"},"
            + "{\"type\":\"get\",\"key\":\"{t}/1\"}],\"fence\":{\"lock\":\"l/1\",\"token\":%d}}";
    JsonNode done = json("POST", "transaction", transaction.formatted(7));
    assertThat(done.get("operations_completed").intValue()).isEqualTo(2);
    assertThat(done.get("results").get(1).get("value").textValue()).isEqualTo("a");
    assertThat(json("POST", "transaction", transaction.formatted(6)).get("newest_token").intValue())
        .isEqualTo(7);
    assertThat(json("GET", "fences/l%2F1", null).get("marks")).hasSize(1);
    assertThat(json("DELETE", "fences/l%2F1", null).get("forgotten").intValue()).isEqualTo(1);
    assertThat(json("GET", "fences/l%2F1", null).get("marks")).isEmpty();
  }

  @Test
  void theLimitOfAKeyHoldsAtBothDoorsTogether() throws Exception {
    assertThat(send("http", "PUT", "/api/v1/kv/limited", "{\"value\":\"0\"}").headers().map())
        .doesNotContainKey("x-ratelimit-limit");
    assertThat(StoreLimit.left(StoreLimit.put(server, "1"))).isEqualTo(StoreLimit.BURST - 1);
    HttpResponse<String> batch =
        StoreLimit.send(
            server,
            "POST",
            "kv/batch/get",
            "{\"keys\":[\"limited\"" + ",\"limited\"".repeat(StoreLimit.BURST - 11) + "]}");
    assertThat(batch.statusCode()).isEqualTo(200);
    assertThat(StoreLimit.left(batch)).isBetween(9L, 12L);

    try (var client = server.client()) {
      JsonNode line = client.json(StoreLimit.putLine("2"));
      for (int i = 0; i < 100 && line.get("success").booleanValue(); i++) {
        line = client.json(StoreLimit.putLine("2"));
      }
      assertThat(line.get("code").textValue()).isEqualTo("rate_limited");
      assertThat(line.get("retry_after_ms").intValue()).isBetween(1, 1_000);
    }
    HttpResponse<String> refused =
        StoreLimit.send(
            server,
            "POST",
            "kv/batch/put",
            "{\"items\":["
                + "{\"key\":\"limited\",\"value\":\"3\"},".repeat(9)
                + "{\"key\":\"limited\",\"value\":\"3\"}]}");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(MAPPER.readTree(refused.body()).get("retry_after_ms").intValue()).isPositive();
    assertThat(json("GET", "kv/limited", null).get("value").textValue()).isEqualTo("2");
    assertThat(send("monitor", "GET", "/metrics", null).body())
        .contains("leasehold_rate_limited_total{door=\"kv_http\"} 1\n")
        .contains("leasehold_rate_limited_total{door=\"kv_tcp\"} 1\n");
  }

  /** Every route of the port has its series from the start. */
  @Test
  void theDocumentOfThePortHasItsRoutesAndNoOthers() throws Exception {
    var routes = new TreeSet<String>();
    Matcher series =
        Pattern.compile(
                "(?m)^http_requests_total\\{method=\"(\\w+)\",path=\"(/[^\"]*)\",status=\"200\"")
            .matcher(send("http", "GET", "/metrics", null).body());
    while (series.find()) {
      if (!series.group(1).equals("OPTIONS")) {
        routes.add(series.group(1) + " " + series.group(2));
      }
    }
    var documented = new TreeSet<String>();
    json("GET", "openapi.json", null)
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    assertThat(routes).contains("GET /health", "POST /api/v1/locks/force-release");
    assertThat(documented).isEqualTo(routes);
  }

  @Test
  void theKeysAskedForMostAreShownWhicheverDoorTheyCameBy() throws Exception {
    for (int i = 0; i < 3; i++) {
      json("PUT", "kv/asked", "{\"value\":\"1\"}");
    }
    json("POST", "kv/batch/get", "{\"keys\":[\"asked\",\"asked\"]}");
    json(
        "POST",
        "transaction",
        "{\"operations\":[{\"type\":\"get\",\"key\":\"asked\"},{\"type\":\"delete\",\"key\":\"asked\"}]}");
    try (var client = server.client()) {
      client.json("{\"action\":\"kv_get\",\"key\":\"asked\"}");
    }
    JsonNode top = ServerProcess.get(server.port("debug"), "/debug/topkeys?kind=kv");
    long asked = 0;
    for (JsonNode row : top.get("keys")) {
      assertThat(row.get("kind").textValue()).isEqualTo("kv");
      asked += row.get("key").textValue().equals("asked") ? row.get("count").longValue() : 0;
    }
    assertThat(asked).isEqualTo(8);
    assertThat(ServerProcess.get(server.port("debug"), "/debug/topkeys").get("keys")).isEmpty();
    assertThat(
            ServerProcess.get(server.port("debug"), "/debug/topkeys?kind=x")
                .get("message")
                .textValue())
        .isEqualTo("kind must be lock or kv, got x");
  }

  @Test
  void aListIsWatchedFromWhereItWasTaken() throws Exception {
    json(
        "POST",
        "kv/batch/put",
        "{\"items\":[{\"key\":\"w/1\",\"value\":\"1\"},{\"key\":\"w/2\",\"value\":\"2\"}]}");
    JsonNode list = json("GET", "kv?prefix=w%2F&keys_only=true&limit=1", null);
    assertThat(list.get("keys").get(0).textValue()).isEqualTo("w/1");
    String next = list.get("next_cursor").textValue();
    JsonNode rest = json("GET", "kv?prefix=w%2F&limit=1&cursor=" + next, null);
    assertThat(rest.get("items").get(0).get("value").textValue()).isEqualTo("2");
    assertThat(rest.get("has_more").booleanValue()).isFalse();
    json("PUT", "kv/w%2F3", "{\"value\":\"3\"}");

    String position = list.get("watch_position").textValue();
    var watch =
        CLIENT.send(
            request("http", "GET", "/api/v1/watch?prefix=w%2F&position=" + position, null),
            BodyHandlers.ofInputStream());
    try (var lines =
        new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("retry: 2000");
      String line = lines.readLine();
      while (!line.equals("event: put")) {
        line = lines.readLine();
      }
      assertThat(lines.readLine()).startsWith("id: ");
      assertThat(lines.readLine()).startsWith("data: {\"key\":\"w/3\",\"shard\":");
    }
  }

  @Test
  void aBackupIsRestored() throws Exception {
    json("PUT", "kv/b%2F1", "{\"value\":\"kept\"}");
    String backup = send("http", "GET", "/api/v1/backup?prefix=b%2F", null).body();
    assertThat(backup.lines()).hasSize(3);
    json("DELETE", "kv/b%2F1", null);
    JsonNode restored = json("POST", "restore", backup);
    assertThat(restored.toString())
        .isEqualTo(
            "{\"success\":true,\"mode\":\"skip\",\"restored\":1,\"skipped\":0,\"expired\":0,"
                + "\"total\":1}");
    assertThat(json("GET", "kv/b%2F1", null).get("value").textValue()).isEqualTo("kept");
    String flipped = backup.replace("kept", "kepu");
    assertThat(json("POST", "restore?mode=overwrite", flipped).get("code").textValue())
        .isEqualTo("bad_backup");
  }

  @Test
  void whatWasAskedIsCounted() throws Exception {
    json("GET", "kv/counted", null);
    assertThat(json("GET", "stats", null).get("shards_missing").intValue()).isZero();
    String text = send("monitor", "GET", "/metrics", null).body();
    assertThat(Exposition.parse(text, false).families())
        .containsKeys(
            "http_request_duration_seconds",
            "kvstore_http_request_duration_seconds",
            "kvstore_http_response_size_bytes",
            "api_key_requests_total");
    assertThat(text)
        .containsPattern(
            "\nhttp_requests_total\\{method=\"GET\",path=\"/api/v1/kv/\\{key}\",status=\"404\"} [1-9]")
        .containsPattern("\nkvstore_requests_total\\{method=\"GET\"} [1-9]")
        .containsPattern("\nkvstore_request_errors_total\\{type=\"not_found\"} [1-9]")
        .containsPattern("\nleasehold_errors_total\\{code=\"not_found\"} [1-9]");
  }
}
