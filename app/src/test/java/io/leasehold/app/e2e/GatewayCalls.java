package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** Calls of the gateway's control plane at one server. */
final class GatewayCalls {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String CREDENTIALS =
      "\"email\":\"ann@example.com\",\"password\":\"correct horse 9\"";

  private final ServerProcess server;

  GatewayCalls(ServerProcess server) {
    this.server = server;
  }

  /** What was answered, whatever the status. */
  JsonNode call(String method, String path, String body, String token)
      throws IOException, InterruptedException {
    var publisher =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port("http") + path))
            .header("Content-Type", "application/json")
            .method(method, publisher);
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return JSON.readTree(HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString()).body());
  }

  /**
   * A key for everything, with a quota that no test uses up, and an instance.
   *
   * @param instance its id
   * @param session of whoever made them
   * @param organization its path
   * @param keyId of the key
   */
  record Account(String token, String instance, String session, String organization, String keyId) {
    /** Of the instance at the control plane. */
    String path() {
      return organization + "/redis-instances/" + instance;
    }
  }

  /** Makes a user, an organization, a key and an embedded instance. */
  Account open() throws IOException, InterruptedException {
    return open("\"type\":\"embedded\"");
  }

  /** The same with an instance of any kind. */
  Account open(String members) throws IOException, InterruptedException {
    String name = "u" + UUID.randomUUID().toString().substring(0, 8);
    String who = "\"email\":\"" + name + "@example.com\",\"password\":\"correct horse 9\"";
    made("/auth/register", "{\"username\":\"" + name + "\"," + who + "}", null);
    String session = made("/auth/login", "{" + who + "}", null).get("token").textValue();
    String named = "{\"name\":\"" + name + "\"";
    String organization =
        "/api/organizations/"
            + made("/api/organizations", named + ",\"slug\":\"" + name + "\"}", session)
                .get("id")
                .textValue();
    JsonNode key =
        made(
            organization + "/api-keys",
            named + ",\"scopes\":[\"*\"],\"rate_limit_rps\":1000000}",
            session);
    JsonNode instance =
        made(organization + "/redis-instances", named + "," + members + "}", session);
    return new Account(
        key.get("key").textValue(),
        instance.get("id").textValue(),
        session,
        organization,
        key.at("/api_key/id").textValue());
  }

  private JsonNode made(String path, String body, String token)
      throws IOException, InterruptedException {
    JsonNode answer = call("POST", path, body, token);
    assertThat(answer.path("success").booleanValue()).as(path + ": " + answer).isTrue();
    return answer.get("data");
  }

  /** A key that is made and revoked at one node opens, and then does not, at another. */
  static void assertRevocationIsSeen(ServerProcess here, ServerProcess there) throws Exception {
    var one = new GatewayCalls(here);
    var other = new GatewayCalls(there);
    one.call("POST", "/auth/register", "{\"username\":\"ann\"," + CREDENTIALS + "}", null);
    String session =
        other.call("POST", "/auth/login", "{" + CREDENTIALS + "}", null).at("/data/token").asText();
    String organization =
        "/api/organizations/"
            + one.call(
                    "POST", "/api/organizations", "{\"name\":\"Acme\",\"slug\":\"acme\"}", session)
                .at("/data/id")
                .asText();
    JsonNode made =
        one.call(
            "POST", organization + "/api-keys", "{\"name\":\"k\",\"scopes\":[\"admin\"]}", session);
    String key = made.at("/data/key").asText();
    JsonNode read = other.call("GET", organization, null, key);
    assertThat(read.at("/data/slug").asText()).as(read.toString()).isEqualTo("acme");
    one.call(
        "DELETE",
        organization + "/api-keys/" + made.at("/data/api_key/id").asText(),
        null,
        session);
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> !other.call("GET", organization, null, key).get("success").booleanValue());
  }

  /** The quota of a key is one for all nodes, and changes on all of them while they serve it. */
  static void assertQuotaIsOneForAll(ServerProcess one, ServerProcess two, ServerProcess three)
      throws Exception {
    var calls = new GatewayCalls(one);
    Account to = calls.open();
    List<GatewayCalls> others = List.of(new GatewayCalls(two), new GatewayCalls(three));
    for (GatewayCalls each : others) {
      assertThat(each.pings(to, 6).isArray()).isTrue();
    }

    calls.quota(to, "{\"rate_limit_rps\":20,\"rate_limit_burst\":5}");
    for (GatewayCalls each : others) {
      Awaitility.await()
          .atMost(5, TimeUnit.SECONDS)
          .until(() -> each.pings(to, 6).path("error").asText().contains("more than the burst"));
    }
    long started = System.nanoTime();
    int admitted = 0;
    for (int i = 0; System.nanoTime() - started < TimeUnit.SECONDS.toNanos(3); i++) {
      admitted += others.get(i % 2).pings(to, 1).isArray() ? 1 : 0;
    }
    double due = 5 + 20 * (System.nanoTime() - started) / 1e9;
    assertThat((double) admitted).isBetween(0.7 * due, 1.1 * due + 5); // one may find no owner

    calls.quota(to, "{\"rate_limit_rps\":1000,\"rate_limit_burst\":null}");
    for (GatewayCalls each : others) {
      Awaitility.await().atMost(5, TimeUnit.SECONDS).until(() -> each.pings(to, 6).isArray());
    }
  }

  private void quota(Account of, String rules) throws IOException, InterruptedException {
    String path = of.organization() + "/api-keys/" + of.keyId();
    assertThat(call("PUT", path, rules, of.session()).get("success").booleanValue()).isTrue();
  }

  /** A batch of so many, an array of answers if it was admitted. */
  private JsonNode pings(Account to, int count) throws IOException, InterruptedException {
    String body = "[" + "[\"PING\"],".repeat(count - 1) + "[\"PING\"]]";
    return call("POST", "/redis/" + to.instance() + "/pipeline", body, to.token());
  }

  private String run(Account to, String command) throws IOException, InterruptedException {
    return call("POST", "/redis/" + to.instance(), command, to.token()).toString();
  }

  /**
   * An external instance that is made, moved and deleted at one node is so at another, which opens
   * the password that the one sealed.
   */
  static void assertAnExternalInstanceIsFollowed(ServerProcess here, ServerProcess there, Path dir)
      throws Exception {
    var one = new GatewayCalls(here);
    var other = new GatewayCalls(there);
    try (var first = new RealRedis(dir, "--requirepass", "first-secret");
        var second = new RealRedis(dir)) {
      second.ask(List.of("SET", "k", "second"));
      String url = "\"redis_url\":\"redis://127.0.0.1:";
      Account to = one.open(url + first.port + "\",\"password\":\"first-secret\"");
      assertThat(other.run(to, "[\"SET\",\"k\",\"first\"]")).contains("OK");
      JsonNode moved = one.call("PUT", to.path(), "{" + url + second.port + "\"}", to.session());
      assertThat(moved.get("success").booleanValue()).as(moved.toString()).isTrue();
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> other.run(to, "[\"GET\",\"k\"]").contains("second"));
      JsonNode health = one.call("GET", to.path() + "/health", null, to.session()).get("data");
      assertThat(health.get("nodes_missing")).as(health.toString()).isEmpty();
      assertThat(health.get("nodes")).as(health.toString()).hasSize(3);
      for (JsonNode node : health.get("nodes")) {
        boolean serves = node.get("node").asText().endsWith(":" + there.port("remoting"));
        assertThat(node.get("circuit").asText()).isEqualTo("closed");
        assertThat(node.get("connections").intValue()).isEqualTo(serves ? 1 : 0);
      }
      one.call("DELETE", to.path(), null, to.session());
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .until(() -> other.run(to, "[\"GET\",\"k\"]").contains("Redis instance not found"));
      for (ServerProcess each : List.of(here, there)) {
        assertThat(each.output()).doesNotContain("first-secret");
      }
    }
  }
}
