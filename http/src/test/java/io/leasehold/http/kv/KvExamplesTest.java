package io.leasehold.http.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.http.access.HandClock;
import io.leasehold.http.access.OpenDoor;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of the documents, as they are printed there; versions and ids aside. */
class KvExamplesTest {
  private static final String JSON = "application/json";
  private static ActorTestKit kit;

  @TempDir Path spool;
  private HandClock clock;
  private MemoryStore store;
  private OpenDoor door;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void open() throws Exception {
    clock = new HandClock(1_768_469_400_000L);
    store = new MemoryStore(64, 64 << 20, clock);
    door = new OpenDoor(kit, TestRoutes.of(store, kit, spool, clock));
  }

  @AfterEach
  void close() throws Exception {
    door.close();
  }

  private HttpResponse<String> put(String key, String body) throws Exception {
    return door.send("PUT", "/api/v1/kv/" + key, body);
  }

  private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    return door.send("POST", "/api/v1/" + path, body, headers);
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    return door.send("GET", "/api/v1/" + path, null, headers);
  }

  private static String shown(HttpResponse<String> response) {
    return response
        .body()
        .replaceAll("\"(version|current_version|shard)\":[0-9]+", "\"$1\":7")
        .replaceAll("cor_[0-9a-f]{16}", "cor_0123456789abcdef");
  }

  private static long version(HttpResponse<String> response) {
    var matcher = java.util.regex.Pattern.compile("\"version\":([0-9]+)").matcher(response.body());
    assertThat(matcher.find()).as(response.body()).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  @Test
  void putGetHeadAndDelete() throws Exception {
    var put = put("k", "{\"value\":\"v\",\"ttl_seconds\":3600,\"metadata\":{\"owner\":\"ops\"}}");
    assertThat(put.statusCode()).isEqualTo(200);
    assertThat(shown(put))
        .isEqualTo("{\"success\":true,\"created\":true,\"version\":7,\"expires_at\":1768473000}");
    assertThat(put.headers().firstValue("ETag")).hasValue("\"" + version(put) + "\"");

    clock.advance(Duration.ofMillis(880));
    var got = get("kv/k");
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(shown(got))
        .isEqualTo(
            "{\"found\":true,\"key\":\"k\",\"value\":\"v\",\"version\":7,"
                + "\"created_at\":1768469400,\"updated_at\":1768469400,"
                + "\"expires_at\":1768473000,\"ttl_ms\":3599120,\"metadata\":{\"owner\":\"ops\"}}");
    assertThat(got.headers().firstValue("Cache-Control")).hasValue("no-cache");
    assertThat(got.headers().firstValue("Vary")).hasValue("Accept");

    for (var head :
        new HttpResponse<?>[] {
          door.send("HEAD", "/api/v1/kv/k", null),
          door.send("GET", "/api/v1/kv/k", null, "Accept", "application/octet-stream")
        }) {
      assertThat(head.statusCode()).isEqualTo(200);
      var headers = head.headers();
      assertThat(headers.firstValue("ETag")).hasValue("\"" + version(put) + "\"");
      assertThat(headers.firstValue("X-Key-Version")).hasValue("" + version(put));
      assertThat(headers.firstValue("X-Key-Created-At")).hasValue("1768469400");
      assertThat(headers.firstValue("X-Key-Updated-At")).hasValue("1768469400");
      assertThat(headers.firstValue("X-Key-Expires-At")).hasValue("1768473000");
      assertThat(headers.firstValue("X-Key-TTL-Ms")).hasValue("3599120");
      assertThat(headers.firstValue("X-KV-Metadata")).hasValue("{\"owner\":\"ops\"}");
    }

    var deleted = door.send("DELETE", "/api/v1/kv/k", null);
    assertThat(shown(deleted)).isEqualTo("{\"success\":true,\"existed\":true,\"version\":7}");
    assertThat(version(deleted)).isEqualTo(version(put) + 1);
    var again = door.send("DELETE", "/api/v1/kv/k", null);
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo("{\"success\":true,\"existed\":false}");

    var absent = get("kv/k");
    assertThat(absent.statusCode()).isEqualTo(404);
    assertThat(shown(absent))
        .isEqualTo(
            "{\"found\":false,\"error\":\"Not found\",\"code\":\"not_found\","
                + "\"message\":\"no such key\",\"correlation_id\":\"cor_0123456789abcdef\"}");
    var none = door.send("HEAD", "/api/v1/kv/k", null);
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(none.body()).isEmpty();
  }

  @Test
  void bytesComeAndGoAsTheyAre() throws Exception {
    byte[] bytes = {0, 1, 2, (byte) 0xff, 13, 10};
    var put =
        door.sendBytes(
            "PUT",
            "/api/v1/kv/b?ttl_ms=5000",
            bytes,
            "Content-Type",
            "application/octet-stream",
            "X-KV-Metadata",
            "{\"owner\":\"ops\",\"m\\u00fc\":\"\\n\"}");
    assertThat(put.statusCode()).isEqualTo(200);

    var raw =
        door.sendBytes(
            "GET", "/api/v1/kv/b", new byte[0], "Accept", "application/octet-stream, */*;q=0.5");
    assertThat(raw.body()).isEqualTo(bytes);
    assertThat(raw.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
    assertThat(raw.headers().firstValue("X-KV-Metadata").orElseThrow())
        .contains("\"m\\u00FC\":\"\\n\"")
        .contains("\"owner\":\"ops\"");
    assertThat(get("kv/b").body()).contains("\"value\":\"AAEC/w0K\",\"encoding\":\"base64\"");

    assertThat(put("c", "{\"value\":\"AAEC\",\"encoding\":\"base64\"}").statusCode())
        .isEqualTo(200);
    byte[] got =
        door.sendBytes("GET", "/api/v1/kv/c", new byte[0], "Accept", "application/octet-stream")
            .body();
    assertThat(got).containsExactly(0, 1, 2);

    // a body that says nothing of its type, and one that says it is a form, are JSON
    assertThat(put("d", "{\"value\":\"\"}").statusCode()).isEqualTo(200);
    assertThat(
            door.send(
                    "PUT",
                    "/api/v1/kv/d",
                    "{\"value\":\"\"}",
                    "Content-Type",
                    "application/x-www-form-urlencoded")
                .statusCode())
        .isEqualTo(200);
    assertThat(get("kv/d").body()).contains("\"value\":\"\",");
  }

  @Test
  void aListInPages() throws Exception {
    put("a%2F1", "{\"value\":\"v\"}");
    put("a%2F2", "{\"value\":\"v\"}");
    put("b", "{\"value\":\"v\"}");

    var page = get("kv?prefix=a%2F&limit=1");
    assertThat(shown(page))
        .startsWith(
            "{\"items\":[{\"key\":\"a/1\",\"value\":\"v\",\"version\":7,"
                + "\"created_at\":1768469400,\"updated_at\":1768469400}],\"count\":1,"
                + "\"has_more\":true,\"next_cursor\":\"")
        .endsWith("\",\"watch_position\":\"3f2a.AAE\"}");
    String cursor = page.body().replaceAll(".*next_cursor\":\"([^\"]*)\".*", "$1");
    var keys = get("kv?prefix=a%2F&limit=1&keys_only=true&cursor=" + cursor);
    assertThat(keys.body()).isEqualTo("{\"keys\":[\"a/2\"],\"count\":1,\"has_more\":false}");
    assertThat(get("kv?prefix=a%2F&limit=1&keys_only=true").body())
        .startsWith("{\"keys\":[\"a/1\"],\"count\":1,\"has_more\":true,\"next_cursor\":\"");
    assertThat(get("kv?prefix=nothing").body())
        .isEqualTo("{\"items\":[],\"count\":0,\"has_more\":false,\"watch_position\":\"3f2a.AAE\"}");
    assertThat(get("kv?consistency=stale").headers().firstValue("X-Consistency")).hasValue("stale");
  }

  @Test
  void batches() throws Exception {
    long version = version(put("a", "{\"value\":\"0\"}"));

    var put =
        post(
            "kv/batch/put",
            "{\"items\":[{\"key\":\"a\",\"value\":\"1\",\"if_match\":"
                + version
                + "},{\"key\":\"\",\"value\":\"x\"}]}");
    assertThat(put.statusCode()).isEqualTo(206);
    assertThat(shown(put))
        .isEqualTo(
            "{\"success_count\":1,\"error_count\":1,\"total_count\":2,\"success_rate\":50.0,"
                + "\"results\":[{\"key\":\"a\",\"success\":true,\"created\":false,\"version\":7},"
                + "{\"key\":\"\",\"success\":false,\"code\":\"missing_key\","
                + "\"error\":\"key cannot be empty\"}],\"errors\":[{\"key\":\"\","
                + "\"code\":\"missing_key\",\"error\":\"key cannot be empty\"}]}");

    clock.advance(Duration.ofSeconds(60));
    put("a", "{\"value\":\"1\"}");
    var got = post("kv/batch/get", "{\"keys\":[\"a\",\"b\"]}");
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(shown(got))
        .isEqualTo(
            "{\"success_count\":2,\"error_count\":0,\"total_count\":2,\"success_rate\":100.0,"
                + "\"results\":[{\"key\":\"a\",\"found\":true,\"value\":\"1\",\"version\":7,"
                + "\"created_at\":1768469400,\"updated_at\":1768469460},"
                + "{\"key\":\"b\",\"found\":false}],\"errors\":[]}");

    var deleted = post("kv/batch/delete", "{\"keys\":[\"a\",\"b\"]}");
    assertThat(deleted.statusCode()).isEqualTo(200);
    assertThat(shown(deleted))
        .isEqualTo(
            "{\"success_count\":2,\"error_count\":0,\"total_count\":2,\"success_rate\":100.0,"
                + "\"results\":[{\"key\":\"a\",\"success\":true,\"existed\":true,\"version\":7},"
                + "{\"key\":\"b\",\"success\":true,\"existed\":false}],\"errors\":[]}");

    assertThat(post("kv/batch/get", "{\"keys\":[\"\"]}").statusCode()).isEqualTo(400);
  }

  @Test
  void touchIncrementAndCompareAndSet() throws Exception {
    long version = version(put("t", "{\"value\":\"42\"}"));

    var touched = post("kv/t/touch", "{\"ttl_ms\":5000}");
    assertThat(shown(touched))
        .isEqualTo("{\"success\":true,\"version\":7,\"expires_at\":1768469405}");
    assertThat(version(touched)).isEqualTo(version);
    assertThat(shown(post("kv/t/touch", "{\"persist\":true}")))
        .isEqualTo("{\"success\":true,\"version\":7}");
    assertThat(post("kv/none/touch", "{\"ttl_seconds\":5}").statusCode()).isEqualTo(404);

    assertThat(shown(post("kv/t/increment", "{\"delta\":1}")))
        .isEqualTo(
            "{\"success\":true,\"created\":false,\"value\":\"43\",\"number\":43,\"version\":7}");
    assertThat(shown(post("kv/n/increment", null)))
        .isEqualTo(
            "{\"success\":true,\"created\":true,\"value\":\"1\",\"number\":1,\"version\":7}");

    var first = post("kv/c/cas", "{\"expected\":null,\"value\":\"old\",\"ttl_seconds\":60}");
    assertThat(shown(first))
        .isEqualTo("{\"success\":true,\"created\":true,\"version\":7,\"expires_at\":1768469460}");
    assertThat(shown(post("kv/c/cas", "{\"expected\":\"old\",\"value\":\"new\"}")))
        .isEqualTo("{\"success\":true,\"created\":false,\"version\":7}");
    assertThat(
            post("kv/c/cas", "{\"expected_version\":" + version(first) + ",\"value\":\"x\"}")
                .body())
        .contains("\"code\":\"cas_mismatch\"")
        .contains("\"current_version\":" + (version(first) + 1));
  }

  @Test
  void transactions() throws Exception {
    long version = version(put("%7Bo1%7D%2Fstate", "{\"value\":\"new\"}"));
    put("%7Bo1%7D%2Fhold", "{\"value\":\"1\"}");
    String request =
        "{\"conditions\":[{\"key\":\"{o1}/state\",\"type\":\"version_match\",\"version\":"
            + version
            + "}],\"operations\":[{\"type\":\"put\",\"key\":\"{o1}/state\",\"value\":\"paid\"},"
            + "{\"type\":\"delete\",\"key\":\"{o1}/hold\"}],"
            + "\"fence\":{\"lock\":\"o1\",\"token\":42}}";

    assertThat(post("transaction", request).body())
        .isEqualTo(
            "{\"success\":true,\"operations_completed\":2,\"version\":"
                + (version + 3)
                + ",\"results\":[{\"key\":\"{o1}/state\",\"success\":true,\"created\":false,"
                + "\"version\":"
                + (version + 2)
                + "},{\"key\":\"{o1}/hold\",\"success\":true,\"existed\":true,\"version\":"
                + (version + 3)
                + "}]}");
    var again = post("transaction", request);
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body().replaceAll("cor_[0-9a-f]{16}", "cor_0123456789abcdef"))
        .isEqualTo(
            "{\"error\":\"Transaction conflict\",\"code\":\"transaction_conflict\",\"message\":"
                + "\"condition 0: version is "
                + (version + 2)
                + ", not "
                + version
                + "\",\"correlation_id\":\"cor_0123456789abcdef\",\"failed\":{\"kind\":"
                + "\"condition\",\"index\":0,\"current_version\":"
                + (version + 2)
                + "}}");
  }

  @Test
  void fences() throws Exception {
    assertThat(get("kv/f", "If-Fence", "user-123/42").statusCode()).isEqualTo(404);
    var stale = door.send("PUT", "/api/v1/kv/f", "{\"value\":\"v\"}", "If-Fence", "user-123/41");
    assertThat(stale.statusCode()).isEqualTo(409);
    assertThat(shown(stale))
        .isEqualTo(
            "{\"error\":\"Stale fencing token\",\"code\":\"stale_fence\",\"message\":"
                + "\"token 41 of lock user-123 is older than 42\","
                + "\"correlation_id\":\"cor_0123456789abcdef\",\"newest_token\":42}");

    assertThat(shown(get("fences/user-123")))
        .isEqualTo("{\"lock\":\"user-123\",\"marks\":[{\"shard\":7,\"token\":42}]}");
    assertThat(door.send("DELETE", "/api/v1/fences/user-123", null).body())
        .isEqualTo("{\"success\":true,\"forgotten\":1}");
    assertThat(get("fences/user-123").body()).isEqualTo("{\"lock\":\"user-123\",\"marks\":[]}");
    // the lock key is everything before the last slash, percent-encoded
    assertThat(get("kv/f", "If-Fence", "a/b%2C%C3%BC/7").statusCode()).isEqualTo(404);
    assertThat(get("fences/a%2Fb%2C%C3%BC").body()).contains("\"lock\":\"a/b,ü\",\"marks\":[{");
  }

  @Test
  void aPreconditionThatFails() throws Exception {
    long version = version(put("p", "{\"value\":\"v\"}"));
    var failed = door.send("PUT", "/api/v1/kv/p", "{\"value\":\"w\"}", "If-Match", "\"1041\"");
    assertThat(failed.statusCode()).isEqualTo(412);
    assertThat(shown(failed))
        .isEqualTo(
            "{\"error\":\"Precondition failed\",\"code\":\"precondition_failed\",\"message\":"
                + "\"version is "
                + version
                + ", If-Match asked for 1041\",\"correlation_id\":\"cor_0123456789abcdef\","
                + "\"current_version\":7}");
  }

  @Test
  void aWatch() throws Exception {
    var response =
        door.open(
            "/api/v1/watch?prefix=orders%2F&events=put,delete,expire&include_values=true",
            "Accept-Encoding", "gzip");
    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    assertThat(response.headers().firstValue("Content-Encoding")).isEmpty();
    try (var lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("retry: 2000");
      assertThat(lines.readLine()).isEmpty();
      assertThat(event(lines)).isEqualTo("ready at-0 {\"shards\":64}");

      long version = version(put("orders%2F1", "{\"value\":\"v\",\"ttl_seconds\":3600}"));
      String place = "\"key\":\"orders/1\",\"shard\":" + shard("orders/1");
      assertThat(event(lines))
          .isEqualTo(
              "put at-"
                  + version
                  + " {"
                  + place
                  + ",\"revision\":"
                  + version
                  + ",\"version\":"
                  + version
                  + ",\"created\":true,\"expires_at\":1768473000,\"value\":\"v\"}");
      put("other", "{\"value\":\"v\"}");
      long gone = version(door.send("DELETE", "/api/v1/kv/orders%2F1", null));
      assertThat(event(lines))
          .isEqualTo(
              "delete at-"
                  + gone
                  + " {"
                  + place
                  + ",\"revision\":"
                  + gone
                  + ",\"version\":"
                  + gone
                  + "}");
      store.tellAll(
          new io.leasehold.actors.kv.KvStore.WatchEvent.Gap(
              12, 1_043, 4_000, "history_trimmed", "at-9"),
          false);
      assertThat(event(lines))
          .isEqualTo(
              "gap at-9 {\"shard\":12,\"from\":1043,\"to\":4000,\"reason\":\"history_trimmed\"}");
      store.tellAll(new io.leasehold.actors.kv.KvStore.WatchEvent.Bye("at-9"), true);
      assertThat(event(lines)).isEqualTo("bye at-9 {}");
      assertThat(lines.readLine()).isNull();
    }
  }

  private static int shard(String key) {
    return io.leasehold.domain.kv.KvKeys.shardOf(io.leasehold.domain.kv.Bytes.utf8(key), 64);
  }

  private static String event(BufferedReader lines) throws Exception {
    String event = lines.readLine();
    String id = lines.readLine();
    String data = lines.readLine();
    assertThat(event).startsWith("event: ");
    assertThat(id).startsWith("id: ");
    assertThat(data).startsWith("data: ");
    assertThat(lines.readLine()).isEmpty();
    return event.substring(7) + " " + id.substring(4) + " " + data.substring(6);
  }

  @Test
  void backupAndRestore() throws Exception {
    var backup = get("backup?prefix=a");
    assertThat(backup.headers().firstValue("Content-Type")).hasValue("application/x-ndjson");
    assertThat(backup.body()).startsWith("{\"format\":").contains("\"a1\"").endsWith("}\n");

    var restored = post("restore", backup.body());
    assertThat(restored.body())
        .isEqualTo(
            "{\"success\":true,\"mode\":\"skip\",\"restored\":990,\"skipped\":8,\"expired\":2,"
                + "\"total\":1000}");
    assertThat(store.spooled.get().getParent()).isEqualTo(spool);
    org.awaitility.Awaitility.await().until(() -> isEmpty(spool));
    assertThat(post("restore?mode=replace", backup.body()).body()).contains("\"mode\":\"replace\"");
  }

  private static boolean isEmpty(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }

  @Test
  void theIndexAndTheFigures() throws Exception {
    assertThat(door.send("GET", "/", null).body())
        .isEqualTo(
            "{\"service\":\"Leasehold\",\"version\":\"1.0.0\",\"api_version\":\"v1\","
                + "\"endpoints\":{\"kv\":\"/api/v1/kv\",\"health\":\"/api/v1/health\","
                + "\"metrics\":\"/api/v1/metrics\",\"stats\":\"/api/v1/stats\","
                + "\"dashboard\":\"/dashboard\"}}");
    put("s", "{\"value\":\"12\",\"ttl_ms\":5000}");
    clock.advance(Duration.ofSeconds(3));
    var stats = get("stats?details=true");
    assertThat(stats.headers().firstValue("Content-Type")).hasValue(JSON);
    assertThat(stats.body())
        .startsWith(
            "{\"total_keys\":1,\"total_size\":3,\"expiring_keys\":1,\"lsm_size\":0,"
                + "\"vlog_size\":0,\"shards\":64,\"shards_missing\":0,\"watchers\":0,"
                + "\"fence_marks\":0,\"uptime_seconds\":3,"
                + "\"timestamp\":\"2026-01-15T09:30:03.000Z\",\"details\":{\"shards\":[{"
                + "\"shard\":0,\"node\":\"10.0.0.1:25520\",\"keys\":0,\"bytes\":0,"
                + "\"revision\":0,\"waiting\":0},");
    assertThat(get("stats").body()).endsWith(".000Z\"}");
  }
}
