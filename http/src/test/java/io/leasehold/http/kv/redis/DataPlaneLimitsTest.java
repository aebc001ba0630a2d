package io.leasehold.http.kv.redis;

import static io.leasehold.http.kv.redis.Gateway.BASE;
import static io.leasehold.http.kv.redis.Gateway.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.Scope;
import io.leasehold.http.access.HandClock;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What requests of the gateway cost, and what a caller is told of its limit. */
class DataPlaneLimitsTest {
  private static final String KEY = "key:00000000-0000-0009-0000-000000000001";
  private static ActorTestKit kit;
  private final HandClock clock = new HandClock(1_795_214_442_250L);
  private Gateway gateway;

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
    gateway = new Gateway(kit, clock, 100);
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  private void refusing(long retryInNanos) {
    gateway.deciding = (policy, cost) -> RateDecision.refused(policy, 42, retryInNanos);
  }

  @Test
  void aBatchCostsItsCommandsAndEverythingElseOne() throws Exception {
    gateway.run("[\"PING\"]");
    gateway.send("POST", "/pipeline", "[[\"PING\"],[\"PING\"],[\"NOSUCH\"]]");
    gateway.send("POST", "/multi-exec", "[[\"PING\"],[\"PING\"]]");
    gateway.send("GET", "/get/a", null);

    assertThat(gateway.taken).containsExactly(KEY + " -1", KEY + " -3", KEY + " -2", KEY + " -1");
  }

  @Test
  void whatFailsBetweenKeyAndLimiterCostsOneOnce() throws Exception {
    assertThat(gateway.send("POST", "/pipeline", "[[],[]]").statusCode()).isEqualTo(400);
    assertThat(gateway.as("all", "GET", "/redis/nothing/get/a", null).statusCode()).isEqualTo(404);
    String large = "x".repeat(Gateway.MAX_BODY);
    assertThat(gateway.send("POST", "/set/k", large).statusCode()).isEqualTo(413);

    assertThat(gateway.taken).containsExactly(KEY + " -1", KEY + " -1", KEY + " -1");
    refusing(1);
    assertThat(gateway.send("POST", "/pipeline", "[[],[]]").statusCode()).isEqualTo(429);
  }

  @Test
  void whoHasNoValidKeyIsHeldToItsAddress() throws Exception {
    var answer = gateway.as("wrong", "POST", BASE, "[\"PING\"]");
    gateway.door.send("POST", BASE, "[\"PING\"]");

    assertThat(gateway.taken).containsExactly("addr:127.0.0.1 -1", "addr:127.0.0.1 -1");
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(header(answer, "ratelimit-policy")).isEqualTo("\"address\";q=100;w=1");
    refusing(1);
    var refused = gateway.as("wrong", "POST", BASE, "[\"PING\"]");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(
            gateway.registry.getSampleValue(
                "gateway_rate_limited_total", new String[] {"bucket"}, new String[] {"address"}))
        .isEqualTo(1);
  }

  @Test
  void whatIsWrongBeforeTheKeyCostsNothing() throws Exception {
    assertThat(gateway.send("DELETE", "", null).statusCode()).isEqualTo(405);
    assertThat(gateway.send("POST", "", "[]", "Upstash-Encoding", "x").statusCode()).isEqualTo(400);

    assertThat(gateway.taken).isEmpty();
  }

  @Test
  void everyLimitedAnswerSaysHowTheBucketStands() throws Exception {
    gateway.deciding = (policy, cost) -> RateDecision.admitted(policy, 42);

    for (var answer :
        List.of(
            gateway.send("POST", "", "[\"PING\"]"),
            gateway.send("POST", "", "[\"NOSUCH\"]"),
            gateway.send("POST", "", "[]"))) {
      assertThat(header(answer, "ratelimit-policy")).isEqualTo("\"key\";q=100;w=1");
      assertThat(header(answer, "ratelimit")).isEqualTo("\"key\";r=42;t=1");
      assertThat(header(answer, "x-ratelimit-limit")).isEqualTo("100");
      assertThat(header(answer, "x-ratelimit-remaining")).isEqualTo("42");
      assertThat(header(answer, "x-ratelimit-reset")).isEqualTo("1795214443");
    }
  }

  @Test
  void aRefusalSaysWhenToComeAgain() throws Exception {
    refusing(339_000_001);

    var answer = gateway.send("POST", "", "[\"PING\"]");

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":\"ERR rate limit exceeded: 100 commands/s, retry in 340 ms\","
                + "\"retry_after_ms\":340}");
    assertThat(header(answer, "retry-after")).isEqualTo("1");
    assertThat(header(answer, "upstash-sync-token")).isEqualTo("node1.1");
    assertThat(gateway.instances.sent).isEmpty();
  }

  @Test
  void aBatchAboveTheBurstCanNeverPass() throws Exception {
    refusing(RateDecision.NEVER);

    var answer = gateway.send("POST", "/pipeline", "[[\"PING\"],[\"PING\"]]");

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":\"ERR rate limit exceeded: 2 commands are more than the burst of 100\","
                + "\"retry_after_ms\":null}");
    assertThat(header(answer, "retry-after")).isEqualTo("none");
  }

  @Test
  void aKeyMayHaveAQuotaOfItsOwn() throws Exception {
    var grant = Directories.grant(5, Set.of(Scope.ALL), List.of());
    gateway.directories.put("own", Directories.limited(grant, 2, 5));

    var answer = gateway.as("own", "POST", BASE, "[\"PING\"]");

    assertThat(header(answer, "ratelimit-policy")).isEqualTo("\"key\";q=5;w=3");
    assertThat(header(answer, "x-ratelimit-remaining")).isEqualTo("4");
  }
}
