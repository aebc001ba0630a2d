package io.leasehold.http.kv.redis;

import static io.leasehold.http.kv.redis.Gateway.BASE;
import static io.leasehold.http.kv.redis.Gateway.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.time.Clock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every form of a request and of an answer, and every status, over real sockets. */
class DataPlaneTest {
  private static ActorTestKit kit;
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
    gateway = new Gateway(kit, Clock.system(), 0);
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  private String get(String path) throws Exception {
    return gateway.send("GET", path, null).body();
  }

  /** The arguments of the last command that reached the instance. */
  private List<Bytes> last() {
    KvOperation.Commands last = gateway.instances.sent.get(gateway.instances.sent.size() - 1);
    return last.commands().get(last.commands().size() - 1);
  }

  private static List<Bytes> words(String... words) {
    return Arrays.stream(words).map(Bytes::utf8).toList();
  }

  @Test
  void aCommandInTheBody() throws Exception {
    assertThat(gateway.run("[\"SET\",\"foo\",\"bar\",\"EX\",100]"))
        .isEqualTo("{\"result\":\"OK\"}");
    assertThat(last()).isEqualTo(words("SET", "foo", "bar", "EX", "100"));
    assertThat(gateway.run("{\"command\":[\"get\",\"foo\"],\"other\":[1,{}]}"))
        .isEqualTo("{\"result\":\"bar\"}");
    assertThat(gateway.send("PUT", "/", "[\"TTL\",\"foo\"]").body()).isEqualTo("{\"result\":100}");
    assertThat(gateway.run("[\"GET\",\"none\"]")).isEqualTo("{\"result\":null}");
  }

  @Test
  void numbersKeepTheirTextAndTruthValuesAreWords() throws Exception {
    gateway.run("[\"RPUSH\",\"l\",1.10,-0,1e5,12345678901234567890,true,false,\"ü\\u0000\"]");

    assertThat(last())
        .isEqualTo(
            words(
                "RPUSH", "l", "1.10", "-0", "1e5", "12345678901234567890", "true", "false", "ü\0"));
  }

  @Test
  void whatIsNoCommandIsRefusedAsAWhole() throws Exception {
    for (String body :
        List.of(
            "",
            "{",
            "[]",
            "[\"GET\",null]",
            "[\"GET\",[\"a\"]]",
            "[\"GET\",{}]",
            "[\"GET\",\"a\"]]",
            "\"GET\"",
            "{\"command\":\"GET\"}",
            "{\"other\":[]}",
            "[\"GET\",\"a\"",
            "nothing")) {
      var answer = gateway.send("POST", "", body);
      assertThat(answer.statusCode()).as(body).isEqualTo(400);
      assertThat(answer.body()).as(body).startsWith("{\"error\":\"ERR invalid request: ");
    }
    for (String body :
        List.of("[]", "[\"GET\"]", "[[]]", "[[\"GET\",\"a\"],[]]", "{}", "[[null]]")) {
      for (String path : List.of("/pipeline", "/multi-exec")) {
        var answer = gateway.send("POST", path, body);
        assertThat(answer.statusCode()).as(body).isEqualTo(400);
        assertThat(answer.body()).as(body).startsWith("{\"error\":\"ERR invalid request: ");
      }
    }
    assertThat(gateway.instances.sent).isEmpty();
  }

  @Test
  void aCommandInThePath() throws Exception {
    assertThat(get("/set/foo/bar?EX=100")).isEqualTo("{\"result\":\"OK\"}");
    assertThat(last()).isEqualTo(words("set", "foo", "bar", "EX", "100"));
    assertThat(get("/GET/foo")).isEqualTo("{\"result\":\"bar\"}");
    gateway.send("POST", "/set/foo?EX=100&NX&_token=x", "v");
    assertThat(last()).isEqualTo(words("set", "foo", "v", "EX", "100", "NX"));
    gateway.send("PUT", "/set/foo?EX=&GET=", "[\"no\",\"json\"]");
    assertThat(last()).isEqualTo(words("set", "foo", "[\"no\",\"json\"]", "EX", "GET"));
    assertThat(get("/publish/chat/hello")).isEqualTo("{\"result\":0}");
    assertThat(get("/pipeline/x")).startsWith("{\"error\":\"ERR unknown command 'pipeline'");
  }

