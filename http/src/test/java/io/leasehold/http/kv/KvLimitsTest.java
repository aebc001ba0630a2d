package io.leasehold.http.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.config.access.AccessKey;
import io.leasehold.config.access.Scope;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.config.value.Secret;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.ApiKeys.Right;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.http.access.HandClock;
import io.leasehold.http.access.OpenDoor;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What requests of the store cost their caller, and what a caller is told of the limit. */
class KvLimitsTest {
  private static final String APP = "app-key";
  private static final String OTHER = "other-key";
  private static ActorTestKit kit;

  @TempDir static Path spool;

  private final List<String> taken = Collections.synchronizedList(new ArrayList<>());
  private final HandClock clock = new HandClock(1_768_469_400_250L);
  private volatile Answering answering =
      policy -> CompletableFuture.completedFuture(RateDecision.admitted(policy, 7));
  private OpenDoor door;

  private interface Answering {
    CompletionStage<RateDecision> of(RatePolicy policy);
  }

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
    door = open(true, new KvSettings.RateLimit(4, 10));
  }

  @AfterEach
  void close() throws Exception {
    door.close();
  }

  private OpenDoor open(boolean keysRequired, KvSettings.RateLimit usual) throws Exception {
    var app =
        new AccessKey(
            "access.keys[0]",
            "app",
            new Secret("0".repeat(64)),
            Set.of(Scope.ALL),
            List.of(),
            500,
            0,
            false,
            false);
    var limits =
        new CallerLimits(
            (bucket, policy, cost) -> {
              taken.add(bucket + " -" + cost);
              return answering.of(policy);
            },
            usual,
            List.of(app));
    var keys =
        new ApiKeys.Builder()
            .addHash(AccessKey.sha256Of(new Secret(APP)).reveal(), "app", ApiKeys.allRights())
            .addHash(
                AccessKey.sha256Of(new Secret(OTHER)).reveal(), "other", EnumSet.of(Right.KV_READ))
            .build();
    return new OpenDoor(
        kit,
        TestRoutes.of(new MemoryStore(4, 3 << 20, clock), kit, spool, clock),
        keys,
        keysRequired,
        List.of("*"),
        limits,
        clock);
  }

  private void refusing(long retryInNanos) {
    answering =
        policy -> CompletableFuture.completedFuture(RateDecision.refused(policy, 0, retryInNanos));
  }

  private HttpResponse<String> send(String key, String method, String path, String body)
      throws Exception {
    return door.send(method, "/api/v1/" + path, body, "X-API-Key", key);
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("none");
  }

  @Test
  void aRequestCostsOneAndABatchItsEntries() throws Exception {
    send(APP, "PUT", "kv/a", "{\"value\":\"1\"}");
    send(APP, "GET", "kv?limit=500", null);
    send(APP, "POST", "kv/batch/put", "{\"items\":[{\"key\":\"a\"},{\"keys\":[1,2,3]},{}]}");
    send(APP, "POST", "kv/batch/get", "{\"other\":[1,2],\"keys\":[\"a\",\"b\"]}");
    send(APP, "POST", "kv/batch/delete", "{\"keys\":[" + "\"k\",".repeat(700) + "\"k\"]}");
    send(
        APP,
        "POST",
        "transaction",
        "{\"conditions\":[{\"key\":\"a\",\"type\":\"key_exists\"}],\"operations\":["
            + "{\"type\":\"get\",\"key\":\"a\"},{\"type\":\"get\",\"key\":\"a\"}]}");
    send(APP, "POST", "kv/batch/get", "no JSON");
    send(APP, "POST", "kv/batch/get", "{}");
    send(APP, "POST", "restore", "no backup");

    assertThat(taken)
        .containsExactly(
            "kv:app -1",
            "kv:app -1",
            "kv:app -3",
            "kv:app -2",
            "kv:app -500", // the burst, so that it can pass
            "kv:app -2",
            "kv:app -1",
            "kv:app -1",
            "kv:app -1");
  }

  @Test
  void whatIsNoCallOfTheStoreOrNotAllowedCostsNothing() throws Exception {
    assertThat(send(OTHER, "PUT", "kv/a", "{}").statusCode()).isEqualTo(403);
    assertThat(send("wrong", "GET", "kv/a", null).statusCode()).isEqualTo(401);
    assertThat(send(APP, "GET", "stats", null).statusCode()).isEqualTo(200);
    assertThat(send(APP, "GET", "nothing", null).statusCode()).isEqualTo(404);
    assertThat(send(APP, "OPTIONS", "kv/a", null).statusCode()).isEqualTo(200);
    assertThat(taken).isEmpty();
  }

  @Test
  void everyAnswerTellsHowTheCallerStands() throws Exception {
    for (HttpResponse<String> answer :
        List.of(
            send(OTHER, "GET", "kv", null),
            send(OTHER, "GET", "kv/absent", null),
            send(OTHER, "GET", "kv/absent?consistency=never", null),
            send(OTHER, "HEAD", "kv/absent", null),
            send(OTHER, "POST", "kv/batch/get", "no JSON"))) {
      // 3 of 10 are missing, at 4 a second
      assertThat(header(answer, "RateLimit-Policy")).isEqualTo("\"kv\";q=10;w=3");
      assertThat(header(answer, "RateLimit")).isEqualTo("\"kv\";r=7;t=1");
      assertThat(header(answer, "X-RateLimit-Limit")).isEqualTo("10");
      assertThat(header(answer, "X-RateLimit-Remaining")).isEqualTo("7");
      assertThat(header(answer, "X-RateLimit-Reset")).isEqualTo("1768469401");
      assertThat(header(answer, "Retry-After")).isEqualTo("none");
    }
    assertThat(taken).hasSize(5);
  }

  @Test
  void aRefusalSaysWhenToComeAgainAndChangesNothing() throws Exception {
    send(APP, "PUT", "kv/a", "{\"value\":\"1\"}");
    refusing(1_119_000_001);

    HttpResponse<String> refused = send(APP, "PUT", "kv/a", "{\"value\":\"2\"}");
    HttpResponse<String> batch =
        send(APP, "POST", "kv/batch/put", "{\"items\":[{\"key\":\"a\",\"value\":\"2\"}]}");
    HttpResponse<String> large = send(APP, "PUT", "kv/a", "x".repeat(1 << 20));

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body())
        .isEqualTo(
            "{\"error\":\"Rate limit exceeded\",\"code\":\"rate_limited\",\"message\":"
                + "\"limit of 500 requests/s and 500 at once, retry in 1120 ms\","
                + "\"correlation_id\":\""
                + header(refused, "X-Correlation-ID")
                + "\",\"retry_after_ms\":1120}");
    assertThat(header(refused, "Retry-After")).isEqualTo("2");
    assertThat(header(refused, "RateLimit-Policy")).isEqualTo("\"kv\";q=500;w=1");
    assertThat(header(refused, "RateLimit")).isEqualTo("\"kv\";r=0;t=1");
    assertThat(batch.statusCode()).isEqualTo(429);
    assertThat(large.statusCode()).isEqualTo(429);
    answering = policy -> CompletableFuture.completedFuture(RateDecision.admitted(policy, 1));
    assertThat(send(APP, "GET", "kv/a", null).body()).contains("\"value\":\"1\"");
  }

  @Test
  void nothingIsDoneBeforeTheLimitHasSpoken() throws Exception {
    var asked = new CompletableFuture<RatePolicy>();
    var decision = new CompletableFuture<RateDecision>();
    answering =
        policy -> {
          asked.complete(policy);
          return decision;
        };
    var put = CompletableFuture.supplyAsync(() -> unchecked("PUT", "{\"value\":\"1\"}"));
    RatePolicy policy = asked.join();
    answering = each -> CompletableFuture.completedFuture(RateDecision.admitted(each, 1));

    assertThat(send(APP, "GET", "kv/late", null).statusCode()).isEqualTo(404);
    decision.complete(RateDecision.admitted(policy, 1));
    assertThat(put.join()).isEqualTo(200);
    assertThat(send(APP, "GET", "kv/late", null).statusCode()).isEqualTo(200);
  }

  private int unchecked(String method, String body) {
    try {
      return send(APP, method, "kv/late", body).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whereNoKeyIsNeededAnAddressIsACallerAndAKeyStillIsOne() throws Exception {
    try (var open = open(false, new KvSettings.RateLimit(4, 10))) {
      open.send("GET", "/api/v1/kv/a", null);
      open.send("GET", "/api/v1/kv/a", null, "X-API-Key", "unknown");
      open.send("GET", "/api/v1/kv/a", null, "Authorization", "Bearer " + APP);
    }
    assertThat(taken).containsExactly("kv:addr:127.0.0.1 -1", "kv:addr:127.0.0.1 -1", "kv:app -1");
  }

  @Test
  void whoIsNotLimitedIsToldOfNoLimit() throws Exception {
    try (var open = open(true, new KvSettings.RateLimit(0, 0))) {
      HttpResponse<String> answer = open.send("GET", "/api/v1/kv", null, "X-API-Key", OTHER);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(header(answer, "RateLimit")).isEqualTo("none");
      assertThat(header(answer, "X-RateLimit-Limit")).isEqualTo("none");
    }
    assertThat(taken).isEmpty();
  }
}
