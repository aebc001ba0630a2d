package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people try at the gateway who should not get in, or not so far: a whole server that logs all
 * it can, and at the end no secret stands in anything that it has said.
 */
@Timeout(120)
class GatewaySecurityIT {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_BODY = 64 << 10;
  private static final String VALUE = "a-value-nobody-else-may-see";

  /** What no log, figure or record may hold. */
  private static final List<String> SECRETS = new ArrayList<>(List.of(VALUE, "correct horse 9"));

  @TempDir static Path dir;
  private static ServerProcess server;
  private static GatewayCalls calls;
  private static GatewayCalls.Account ann;

  @BeforeAll
  static void start() throws Exception {
    server =
        ServerProcess.start(
            dir.resolve("data"),
            "durability=memory",
            "log.level=debug",
            "log.requests=all",
            "gateway.rate-limit.default-rps=0",
            "gateway.max-body=" + MAX_BODY);
    calls = new GatewayCalls(server);
    ann = account();
  }

  private static GatewayCalls.Account account() throws Exception {
    GatewayCalls.Account account = calls.open();
    SECRETS.addAll(List.of(account.token(), account.session()));
    return account;
  }

  @AfterAll
  static void stop() throws Exception {
    try {
      assertNoSecretStandsAnywhere();
    } finally {
      server.close();
    }
  }

  private static void assertNoSecretStandsAnywhere() throws Exception {
    var said = new ArrayList<String>();
    for (String path : List.of("/metrics", "/health", "/dashboard/api/snapshot", "/stats")) {
      said.add(send("GET", path, BodyPublishers.noBody(), "").body());
    }
    String log = ann.organization() + "/audit-logs?limit=100";
    String audited = send("GET", log, BodyPublishers.noBody(), ann.session()).body();
    assertThat(audited).contains("api_key.revoke"); // or nothing was recorded
    said.add(audited);
    assertThat(server.output()).contains("Request completed"); // or nothing was logged
    said.add(server.output());
    for (String text : said) {
      for (String secret : SECRETS) {
        assertThat(text.indexOf(secret)).as("of " + text.length() + " characters").isNegative();
      }
    }
  }