  @Test
  void argumentsOfThePathAreTheBytesThatWereSent() throws Exception {
    get("/set/a%2Fb+c/%00%FF%0d%0A?x=%FE+y");

    assertThat(last())
        .isEqualTo(
            List.of(
                Bytes.utf8("set"),
                Bytes.utf8("a/b+c"),
                Bytes.of(new byte[] {0, (byte) 0xff, '\r', '\n'}),
                Bytes.utf8("x"),
                Bytes.of(new byte[] {(byte) 0xfe, ' ', 'y'})));
    get("/set/k/");
    assertThat(last()).isEqualTo(words("set", "k", ""));
    get("/mset/a//b/");
    assertThat(last()).isEqualTo(words("mset", "a", "", "b", ""));
    get("/set/../x");
    assertThat(last()).isEqualTo(words("set", "..", "x"));
    assertThat(get("/get/k")).isEqualTo("{\"result\":\"\"}");
  }

  @Test
  void aHeadRunsTheCommandAndSendsHeadersOnly() throws Exception {
    var answer = gateway.send("HEAD", "/incr/n", null);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(header(answer, "content-length")).isEqualTo("12");
    assertThat(header(answer, "upstash-sync-token")).startsWith("node1.");
    assertThat(get("/get/n")).isEqualTo("{\"result\":\"1\"}");
  }

