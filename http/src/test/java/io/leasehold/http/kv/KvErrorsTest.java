package io.leasehold.http.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.ApiKeys.Right;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.HandClock;
import io.leasehold.http.access.OpenDoor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every code of an error, asked for once, with its status and its form. */
class KvErrorsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String VALUE = "{\"value\":\"v\"}";
  private static ActorTestKit kit;
  private static MemoryStore store;
  private static OpenDoor door;
  private static OpenDoor guarded;

  @TempDir static Path spool;

  private final Set<String> seen = new TreeSet<>();

  @BeforeAll
  static void open() throws Exception {
    kit = ActorTestKit.create();
    var clock = new HandClock(1_768_469_400_000L);
    store = new MemoryStore(4, 3 << 20, clock);
    var routes = new ArrayList<>(TestRoutes.of(store, kit, spool, clock));
    routes.add(
        new ApiRoute(
            List.of("GET"),
            "/broken",
            null,
            Set.of(),
            call -> {
              throw new IllegalStateException("a test");
            }));
    door = new OpenDoor(kit, routes);
    var keys =
        new ApiKeys.Builder()
            .add("reader", EnumSet.of(Right.KV_READ))
            .addHash(
                "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918", // "admin"
                "app1",
                EnumSet.of(Right.KV_READ, Right.KV_WRITE, Right.KV_ADMIN),
                List.of("orders/"))
            .build();
    guarded = new OpenDoor(kit, TestRoutes.of(store, kit, spool, clock), keys, true, List.of("*"));
  }

  @AfterAll
  static void close() throws Exception {
    door.close();
    guarded.close();
    kit.shutdownTestKit();
  }

  private void refused(HttpResponse<String> response, Problem problem) throws Exception {
    JsonNode body = MAPPER.readTree(response.body());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(problem.status());
    assertThat(body.path("code").textValue()).isEqualTo(problem.code());
    assertThat(body.path("error").textValue()).isEqualTo(problem.title());
    assertThat(body.path("message").textValue()).isNotBlank();
    assertThat(body.path("correlation_id").textValue())
        .isEqualTo(response.headers().firstValue("X-Correlation-ID").orElseThrow());
    assertThat(response.headers().firstValue("X-Request-ID")).isPresent();
    if (problem.status() == 503) {
      assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(body.path("outcome").textValue()).isIn("not_applied", "unknown");
    }
    seen.add(problem.code());
  }

  private HttpResponse<String> put(String key, String body, String... headers) throws Exception {
    return door.send("PUT", "/api/v1/kv/" + key, body, headers);
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return door.send("POST", "/api/v1/" + path, body);
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    return door.send("GET", "/api/v1/" + path, null, headers);
  }

  private HttpResponse<String> forced(KvResult result) throws Exception {
    store.forced.set(result);
    return put("k", VALUE);
  }

  @Test
  void everyCodeOnce() throws Exception {
    requests();
    keysAndRoutes();
    states();
    accessAndTrouble();

    var all = new TreeSet<String>();
    for (Problem problem : Problem.values()) {
      all.add(problem.code());
    }
    // what batches, the limiter, other ports and a node that stops say is tested beside them
    all.removeAll(
        Set.of(
            "response_too_large",
            "rate_limited",
            "draining",
            "forbidden_origin",
            "metrics_disabled"));
    assertThat(seen).isEqualTo(all);
  }

  private void requests() throws Exception {
    refused(put("k", "{"), Problem.INVALID_JSON);
    refused(put("k", "[]"), Problem.INVALID_JSON);
    refused(put("k", "{} x"), Problem.INVALID_JSON);
    refused(put("k", ""), Problem.INVALID_JSON);
    refused(get("kv/k?consistency=soon"), Problem.INVALID_REQUEST);
    refused(get("kv/k?consistency=stale", "If-Fence", "a/1"), Problem.INVALID_REQUEST);
    refused(post("kv/batch/get", "{\"keys\":[]}"), Problem.INVALID_REQUEST);
    refused(post("kv/batch/put", "{}"), Problem.INVALID_REQUEST);
    refused(put("k", "{}"), Problem.MISSING_VALUE);
    refused(put("k", "{\"value\":null}"), Problem.MISSING_VALUE);
    refused(put("k", "{\"value\":7}"), Problem.INVALID_VALUE);
    refused(put("k", "{\"value\":\"\\ud800\"}"), Problem.INVALID_VALUE);
    refused(put("k", "{\"value\":\"?\",\"encoding\":\"base64\"}"), Problem.INVALID_VALUE);
    for (String ttl :
        List.of(
            "\"ttl_ms\":1,\"ttl_seconds\":1",
            "\"ttl_ms\":-1",
            "\"ttl_ms\":1.5",
            "\"ttl_ms\":\"1\"",
            "\"ttl_seconds\":315360001",
            "\"ttl_ms\":99999999999999999999",
            "\"keep_ttl\":true,\"ttl_ms\":1")) {
      refused(put("k", "{\"value\":\"v\"," + ttl + "}"), Problem.INVALID_TTL);
    }
    refused(post("kv/k/touch", "{}"), Problem.INVALID_TTL);
    refused(put("k", "{\"value\":\"v\",\"metadata\":[]}"), Problem.INVALID_METADATA);
    refused(put("k", "{\"value\":\"v\",\"metadata\":{\"a\":1}}"), Problem.INVALID_METADATA);
    refused(
        put("k", "{\"value\":\"v\",\"metadata\":{\"a\":\"" + "x".repeat(4_096) + "\"}}"),
        Problem.METADATA_TOO_LARGE);
    refused(get("kv?cursor=AAAA"), Problem.INVALID_CURSOR);
    refused(get("watch?position=garbage"), Problem.INVALID_POSITION);
    for (String tag : List.of("1042", "\"1", "*, \"1\"", "", "\"1\" \"2\"")) {
      refused(get("kv/k", "If-Match", tag), Problem.INVALID_PRECONDITION);
    }
    for (String fence : List.of("a", "/1", "a/0", "a/x", "a/9007199254740992", "a%2/1", "a,b/1")) {
      refused(get("kv/k", "If-Fence", fence), Problem.INVALID_FENCE);
    }
    refused(get("kv/k", "If-Fence", "a/1", "If-Fence", "a/1"), Problem.INVALID_FENCE);
    refused(
        post(
            "transaction",
            "{\"operations\":[{\"type\":\"delete\",\"key\":\"a\"},"
                + "{\"type\":\"delete\",\"key\":\"b\"}]}"),
        Problem.CROSS_SHARD);
  }

  private void keysAndRoutes() throws Exception {
    for (String method : List.of("GET", "PUT", "DELETE", "POST", "PATCH")) {
      refused(door.send(method, "/api/v1/kv/", ""), Problem.MISSING_KEY);
    }
    refused(get("kv/%00"), Problem.INVALID_KEY);
    refused(get("kv/%7F"), Problem.INVALID_KEY);
    refused(get("kv/%FF"), Problem.INVALID_KEY);
    refused(get("kv/%2E%2E"), Problem.INVALID_KEY);
    refused(get("kv/" + "k".repeat(1_025)), Problem.KEY_TOO_LONG);
    refused(get("kv/a/b"), Problem.NO_SUCH_ROUTE);
    assertThat(get("kv/a/b").body()).contains("%2F");
    refused(get("nothing"), Problem.NO_SUCH_ROUTE);
    var wrongMethod = door.send("PATCH", "/api/v1/kv/k", "");
    refused(wrongMethod, Problem.METHOD_NOT_ALLOWED);
    assertThat(wrongMethod.headers().firstValue("Allow"))
        .hasValue("DELETE, GET, HEAD, OPTIONS, PUT");
  }

  private void states() throws Exception {
    refused(post("kv/absent/touch", "{\"persist\":true}"), Problem.NOT_FOUND);
    refused(put("k", VALUE, "If-Match", "*"), Problem.PRECONDITION_FAILED);
    put("k", VALUE);
    refused(put("k", VALUE, "If-None-Match", "*"), Problem.PRECONDITION_FAILED);
    refused(put("k", VALUE, "If-Match", "W/\"1\""), Problem.PRECONDITION_FAILED);
    refused(post("kv/k/increment", "{}"), Problem.NOT_AN_INTEGER);
    put("max", "{\"value\":\"9223372036854775807\"}");
    refused(post("kv/max/increment", "{}"), Problem.OVERFLOW);
    refused(post("kv/k/cas", "{\"expected\":\"x\",\"value\":\"y\"}"), Problem.CAS_MISMATCH);
    refused(
        post(
            "transaction",
            "{\"operations\":[{\"type\":\"touch\",\"key\":\"none\",\"persist\":true}]}"),
        Problem.TRANSACTION_CONFLICT);
    get("kv/k", "If-Fence", "l/2");
    refused(get("kv/k", "If-Fence", "l/1"), Problem.STALE_FENCE);
    refused(forced(new KvResult.UnknownFence()), Problem.UNKNOWN_FENCE);
    String large = "x".repeat((1 << 20) + 1);
    refused(put("k", "{\"value\":\"" + large + "\"}"), Problem.VALUE_TOO_LARGE);
    refused(put("k", large, "Content-Type", "application/octet-stream"), Problem.VALUE_TOO_LARGE);
    refused(put("k", "x".repeat((8 << 20) + 1)), Problem.BODY_TOO_LARGE);
    refused(post("restore", "x".repeat(100_001)), Problem.BODY_TOO_LARGE);
    refused(post("restore", "{}\n"), Problem.BAD_BACKUP);
    String mebibyte = "x".repeat(1 << 20);
    for (int i = 0; i < 2; i++) {
      put("%7Bfull%7D" + i, mebibyte, "Content-Type", "application/octet-stream");
    }
    refused(
        put("%7Bfull%7D2", mebibyte, "Content-Type", "application/octet-stream"),
        Problem.STORAGE_FULL);
  }

  private void accessAndTrouble() throws Exception {
    var none = guarded.send("GET", "/api/v1/kv/k", null);
    refused(none, Problem.AUTH_FAILED);
    assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    refused(guarded.send("GET", "/api/v1/kv/k", null, "X-API-Key", "wrong"), Problem.AUTH_FAILED);
    refused(
        guarded.send("DELETE", "/api/v1/kv/k", null, "Authorization", "Bearer reader"),
        Problem.FORBIDDEN);
    assertThat(guarded.send("GET", "/api/v1/kv/k", null, "X-API-Key", "reader").statusCode())
        .isEqualTo(200);
    for (String path : List.of("kv/k", "kv?prefix=order", "watch", "backup")) {
      refused(
          guarded.send("GET", "/api/v1/" + path, null, "X-API-Key", "admin"), Problem.FORBIDDEN);
    }
    assertThat(
            guarded.send("PUT", "/api/v1/kv/orders%2F1", VALUE, "X-API-Key", "admin").statusCode())
        .isEqualTo(200);
    var batch =
        guarded.send(
            "POST",
            "/api/v1/kv/batch/get",
            "{\"keys\":[\"orders/1\",\"k\"]}",
            "X-API-Key",
            "admin");
    assertThat(batch.statusCode()).isEqualTo(206);
    assertThat(batch.body()).contains("{\"key\":\"k\",\"code\":\"forbidden\",\"error\":");

    refused(forced(new KvResult.Unavailable("the commit failed", true)), Problem.UNAVAILABLE);
    refused(forced(new KvResult.Overloaded("10000 operations wait")), Problem.OVERLOADED);
    store.maxWatchers = 0;
    refused(get("watch"), Problem.WATCH_LIMIT);
    store.silent = true;
    refused(get("kv"), Problem.UNAVAILABLE);
    refused(get("fences/l"), Problem.UNAVAILABLE);
    assertThat(get("stats").body()).contains("\"shards_missing\":1");
    store.silent = false;
    store.unavailableRestore = true;
    refused(post("restore", MemoryStore.END + "}"), Problem.UNAVAILABLE);
    refused(door.send("GET", "/broken", null), Problem.INTERNAL);
  }

  @Test
  void aNodeThatStopsSaysSo() throws Exception {
    var clock = new HandClock(0);
    try (var stopping = new OpenDoor(kit, TestRoutes.of(store, kit, spool, clock))) {
      stopping.door.drain();
      refused(stopping.send("GET", "/api/v1/kv/k", null), Problem.DRAINING);
      assertThat(stopping.send("GET", "/", null).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aBackupThatFailsOnItsWayIsVisiblyIncomplete() throws Exception {
    var silent = new MemoryStore(4, 1 << 20, new HandClock(0));
    silent.silent = true;
    try (var failing = new OpenDoor(kit, TestRoutes.of(silent, kit, spool, new HandClock(0)))) {
      var read = new ByteArrayOutputStream();
      assertThatThrownBy(() -> failing.open("/api/v1/backup").body().transferTo(read))
          .isInstanceOf(IOException.class);
      assertThat(read.toString(StandardCharsets.UTF_8)).doesNotContain(MemoryStore.END);
    }
  }

  @Test
  void aBatchStopsReadingWhenItsAnswerIsFull() throws Exception {
    var large = new MemoryStore(4, 1L << 30, new HandClock(0));
    try (var full = new OpenDoor(kit, TestRoutes.of(large, kit, spool, new HandClock(0)))) {
      var keys = new ArrayList<String>();
      String mebibyte = "x".repeat(1 << 20);
      for (int i = 0; i < 17; i++) {
        keys.add("\"k" + i + "\"");
        full.send("PUT", "/api/v1/kv/k" + i, mebibyte, "Content-Type", "application/octet-stream");
      }
      var got =
          full.send("POST", "/api/v1/kv/batch/get", "{\"keys\":[" + String.join(",", keys) + "]}");
      assertThat(got.statusCode()).isEqualTo(206);
      assertThat(got.body())
          .startsWith("{\"success_count\":16,\"error_count\":1,\"total_count\":17,")
          .contains("\"errors\":[{\"key\":\"k16\",\"code\":\"response_too_large\"");
    }
  }

  @Test
  void conditionalReads() throws Exception {
    var put = put("c", VALUE);
    String tag = put.headers().firstValue("ETag").orElseThrow();
    for (String method : List.of("GET", "HEAD")) {
      var same = door.send(method, "/api/v1/kv/c", null, "If-None-Match", "\"9\", " + tag);
      assertThat(same.statusCode()).isEqualTo(304);
      assertThat(same.body()).isEmpty();
      assertThat(same.headers().firstValue("ETag")).hasValue(tag);
      var other = door.send(method, "/api/v1/kv/c", null, "If-None-Match", "W/" + tag);
      assertThat(other.statusCode()).isEqualTo(200);
    }
    assertThat(get("kv/c", "If-None-Match", "*").statusCode()).isEqualTo(304);
    assertThat(get("kv/none", "If-None-Match", "*").statusCode()).isEqualTo(404);
    assertThat(get("kv/c", "If-Match", tag).statusCode()).isEqualTo(200);
    assertThat(get("kv/c", "If-Match", "\"x\", " + tag).statusCode()).isEqualTo(200);
    assertThat(put("new", VALUE, "If-None-Match", "*").statusCode()).isEqualTo(200);
    assertThat(get("kv/c?consistency=stale").headers().firstValue("X-Consistency"))
        .hasValue("stale");
  }
}