  private static HttpResponse<String> send(
      String method, String path, BodyPublisher body, String token) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port("http") + path))
            .method(method, body);
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  /** A request of every form that writes, with its status; errors are JSON and tell no secret. */
  private static List<Integer> writes(String token, String instance) throws Exception {
    String base = "/redis/" + instance;
    String set = "[\"SET\",\"stolen\",\"" + VALUE + "\"]";
    var answers =
        List.of(
            send("POST", base, BodyPublishers.ofString(set), token),
            send("PUT", base, BodyPublishers.ofString("{\"command\":" + set + "}"), token),
            send("GET", base + "/set/stolen/" + VALUE, BodyPublishers.noBody(), token),
            send("HEAD", base + "/set/stolen/" + VALUE, BodyPublishers.noBody(), token),
            send("POST", base + "/SeT/stolen", BodyPublishers.ofString(VALUE), token),
            send("POST", base + "/multi-exec", BodyPublishers.ofString("[" + set + "]"), token),
            send("POST", base + "/pipeline", BodyPublishers.ofString("[" + set + "]"), token));
    for (HttpResponse<String> each : answers) {
      if (each.statusCode() != 200 && !each.request().method().equals("HEAD")) {
        assertThat(JSON.readTree(each.body()).get("error").isTextual()).isTrue();
        assertThat(SECRETS).noneMatch(each.body()::contains);
      }
    }
    return answers.stream().map(HttpResponse::statusCode).toList();
  }

  private static List<Integer> all(int status) {
    return Stream.generate(() -> status).limit(7).toList();
  }

  private static String encoded(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String signed(String head, String claims, String secret) throws Exception {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    String text = encoded(head) + "." + claims;
    byte[] signature = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    return text + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  private static JsonNode newKey(String rules) throws Exception {
    JsonNode made = calls.call("POST", ann.organization() + "/api-keys", rules, ann.session());
    assertThat(made.get("success").booleanValue()).as(made.toString()).isTrue();
    SECRETS.add(made.at("/data/key").textValue());
    return made.get("data");
  }

  @Test
  void keysThatAreForgedOrForeignOpenNothing() throws Exception {
    GatewayCalls.Account bob = account();
    String[] parts = ann.token().split("\\.");
    String[] others = bob.token().split("\\.");
    String hs256 = "{\"alg\":\"HS256\"}";
    for (String token :
        List.of(
            "nonsense",
            parts[0] + "." + parts[1] + ".",
            encoded("{\"alg\":\"none\"}") + "." + parts[1] + ".",
            encoded("{\"alg\":\"none\"}") + "." + parts[1] + "." + parts[2],
            parts[0] + "." + others[1] + "." + parts[2],
            signed(hs256, parts[1], "x".repeat(32)),
            signed(hs256, parts[1], "change-me-change-me-change-me-00"),
            ann.token() + "A",
            ann.token().toUpperCase(Locale.ROOT),
            ann.session())) {
      assertThat(writes(token, ann.instance())).as(token).isEqualTo(all(401));
    }
    assertThat(writes(bob.token(), ann.instance())).isEqualTo(all(404));
    assertThat(writes(ann.token(), bob.instance())).isEqualTo(all(404));
    String confined = newKey("{\"name\":\"k\",\"scopes\":[\"*\"]}").get("key").textValue();
    assertThat(writes(confined, bob.instance())).isEqualTo(all(404));
    assertHolds(bob, "stolen", null);
    var nobody = send("GET", "/redis/" + ann.instance() + "/ping", BodyPublishers.noBody(), "");
    assertThat(nobody.statusCode()).isEqualTo(401);
    assertThat(nobody.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    String inTheQuery = "/redis/" + ann.instance() + "/ping?_token=" + ann.token();
    assertThat(send("GET", inTheQuery, BodyPublishers.noBody(), "").statusCode()).isEqualTo(200);
  }

  private static void assertHolds(GatewayCalls.Account account, String key, String value)
      throws Exception {
    String path = "/redis/" + account.instance() + "/get/" + key;
    assertThat(calls.call("GET", path, null, account.token()).get("result").textValue())
        .isEqualTo(value);
  }

  @Test
  void aKeyEndsWhenItIsRevokedAndWhenItsTimeIsOver() throws Exception {
    JsonNode revoked = newKey("{\"name\":\"r\",\"scopes\":[\"*\"]}");
    String token = revoked.get("key").textValue();
    assertThat(writes(token, ann.instance())).isEqualTo(all(200));
    String path = ann.organization() + "/api-keys/" + revoked.at("/api_key/id").textValue();
    assertThat(calls.call("DELETE", path, null, ann.session()).get("success").booleanValue())
        .isTrue();
    assertThat(writes(token, ann.instance())).isEqualTo(all(401)); // at this node at once

    String end = Instant.now().plusSeconds(2).toString();
    String brief =
        newKey("{\"name\":\"e\",\"scopes\":[\"*\"],\"expires_at\":\"" + end + "\"}")
            .get("key")
            .textValue();
    assertThat(writes(brief, ann.instance()).get(0)).isEqualTo(200);
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(() -> writes(brief, ann.instance()).equals(all(401)));
  }

  @Test
  void aKeyThatReadsDoesNotWriteWhateverItIsCalled() throws Exception {
    String reader = newKey("{\"name\":\"r\",\"scopes\":[\"read\"]}").get("key").textValue();
    GatewayCalls.Account to = ann;
    String base = "/redis/" + to.instance();
    calls.call("GET", base + "/set/kept/" + VALUE, null, to.token());
    calls.call("GET", base + "/del/stolen", null, to.token());

    List<Integer> forms = writes(reader, to.instance());
    assertThat(forms.subList(0, 6)).containsOnly(403);
    assertThat(forms.get(6)).isEqualTo(200); // of a pipeline each item has its own answer
    for (String command :
        List.of(
            "[\"EVAL\",\"return redis.call('SET','kept','x')\",0]",
            "[\"EVAL\",\"return redis.call('SET',KEYS[1],'x')\",1,\"kept\"]",
            "[\"EVALSHA\",\"0000000000000000000000000000000000000000\",1,\"kept\"]",
            "[\"FCALL\",\"f\",1,\"kept\"]",
            "[\"GETDEL\",\"kept\"]",
            "[\"GETEX\",\"kept\",\"PX\",1]",
            "[\"GETSET\",\"kept\",\"x\"]",
            "[\"EXPIRE\",\"kept\",1]",
            "[\"RENAME\",\"kept\",\"x\"]",
            "[\"COPY\",\"kept\",\"x\"]",
            "[\"SORT\",\"kept\",\"STORE\",\"x\"]",
            "[\"BITFIELD\",\"kept\",\"SET\",\"u8\",0,1]",
            "[\"FLUSHALL\"]",
            "[\"FLUSHDB\",\"ASYNC\"]",
            "[\"CONFIG\",\"SET\",\"maxmemory\",\"1\"]",
            "[\"KEYS\",\"*\"]")) {
      for (String path : List.of("", "/multi-exec", "/pipeline")) {
        String body = path.isEmpty() ? command : "[" + command + "]";
        var answer = send("POST", base + path, BodyPublishers.ofString(body), reader);
        assertThat(answer.body()).as(command + path).contains("NOPERM");
        assertThat(answer.statusCode())
            .as(command + path)
            .isEqualTo(path.equals("/pipeline") ? 200 : 403); // there each item has its own
      }
    }
    // names that are no command of Redis run nothing
    for (String name : List.of("SET ", " SET", "SET\\u0000", "SET\\r\\nSET", "S\\u0130T", "")) {
      String body = "[\"" + name + "\",\"kept\",\"x\"]";
      var answer = send("POST", base, BodyPublishers.ofString(body), reader);
      assertThat(answer.statusCode()).as(name).isEqualTo(400);
    }
    assertHolds(to, "kept", VALUE);
    assertHolds(to, "stolen", null);
  }

  @Test
  void aBodyOverTheLimitIsNotTakenHoweverItComes() throws Exception {
    byte[] large =
        ("[\"SET\",\"large\",\"" + "x".repeat(MAX_BODY) + "\"]").getBytes(StandardCharsets.UTF_8);
    for (BodyPublisher body :
        List.of(
            BodyPublishers.ofByteArray(large),
            BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)))) {
      for (String path : List.of("", "/pipeline", "/set/large")) {
        var answer = send("POST", "/redis/" + ann.instance() + path, body, ann.token());
        assertThat(answer.statusCode()).as(path).isEqualTo(413);
        assertThat(answer.body())
            .isEqualTo("{\"error\":\"ERR max request size exceeded. Limit: 65536 bytes\"}");
      }
    }
    assertHolds(ann, "large", null);
  }

  @Test
  void valuesAreBytesAndComeBackAsTheyWere() throws Exception {
    byte[] value = new byte[512];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) i;
    }
    String base = "/redis/" + ann.instance();
    send("PUT", base + "/set/bytes%00%FF%0D%0A", BodyPublishers.ofByteArray(value), ann.token());
    var request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:"
                        + server.port("http")
                        + base
                        + "/get/bytes%00%FF%0D%0A?_token="
                        + ann.token()))
            .header("Upstash-Encoding", "base64")
            .build();
    String answer = HTTP.send(request, BodyHandlers.ofString()).body();
    assertThat(Base64.getDecoder().decode(JSON.readTree(answer).get("result").textValue()))
        .isEqualTo(value);
  }
}