  @Test
  void aPipelineGoesOnBehindAnError() throws Exception {
    var answer =
        gateway.send(
            "POST",
            "/pipeline",
            "[[\"SET\",\"a\",\"x\"],[\"INCR\",\"a\"],[\"nosuch\",\"b\"],[\"SELECT\",1],[\"GET\",\"a\"]]");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "[{\"result\":\"OK\"},{\"error\":\"ERR value is not an integer or out of range\"},"
                + "{\"error\":\"ERR unknown command 'nosuch', with args beginning with: 'b' \"},"
                + "{\"error\":\"ERR command 'select' is not available through the gateway\"},"
                + "{\"result\":\"x\"}]");
  }

  @Test
  void aLongPipelineGoesInPartsAndStaysInOrder() throws Exception {
    var body = new StringBuilder("[");
    for (int i = 0; i < 1_000; i++) {
      body.append(i == 0 ? "" : ",").append("[\"INCR\",\"n\"]");
    }

    String answer = gateway.send("POST", "/pipeline", body + "]").body();

    assertThat(answer).startsWith("[{\"result\":1},{\"result\":2},").endsWith("{\"result\":1000}]");
    assertThat(gateway.instances.sent)
        .extracting(each -> each.commands().size())
        .containsExactly(512, 488);
    var tooMany = gateway.send("POST", "/pipeline", body + ",[\"PING\"]]");
    assertThat(tooMany.statusCode()).isEqualTo(413);
    assertThat(tooMany.body())
        .isEqualTo("{\"error\":\"ERR max commands per request exceeded. Limit: 1000\"}");
  }

  @Test
  void largeCommandsOfAPipelineGoInParts() throws Exception {
    String value = "x".repeat(1 << 20);
    String body =
        "[[\"SET\",\"a\",\"" + value + "\"],[\"SET\",\"b\",\"" + value + "\"],[\"STRLEN\",\"b\"]]";

    assertThat(gateway.send("POST", "/pipeline", body).body())
        .isEqualTo("[{\"result\":\"OK\"},{\"result\":\"OK\"},{\"result\":1048576}]");
    assertThat(gateway.instances.sent)
        .extracting(each -> each.commands().size())
        .containsExactly(1, 2);
  }

  @Test
  void behindAPartThatFailedNothingIsRun() throws Exception {
    gateway.instances.instead = new KvResult.Unavailable("no disk", true);
    var body = new StringBuilder("[[\"PING\"]");
    for (int i = 1; i < 513; i++) {
      body.append(",[\"PING\"]");
    }

    var answer = gateway.send("POST", "/pipeline", body + "]");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .startsWith("[{\"error\":\"ERR instance unavailable: no disk, the command may have run\"},")
        .endsWith(
            ",{\"error\":\"ERR instance unavailable: a command before it in the pipeline was not"
                + " answered\"}]");
    assertThat(gateway.instances.sent).hasSize(1);
  }

  @Test
  void aTransactionIsRunWholeOrNotAtAll() throws Exception {
    var done =
        gateway.send(
            "POST", "/multi-exec", "[[\"SET\",\"a\",\"1\"],[\"INCR\",\"a\"],[\"LPOP\",\"a\"]]");
    assertThat(done.statusCode()).isEqualTo(200);
    assertThat(done.body())
        .isEqualTo(
            "[{\"result\":\"OK\"},{\"result\":2},{\"error\":\"WRONGTYPE Operation against a key"
                + " holding the wrong kind of value\"}]");
    assertThat(gateway.instances.sent).hasSize(1);
    assertThat(gateway.instances.sent.get(0).transaction()).isTrue();

    var wrong = gateway.send("POST", "/multi-exec", "[[\"SET\",\"a\",\"9\"],[\"GET\"]]");
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body())
        .isEqualTo(
            "{\"error\":\"EXECABORT Transaction discarded because of previous errors. (command 2:"
                + " ERR wrong number of arguments for 'get' command)\"}");
    var blocking = gateway.send("POST", "/multi-exec", "[[\"BLPOP\",\"a\",0]]");
    assertThat(blocking.statusCode()).isEqualTo(400);
    assertThat(blocking.body()).contains("(command 1: ERR command 'blpop' is not available");
    assertThat(get("/get/a")).isEqualTo("{\"result\":\"2\"}");
  }

  @Test
  void answersInBase64() throws Exception {
    gateway.run("[\"SET\",\"ok\",\"OK\"]");
    gateway.run("[\"RPUSH\",\"l\",\"OK\",\"\"]");
    get("/set/bin/%FF%00");
    String[] base64 = {"Upstash-Encoding", "base64"};

    assertThat(gateway.run("[\"SET\",\"k\",\"v\"]", base64)).isEqualTo("{\"result\":\"OK\"}");
    assertThat(gateway.run("[\"GET\",\"ok\"]", base64)).isEqualTo("{\"result\":\"T0s=\"}");
    assertThat(gateway.run("[\"PING\"]", base64)).isEqualTo("{\"result\":\"UE9ORw==\"}");
    assertThat(gateway.run("[\"LRANGE\",\"l\",0,-1]", base64))
        .isEqualTo("{\"result\":[\"T0s=\",\"\"]}");
    assertThat(gateway.run("[\"GET\",\"bin\"]", base64)).isEqualTo("{\"result\":\"/wA=\"}");
    assertThat(gateway.run("[\"GET\",\"bin\"]")).isEqualTo("{\"result\":\"\uFFFD\\u0000\"}");
    assertThat(gateway.run("[\"GET\",\"none\"]", base64)).isEqualTo("{\"result\":null}");
    assertThat(gateway.run("[\"LLEN\",\"l\"]", base64)).isEqualTo("{\"result\":2}");
    assertThat(gateway.run("[\"LPOP\",\"ok\"]", base64)).startsWith("{\"error\":\"WRONGTYPE ");
    assertThat(
            gateway
                .send(
                    "POST",
                    "/pipeline",
                    "[[\"SET\",\"a\",\"b\"],[\"GET\",\"a\"],[\"INCR\",\"a\"]]",
                    base64)
                .body())
        .startsWith("[{\"result\":\"OK\"},{\"result\":\"Yg==\"},{\"error\":\"ERR value");
    assertThat(gateway.send("POST", "/multi-exec", "[[\"GET\",\"a\"],[\"PING\"]]", base64).body())
        .isEqualTo("[{\"result\":\"Yg==\"},{\"result\":\"UE9ORw==\"}]");
  }

  @Test
  void answersAsOnTheWireOfRedis() throws Exception {
    get("/set/bin/%FF%00");
    for (String name : List.of("Upstash-Response-Format", "Upstash-Reponse-Format")) {
      String[] resp2 = {
        "Authorization", "Bearer all", name, "resp2",
      };
      var answer =
          gateway.door.sendBytes(
              "POST", BASE, "[\"GET\",\"bin\"]".getBytes(StandardCharsets.UTF_8), resp2);
      assertThat(answer.body())
          .isEqualTo(new byte[] {'$', '2', '\r', '\n', (byte) 0xff, 0, '\r', '\n'});
      assertThat(header(answer, "content-type")).isEqualTo("application/octet-stream");
    }
    String[] resp2 = {"Upstash-Response-Format", "resp2"};
    var error = gateway.send("POST", "", "[\"INCR\",\"bin\"]", resp2);
    assertThat(error.statusCode()).isEqualTo(400);
    assertThat(error.body()).isEqualTo("-ERR value is not an integer or out of range\r\n");
    var pipeline =
        gateway.send("POST", "/pipeline", "[[\"GET\",\"none\"],[\"NO\"],[\"DBSIZE\"]]", resp2);
    assertThat(pipeline.statusCode()).isEqualTo(200);
    assertThat(pipeline.body())
        .isEqualTo("$-1\r\n-ERR unknown command 'NO', with args beginning with: \r\n:1\r\n");
    var own = gateway.send("POST", "", "[]", resp2);
    assertThat(own.body()).startsWith("{\"error\":");
    assertThat(gateway.run("[\"PING\"]", "Upstash-Response-Format", "json"))
        .isEqualTo("{\"result\":\"PONG\"}");
  }

  @Test
  void headersThatDoNotGoTogetherAreRefused() throws Exception {
    String[][] wrong = {
      {"Upstash-Encoding", "base32"},
      {"Upstash-Response-Format", "resp3"},
      {"Upstash-Response-Format", "resp2", "Upstash-Encoding", "base64"}
    };
    for (String[] headers : wrong) {
      var answer = gateway.send("POST", "", "[\"PING\"]", headers);
      assertThat(answer.statusCode()).as(Arrays.toString(headers)).isEqualTo(400);
      assertThat(answer.body()).startsWith("{\"error\":\"ERR invalid header: ");
    }
    var multi =
        gateway.send("POST", "/multi-exec", "[[\"PING\"]]", "Upstash-Response-Format", "resp2");
    assertThat(multi.statusCode()).isEqualTo(400);
    assertThat(gateway.instances.sent).isEmpty();
  }

  @Test
  void everyAnswerHasANewSyncTokenAndIsNotToBeStored() throws Exception {
    var first = gateway.send("POST", "", "[\"PING\"]", "X-Request-ID", "mine");
    var second =
        gateway.send("POST", "", "[]", "Upstash-Sync-Token", header(first, "upstash-sync-token"));
    var third = gateway.as("wrong", "POST", BASE, "[\"PING\"]");

    assertThat(header(first, "upstash-sync-token")).isEqualTo("node1.1");
    assertThat(header(second, "upstash-sync-token")).isEqualTo("node1.2");
    assertThat(header(third, "upstash-sync-token")).isEqualTo("node1.3");
    for (var answer : List.of(first, second, third)) {
      assertThat(header(answer, "cache-control")).isEqualTo("no-store");
      assertThat(header(answer, "x-correlation-id")).startsWith("cor_");
      assertThat(header(answer, "content-type")).startsWith("application/json");
    }
    assertThat(header(first, "x-request-id")).isEqualTo("mine");
  }

  @Test
  void wrongMethodsAreRefusedWithTheRightOnes() throws Exception {
    String[][] wrong = {
      {"DELETE", "", "POST, PUT"},
      {"GET", "", "POST, PUT"},
      {"HEAD", "/", "POST, PUT"},
      {"GET", "/pipeline", "POST"},
      {"PUT", "/multi-exec", "POST"},
      {"DELETE", "/get/a", "GET, HEAD, POST, PUT"},
      {"PATCH", "/get/a", "GET, HEAD, POST, PUT"},
      {"OPTIONS", "/get/a", "GET, HEAD, POST, PUT"},
      {"PUT", "/subscribe/a", "GET, POST"}
    };
    for (String[] each : wrong) {
      var answer = gateway.send(each[0], each[1], null);
      assertThat(answer.statusCode()).as(each[0] + each[1]).isEqualTo(405);
      assertThat(header(answer, "allow")).isEqualTo(each[2]);
    }
  }

  @Test
  void targetsAndBodiesHaveTheirLimits() throws Exception {
    var target = gateway.send("GET", "/get/" + "x".repeat(Gateway.MAX_URI), null);
    assertThat(target.statusCode()).isEqualTo(414);
    assertThat(target.body()).contains("Limit: 4096 bytes");
    var longer = gateway.send("GET", "/get/" + "x".repeat(20_000), null); // the parser's own bound
    assertThat(longer.statusCode()).isEqualTo(414);
    assertThat(longer.body()).startsWith("{\"error\":\"");
    var encoded = gateway.send("POST", "", "[\"PING\"]", "Content-Encoding", "gzip");
    assertThat(encoded.statusCode()).isEqualTo(415);
    assertThat(encoded.body()).startsWith("{\"error\":\"ERR unsupported Content-Encoding");
    assertThat(gateway.run("[\"PING\"]", "Content-Encoding", "identity"))
        .isEqualTo("{\"result\":\"PONG\"}");
    var body = gateway.send("POST", "", "[\"SET\",\"k\",\"" + "x".repeat(Gateway.MAX_BODY) + "\"]");
    assertThat(body.statusCode()).isEqualTo(413);
    assertThat(body.body())
        .isEqualTo("{\"error\":\"ERR max request size exceeded. Limit: 4194304 bytes\"}");
  }

  @Test
  void commandsHaveTheirLimits() throws Exception {
    String two = "\"" + "x".repeat(800_000) + "\",\"" + "y".repeat(800_000) + "\"";
    String large = "{\"error\":\"ERR max request size exceeded. Limit: 1572864 bytes\"}";
    var command = gateway.send("POST", "", "[\"RPUSH\",\"l\"," + two + "]");
    assertThat(command.statusCode()).isEqualTo(413);
    assertThat(command.body()).isEqualTo(large);
    assertThat(
            gateway.send("POST", "/pipeline", "[[\"RPUSH\",\"l\"," + two + "],[\"PING\"]]").body())
        .isEqualTo("[" + large + ",{\"result\":\"PONG\"}]");
    String one = "[\"SET\",\"k\",\"" + "x".repeat(800_000) + "\"]";
    var multi = gateway.send("POST", "/multi-exec", "[" + one + "," + one + "]");
    assertThat(multi.statusCode()).isEqualTo(413);
    assertThat(multi.body()).isEqualTo(large);
    var item = gateway.send("POST", "/multi-exec", "[[\"PING\"],[\"RPUSH\",\"l\"," + two + "]]");
    assertThat(item.statusCode()).isEqualTo(413);
    assertThat(item.body()).isEqualTo(large);
    var many = gateway.send("POST", "", "[\"RPUSH\",\"l\"" + ",\"\"".repeat(500_000) + "]");
    assertThat(many.statusCode()).isEqualTo(413);
    var value = gateway.send("POST", "", "[\"SET\",\"k\",\"" + "x".repeat(1_048_577) + "\"]");
    assertThat(value.statusCode()).isEqualTo(400);
    assertThat(value.body()).contains("string exceeds maximum allowed size");
  }

  @Test
  void anAnswerThatIsTooLargeIsAnError() throws Exception {
    for (int i = 0; i < 4; i++) {
      gateway.run("[\"RPUSH\",\"l\",\"" + "x".repeat(1_000_000) + "\"]");
    }
    var answer = gateway.send("POST", "", "[\"LRANGE\",\"l\",0,-1]");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .isEqualTo("{\"error\":\"ERR reply exceeds maximum allowed size. Limit: 3145728 bytes\"}");

    // three fit as bytes, but not encoded
    var encoded = gateway.send("POST", "", "[\"LRANGE\",\"l\",0,2]", "Upstash-Encoding", "base64");
    assertThat(encoded.statusCode()).isEqualTo(400);
    String piped =
        gateway
            .send(
                "POST",
                "/pipeline",
                "[[\"LRANGE\",\"l\",0,1],[\"LRANGE\",\"l\",0,1],[\"LLEN\",\"l\"]]",
                "Upstash-Encoding",
                "base64")
            .body();
    assertThat(piped)
        .endsWith(
            ",{\"error\":\"ERR reply exceeds maximum allowed size. Limit: 3145728 bytes\"},"
                + "{\"result\":4}]");
  }

  @Test
  void aKeyIsNeeded() throws Exception {
    var missing = gateway.door.send("POST", BASE, "[\"PING\"]");
    assertThat(missing.statusCode()).isEqualTo(401);
    assertThat(missing.body()).isEqualTo("{\"error\":\"Missing API key\"}");
    assertThat(header(missing, "www-authenticate")).isEqualTo("Bearer");
    var wrong = gateway.as("wrong", "POST", BASE, "[\"PING\"]");
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.body()).isEqualTo("{\"error\":\"Invalid or expired API key\"}");
    assertThat(gateway.door.send("GET", BASE + "/ping?_token=all", null).body())
        .isEqualTo("{\"result\":\"PONG\"}");
    assertThat(gateway.as("wrong", "GET", BASE + "/ping?_token=all", null).statusCode())
        .isEqualTo(401);
    assertThat(gateway.directories.uses)
        .containsExactly(Directories.grant(1, Set.of(), List.of()).id() + " 127.0.0.1");
    gateway.directories.keys.put("later", new KeyVerdict.Unavailable("no database"));
    var away = gateway.as("later", "GET", BASE + "/ping", null);
    assertThat(away.statusCode()).isEqualTo(503);
    assertThat(away.body()).isEqualTo("{\"error\":\"ERR instance unavailable: no database\"}");
    assertThat(header(away, "retry-after")).isEqualTo("1");
  }

  @Test
  void onlyInstancesOfTheKeyAreFound() throws Exception {
    gateway.directories.put(
        "confined",
        Directories.confined(
            Directories.grant(4, Set.of(Scope.ALL), List.of()), Directories.OTHER_INSTANCE));
    for (String path :
        List.of(
            "/redis",
            "/redis/",
            "/redis/nothing",
            "/redis/1-1-1-1-1",
            "/redis/" + new UUID(1, 1),
            "/redis/" + Directories.FOREIGN)) {
      var answer = gateway.as("all", "POST", path, "[\"PING\"]");
      assertThat(answer.statusCode()).as(path).isEqualTo(404);
      assertThat(answer.body()).isEqualTo("{\"error\":\"Redis instance not found\"}");
    }
    assertThat(gateway.as("confined", "POST", BASE, "[\"PING\"]").statusCode()).isEqualTo(404);
    assertThat(
            gateway
                .as("confined", "GET", "/redis/" + Directories.OTHER_INSTANCE + "/ping", null)
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void instancesShareNothing() throws Exception {
    gateway.run("[\"SET\",\"k\",\"v\"]");

    var other = gateway.as("all", "GET", "/redis/" + Directories.OTHER_INSTANCE + "/get/k", null);

    assertThat(other.body()).isEqualTo("{\"result\":null}");
  }

  @Test
  void aDroppedInstanceHoldsNothing() throws Exception {
    gateway.run("[\"SET\",\"k\",\"v\"]");
    var all = new EmbeddedInstances(gateway.instances, Clock.system(), MemoryInstances.MAX_REPLY);
    var patience = Duration.ofSeconds(1);

    assertThat(all.drop(Directories.INSTANCE, "cor_1", patience).toCompletableFuture().get())
        .isTrue();

    assertThat(gateway.run("[\"DBSIZE\"]")).isEqualTo("{\"result\":0}");
    gateway.instances.instead = new KvResult.Unavailable("it moves", false);
    assertThat(all.drop(Directories.INSTANCE, "cor_1", patience).toCompletableFuture().get())
        .isFalse();
  }

  @Test
  void rulesOfTheKeyHoldForEveryCommandOfABatch() throws Exception {
    String noSet = "NOPERM this user has no permissions to run the 'set' command";
    String noKey =
        "NOPERM this user has no permissions to access one of the keys used as arguments";
    var single = gateway.as("reader", "POST", BASE, "[\"SET\",\"a\",1]");
    assertThat(single.statusCode()).isEqualTo(403);
    assertThat(single.body()).isEqualTo("{\"error\":\"" + noSet + "\"}");
    assertThat(gateway.as("reader", "GET", BASE + "/set/a/1", null).statusCode()).isEqualTo(403);
    var pipeline =
        gateway.as(
            "reader", "POST", BASE + "/pipeline", "[[\"GET\",\"a\"],[\"set\",\"a\",1],[\"PING\"]]");
    assertThat(pipeline.statusCode()).isEqualTo(200);
    assertThat(pipeline.body())
        .isEqualTo("[{\"result\":null},{\"error\":\"" + noSet + "\"},{\"result\":\"PONG\"}]");
    var multi =
        gateway.as(
            "app", "POST", BASE + "/multi-exec", "[[\"SET\",\"app:a\",1],[\"SET\",\"b\",1]]");
    assertThat(multi.statusCode()).isEqualTo(403);
    assertThat(multi.body())
        .isEqualTo(
            "{\"error\":\"EXECABORT Transaction discarded because of previous errors. (command 2: "
                + noKey
                + ")\"}");
    assertThat(gateway.as("app", "GET", BASE + "/get/app:a", null).body())
        .isEqualTo("{\"result\":null}");
    String reader = Directories.grant(2, Set.of(), List.of()).id() + " ";
    assertThat(gateway.directories.denied)
        .containsExactly(
            reader + noSet,
            reader + noSet,
            reader + noSet,
            Directories.grant(3, Set.of(), List.of()).id() + " " + noKey);
    var script = gateway.as("app", "POST", BASE, "[\"EVAL\",\"x\",1,\"app:a\"]");
    assertThat(script.statusCode()).isEqualTo(403);
    var unknown = gateway.send("POST", "", "[\"EVAL\",\"x\",0]");
    assertThat(unknown.statusCode()).isEqualTo(400);
    assertThat(unknown.body()).startsWith("{\"error\":\"ERR unknown command 'EVAL'");
  }

  @Test
  void whatCannotBeDoneNowIsSaidWithItsStatus() throws Exception {
    gateway.instances.instead = new KvResult.Unavailable("shard 3 moves to another node", false);
    var away = gateway.send("POST", "", "[\"GET\",\"a\"]");
    assertThat(away.statusCode()).isEqualTo(503);
    assertThat(away.body())
        .isEqualTo("{\"error\":\"ERR instance unavailable: shard 3 moves to another node\"}");
    assertThat(header(away, "retry-after")).isEqualTo("1");
    gateway.instances.instead = new KvResult.Unanswered(5_000);
    var late = gateway.send("POST", "/multi-exec", "[[\"GET\",\"a\"]]");
    assertThat(late.statusCode()).isEqualTo(504);
    assertThat(late.body())
        .isEqualTo("{\"error\":\"ERR timeout after 5000 ms, the command may have run\"}");
    gateway.instances.instead = new KvResult.Absent(); // which no shard answers to commands
    var bug = gateway.send("POST", "", "[\"GET\",\"a\"]", "X-Correlation-ID", "cor_x");
    assertThat(bug.statusCode()).isEqualTo(500);
    assertThat(bug.body())
        .isEqualTo("{\"error\":\"ERR internal error\",\"correlation_id\":\"cor_x\"}");
    gateway.door.door.drain();
    var stopping = gateway.send("POST", "", "[\"GET\",\"a\"]");
    assertThat(stopping.statusCode()).isEqualTo(503);
    assertThat(stopping.body()).contains("this node is stopping");
  }

  @Test
  void commandsAndPathsAreCounted() throws Exception {
    assertThat(sample("redis_commands_total", "command", "LPOS")).isZero();
    gateway.run("[\"SET\",\"a\",\"x\"]");
    assertThat(sample("redis_commands_total", "command", "ZADD")).isZero();
    assertThat(sample("redis_command_duration_seconds_count", "command", "ZADD")).isNull();
    gateway.send("POST", "/pipeline", "[[\"incr\",\"a\"],[\"INCR\",\"b\"],[\"FOO.BAR\"]]");
    gateway.run("[\"zadd\",\"z\",1,\"a\"]"); // of Redis, not of the engine
    gateway.run("[\"config|get\"]"); // no name of a command
    gateway.send("GET", "/get/secret", null);
    gateway.as("wrong", "GET", BASE + "/get/secret", null);

    assertThat(sample("redis_commands_total", "command", "SET")).isEqualTo(1);
    assertThat(sample("redis_commands_total", "command", "INCR")).isEqualTo(2);
    assertThat(sample("redis_command_errors_total", "command", "INCR")).isEqualTo(1);
    assertThat(sample("redis_commands_total", "command", "OTHER")).isEqualTo(2);
    assertThat(sample("redis_commands_total", "command", "ZADD")).isEqualTo(1);
    assertThat(sample("redis_command_errors_total", "command", "ZADD")).isEqualTo(1);
    assertThat(sample("redis_command_duration_seconds_count", "command", "ZADD")).isEqualTo(1);
    assertThat(sample("redis_command_duration_seconds_count", "command", "GET")).isEqualTo(1);
    assertThat(gateway.registry.getSampleValue("gateway_batch_commands_sum")).isEqualTo(3);
    assertThat(gateway.registry.getSampleValue("api_key_requests_total")).isEqualTo(6);
    assertThat(gateway.registry.getSampleValue("api_key_auth_failures_total")).isEqualTo(1);
    String[] labels = {"method", "path", "status"};
    String[] counted = {"GET", "/redis/{id}/{command}", "401"};
    assertThat(gateway.registry.getSampleValue("http_requests_total", labels, counted))
        .isEqualTo(1);
    String[] expected = {"POST", "/redis/{id}/multi-exec", "200"};
    assertThat(gateway.registry.getSampleValue("http_requests_total", labels, expected)).isZero();
  }

  private Double sample(String name, String label, String value) {
    return gateway.registry.getSampleValue(name, new String[] {label}, new String[] {value});
  }

  @Test
  void pagesOfAllowedOriginsMayUseIt() throws Exception {
    String page = "https://app.example.com";
    String asks = "Access-Control-Request-Method";
    var question = gateway.send("OPTIONS", "/pipeline", null, "Origin", page, asks, "POST");
    assertThat(question.statusCode()).isEqualTo(204);
    assertThat(header(question, "Access-Control-Allow-Origin")).isEqualTo(page);
    assertThat(header(question, "Access-Control-Allow-Headers"))
        .contains("Authorization", "Upstash-Encoding");
    assertThat(header(question, "Access-Control-Allow-Methods")).contains("POST");

    var answer = gateway.send("POST", "", "[\"PING\"]", "Origin", page);

    assertThat(header(answer, "Access-Control-Allow-Origin")).isEqualTo(page);
    assertThat(header(answer, "Access-Control-Expose-Headers"))
        .contains("Upstash-Sync-Token", "RateLimit-Policy", "Retry-After");
    var other = gateway.send("POST", "", "[\"PING\"]", "Origin", "https://evil.example.com");
    assertThat(header(other, "Access-Control-Allow-Origin")).isEqualTo("none");
    assertThat(header(other, "Vary")).isEqualTo("Origin");
    // what is no question of a browser is a method like any other
    assertThat(gateway.send("OPTIONS", "", null).statusCode()).isEqualTo(405);
  }

  @Test
  void aProxyThatIsTrustedSaysWhoAsks() throws Exception {
    gateway.run("[\"PING\"]", "X-Forwarded-For", "6.6.6.6, 203.0.113.9");

    assertThat(gateway.directories.uses).hasSize(1).first().asString().endsWith(" 203.0.113.9");
  }
}
