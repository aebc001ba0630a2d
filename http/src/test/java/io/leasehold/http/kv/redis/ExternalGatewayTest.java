package io.leasehold.http.kv.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.actors.access.CallerLimits;
import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.access.account.AccountService;
import io.leasehold.actors.access.account.AccountsDatabase;
import io.leasehold.actors.access.account.InstanceCheck;
import io.leasehold.actors.access.account.InstanceNodes;
import io.leasehold.actors.access.account.PasswordSeal;
import io.leasehold.actors.access.account.Users;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.kv.redis.external.ExternalInstances;
import io.leasehold.actors.kv.redis.external.Networks;
import io.leasehold.actors.kv.redis.external.RedisServer;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.config.access.Network;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.OpenDoor;
import io.leasehold.http.access.account.AccountRoutes;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.StringWriter;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/**
 * External instances from the request that registers them to the Redis that runs their commands.
 * After each test, no password stands in any output.
 */
@Timeout(60)
class ExternalGatewayTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String REDIS_PASSWORD = "opensesame-77";
  private static final String TABLES = "redis_instances audit_logs access_changes";
  private static final Clock CLOCK = Clock.system();

  private static RedisServer redis;
  private static RedisServer guarded;
  private final String url =
      "jdbc:h2:mem:external-" + UUID.randomUUID() + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE";
  private final List<String> said = Collections.synchronizedList(new ArrayList<>());
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final CollectorRegistry registry = new CollectorRegistry();
  private ActorTestKit kit;
  private AccountsDatabase database;
  private AccountService accounts;
  private ExternalInstances externals;
  private OpenDoor control;
  private OpenDoor data;
  private String session;
  private String organization;
  private String token;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.start("--databases", "4");
    guarded = RedisServer.start("--requirepass", REDIS_PASSWORD);
  }

  @AfterAll
  static void stop() {
    redis.close();
    guarded.close();
  }

  private static String key(String id, int fill) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) fill);
    return id + ":" + Base64.getEncoder().encodeToString(bytes);
  }

  @BeforeEach
  void open() throws Exception {
    redis.cli("FLUSHALL");
    log.start();
    root().addAppender(log);
    root().setLevel(Level.DEBUG);
    open(key("k1", 1));
    ask("POST", "/auth/register", "{\"username\":\"ann\"," + WHO + "}", null);
    session = ask("POST", "/auth/login", "{" + WHO + "}", null).at("/data/token").textValue();
    organization =
        "/api/organizations/"
            + ask("POST", "/api/organizations", "{\"name\":\"a\",\"slug\":\"a\"}", session)
                .at("/data/id")
                .textValue();
    token = keyFor("\"*\"");
  }

  private static final String WHO =
      "\"email\":\"ann@example.com\",\"password\":\"correct horse 9\"";

  private String keyFor(String scopes) throws Exception {
    return ask(
            "POST",
            organization + "/api-keys",
            "{\"name\":\"k\",\"scopes\":[" + scopes + "]}",
            session)
        .at("/data/key")
        .textValue();
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /** A node; keys seal passwords. */
  private void open(String... keys) throws Exception {
    kit = ActorTestKit.create();
    database =
        new AccountsDatabase(
            url + ";DB_CLOSE_DELAY=-1",
            "sa",
            "",
            Duration.ofSeconds(3),
            new JournalMeter(true).statements());
    database.migrate(true);
    var seal = new PasswordSeal(List.of(keys), new SecureRandom());
    var networks =
        new Networks(List.of(), List.of(Network.parse("169.254.0.0/16").orElseThrow()), true);
    externals =
        new ExternalInstances(
            kit.system(),
            new ExternalInstances.Setup(
                networks,
                2,
                Duration.ofMillis(50),
                4,
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                1 << 20,
                Duration.ofMinutes(10),
                Duration.ofMillis(500),
                Duration.ofSeconds(1)),
            seal,
            () -> 0.5,
            CLOCK);
    registry.register(externals.figures());
    accounts =
        AccountService.start(
            kit.system(),
            database,
            new AccountService.Setup(
                "s".repeat(32),
                List.of(),
                Duration.ofHours(1),
                4,
                Users.Registration.OPEN,
                Duration.ofDays(1)),
            new AccountService.Checks(
                id -> CompletableFuture.completedFuture(new InstanceCheck.Found(0, 0, null)),
                externals,
                seal),
            CLOCK);
    var directory = accounts.instanceDirectory();
    directory.onChange(id -> directory.find(id).thenAccept(found -> externals.settle(id, found)));
    CallerLimits.Buckets unlimited =
        (bucket, policy, cost) ->
            CompletableFuture.completedFuture(RateDecision.admitted(policy, policy.burst()));
    var limits = new GatewayLimits(unlimited, 0);
    var nodes = InstanceNodes.alone("node:1", externals::state);
    var shown = new AccountRoutes.Setup("", 64 << 20, nodes, "1.0.0", false, true);
    control = new OpenDoor(kit, new AccountRoutes(accounts, limits, shown, CLOCK).routes());
    var embedded = new MemoryInstances(CLOCK);
    var streams =
        new EventStreams(
                new EventStreams.Setup(true, 10, 10, Duration.ofSeconds(15), Duration.ofSeconds(2)),
                kit.system(),
                embedded.events,
                accounts.keyDirectory(),
                directory,
                accounts.denied(),
                CLOCK)
            .register(registry);
    var plane =
        new DataPlane(
            new DataPlane.Setup(
                "node1",
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                8 << 20,
                4_096,
                1 << 20,
                1_000,
                1_572_864),
            accounts.keyDirectory(),
            directory,
            new EmbeddedInstances(embedded, CLOCK, 1 << 20),
            externals,
            streams,
            limits,
            accounts.denied(),
            new GatewayMeter(true).register(registry),
            CLOCK);
    data = new OpenDoor(kit, plane, CLOCK);
  }

  private void shut() throws Exception {
    control.close();
    data.close();
    accounts.stop().toCompletableFuture().get(10, TimeUnit.SECONDS);
    externals.close();
    database.close();
    kit.shutdownTestKit();
  }

  @AfterEach
  void close() throws Exception {
    var metrics = new StringWriter();
    TextFormat.write004(metrics, registry.metricFamilySamples());
    shut();
    root().detachAppender(log);
    root().setLevel(Level.INFO);
    var all = new StringBuilder(metrics.toString());
    said.forEach(all::append);
    for (ILoggingEvent event : List.copyOf(log.list)) {
      all.append(event.getFormattedMessage()).append(event.getKeyValuePairs());
      if (event.getThrowableProxy() != null) {
        all.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
    }
    rows(all);
    assertThat(all).contains("redis_connections_active", "\"success\":true");
    assertThat(all.indexOf(REDIS_PASSWORD)).isEqualTo(-1);
  }

  private void rows(StringBuilder all) throws Exception {
    try (Connection connection = DriverManager.getConnection(url + ";DB_CLOSE_DELAY=-1", "sa", "");
        Statement statement = connection.createStatement()) {
      for (String table : TABLES.split(" ")) {
        try (ResultSet rows = statement.executeQuery("SELECT * FROM " + table)) {
          while (rows.next()) {
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
              all.append(rows.getString(i)).append('\n');
            }
          }
        }
      }
    }
  }

  private JsonNode ask(String method, String path, String body, String bearer) throws Exception {
    var headers = new ArrayList<>(List.of("Content-Type", "application/json"));
    if (bearer != null) {
      headers.addAll(List.of("Authorization", "Bearer " + bearer));
    }
    HttpResponse<String> answer = control.send(method, path, body, headers.toArray(String[]::new));
    said.add(answer.statusCode() + " " + answer.body());
    return JSON.readTree(answer.body());
  }

  private String lastStatus() {
    return said.get(said.size() - 1).substring(0, 3);
  }

  private JsonNode register(String members) throws Exception {
    return ask(
        "POST", organization + "/redis-instances", "{\"name\":\"r\"," + members + "}", session);
  }

  private JsonNode registered(String members) throws Exception {
    JsonNode made = register(members);
    assertThat(made.get("success").booleanValue()).as(made.toString()).isTrue();
    return made.get("data");
  }

  private String refused(int status, String members) throws Exception {
    JsonNode answer = register(members);
    assertThat(lastStatus()).as(answer.toString()).isEqualTo(Integer.toString(status));
    return answer.get("message").textValue();
  }

  private HttpResponse<String> run(String id, String path, String body, String... headers)
      throws Exception {
    var all = new ArrayList<>(List.of("Authorization", "Bearer " + token));
    all.addAll(List.of(headers));
    HttpResponse<String> answer =
        data.send("POST", "/redis/" + id + path, body, all.toArray(String[]::new));
    said.add(answer.statusCode() + " " + answer.body() + answer.headers());
    return answer;
  }

  private static String urlOf(RedisServer server) {
    return "\"redis_url\":\"redis://127.0.0.1:" + server.port() + "\"";
  }

  @Test
  void anExternalInstanceLivesAndDies() throws Exception {
    JsonNode made =
        registered(
            "\"redis_url\":\"redis://127.0.0.1:" + redis.port() + "/2\",\"port\":" + redis.port());
    String id = made.get("id").textValue();
    String one = organization + "/redis-instances/" + id;

    assertThat(made.get("type").textValue()).isEqualTo("external");
    assertThat(made.get("status").textValue()).isEqualTo("running");
    assertThat(made.get("health_status").textValue()).isEqualTo("healthy");
    assertThat(made.get("redis_url").textValue())
        .isEqualTo("redis://127.0.0.1:" + redis.port() + "/2");
    assertThat(made.get("domain").textValue()).isEqualTo("127.0.0.1");
    assertThat(made.get("port").intValue()).isEqualTo(redis.port());
    assertThat(made.get("database").intValue()).isEqualTo(2);
    assertThat(made.get("redis_version").textValue()).matches("[0-9.]+");
    assertThat(made.get("current_memory").longValue()).isPositive();
    assertThat(run(id, "", "[\"SET\",\"k\",\"v\"]").body()).isEqualTo("{\"result\":\"OK\"}");
    assertThat(redis.cli("-n", "2", "GET", "k")).isEqualTo("v");
    JsonNode health = ask("GET", one + "/health", null, session).get("data");
    assertThat(health.at("/nodes/0/connections").intValue()).isEqualTo(1);
    assertThat(health.at("/nodes/0/circuit").textValue()).isEqualTo("closed");
    assertThat(ask("PUT", one + "/status", "{}", session).at("/data/status").textValue())
        .isEqualTo("running");

    JsonNode again = ask("POST", one + "/reconnect", null, session);
    assertThat(again.at("/data/connections_count").intValue()).isEqualTo(1);
    assertThat(ask("DELETE", one, null, session).get("success").booleanValue()).isTrue();
    Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> redis.clients() == 0);
    assertThat(run(id, "", "[\"GET\",\"k\"]").statusCode()).isEqualTo(404);
    assertThat(redis.cli("-n", "2", "GET", "k")).isEqualTo("v"); // it is the user's
  }

  @Test
  void whatAnswersIsTheRedisItselfInEveryForm() throws Exception {
    String id = registered(urlOf(redis)).get("id").textValue();

    assertThat(run(id, "", "[\"ZADD\",\"z\",1,\"a\",2.50,\"b\"]").body())
        .isEqualTo("{\"result\":2}");
    assertThat(
            registry.getSampleValue(
                "redis_commands_total", new String[] {"command"}, new String[] {"ZADD"}))
        .isEqualTo(1);
    assertThat(run(id, "/ZRANGE/z/0/-1?WITHSCORES=", null).body())
        .isEqualTo("{\"result\":[\"a\",\"1\",\"b\",\"2.5\"]}");
    assertThat(run(id, "/set/%FF%00", "OK").body()).isEqualTo("{\"result\":\"OK\"}");
    assertThat(run(id, "/get/%FF%00", null, "Upstash-Encoding", "base64").body())
        .isEqualTo("{\"result\":\"T0s=\"}");
    assertThat(
            run(
                    id,
                    "/pipeline",
                    "[[\"get\",\"none\"],[\"INCR\",\"z\"],[\"EVAL\",\"return {1,'a'}\",0]]")
                .body())
        .isEqualTo(
            "[{\"result\":null},{\"error\":\"WRONGTYPE Operation against a key holding the wrong"
                + " kind of value\"},{\"result\":[1,\"a\"]}]");
    assertThat(
            run(
                    id,
                    "/pipeline",
                    "[[\"PING\"],[\"GET\",\"none\"]]",
                    "Upstash-Response-Format",
                    "resp2")
                .body())
        .isEqualTo("+PONG\r\n$-1\r\n");
    assertThat(run(id, "/multi-exec", "[[\"SET\",\"a\",1],[\"INCR\",\"a\"]]").body())
        .isEqualTo("[{\"result\":\"OK\"},{\"result\":2}]");
    var discarded = run(id, "/multi-exec", "[[\"SET\",\"a\",5],[\"INCR\"]]");
    assertThat(discarded.statusCode()).isEqualTo(400);
    assertThat(discarded.body())
        .isEqualTo(
            "{\"error\":\"EXECABORT Transaction discarded because of previous errors. (command 2:"
                + " ERR wrong number of arguments for 'incr' command)\"}");
    assertThat(redis.cli("GET", "a")).isEqualTo("2");
    var large = run(id, "", "[\"SET\",\"big\",\"" + "x".repeat(2 << 20) + "\"]");
    assertThat(large.body()).isEqualTo("{\"result\":\"OK\"}"); // more than an embedded one takes
    var tooLarge = run(id, "", "[\"GET\",\"big\"]");
    assertThat(tooLarge.statusCode()).isEqualTo(400);
    assertThat(tooLarge.body()).contains("ERR reply exceeds maximum allowed size");
  }

  @Test
  void whatIsUnknownIsForwardedForThoseWhoMayDoAnything() throws Exception {
    String id = registered(urlOf(redis)).get("id").textValue();
    assertThat(run(id, "", "[\"MY.MODULE\",\"a\"]").body()).contains("ERR unknown command");
    for (String command : List.of("[\"WAITAOF\",1,0,0]", "[\"BLPOP\",\"l\",0]", "[\"MULTI\"]")) {
      var answer = run(id, "", command);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("is not available through the gateway");
    }
    token = keyFor("\"read\",\"write\"");
    assertThat(run(id, "", "[\"MY.MODULE\",\"a\"]").statusCode()).isEqualTo(403);
    assertThat(run(id, "", "[\"FLUSHALL\"]").statusCode()).isEqualTo(403);
    assertThat(run(id, "", "[\"SET\",\"k\",\"v\"]").statusCode()).isEqualTo(200);
  }

  @Test
  void passwordsAreKeptSealedAndShownNowhere() throws Exception {
    String where = "127.0.0.1:" + guarded.port();
    assertThat(refused(502, urlOf(guarded)))
        .isEqualTo(where + " could not be reached in 1 try: NOAUTH Authentication required.");
    assertThat(refused(502, urlOf(guarded) + ",\"password\":\"guess\""))
        .contains("in 1 try: WRONGPASS");
    JsonNode made =
        registered("\"redis_url\":\"redis://default:" + REDIS_PASSWORD + "@" + where + "\"");
    String id = made.get("id").textValue();
    String one = organization + "/redis-instances/" + id;
    assertThat(made.get("redis_url").textValue()).isEqualTo("redis://default:***@" + where + "/0");
    assertThat(run(id, "", "[\"PING\"]").body()).isEqualTo("{\"result\":\"PONG\"}");
    var stored = new StringBuilder();
    rows(stored);
    assertThat(stored).contains("v1:k1:");

    // to another place the old password does not go along
    JsonNode moved = ask("PUT", one, "{" + urlOf(guarded) + "}", session);
    assertThat(lastStatus()).isEqualTo("502");
    assertThat(moved.get("message").textValue()).contains("NOAUTH");
    assertThat(run(id, "", "[\"PING\"]").statusCode()).isEqualTo(200); // nothing has changed
    ask("PUT", one, "{\"password\":\"wrong\"}", session);
    assertThat(lastStatus()).isEqualTo("502");
    ask("PUT", one, "{\"username\":\"default\"}", session); // the password stays
    assertThat(lastStatus()).isEqualTo("200");
    ask("PUT", one, "{" + urlOf(redis) + ",\"name\":\"moved\"}", session);
    assertThat(lastStatus()).isEqualTo("200");
    assertThat(run(id, "", "[\"SET\",\"here\",1]").statusCode()).isEqualTo(200);
    assertThat(redis.cli("GET", "here")).isEqualTo("1");
    ask("GET", organization + "/audit-logs?action=redis_instance.update", null, session);
  }

  @Test
  void aNewKeySealsAnewWhatAnOlderOneSealed() throws Exception {
    String where = "127.0.0.1:" + guarded.port();
    String id =
        registered("\"redis_url\":\"redis://:" + REDIS_PASSWORD + "@" + where + "\"")
            .get("id")
            .textValue();
    shut();
    open(key("k2", 2), key("k1", 1));
    Awaitility.await()
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () -> {
              var stored = new StringBuilder();
              rows(stored);
              return stored.indexOf("v1:k2:") >= 0 && stored.indexOf("v1:k1:") < 0;
            });
    assertThat(run(id, "", "[\"PING\"]").statusCode()).isEqualTo(200);
    shut();
    open(key("k3", 3));
    var unopened = run(id, "", "[\"PING\"]");
    assertThat(unopened.statusCode()).isEqualTo(503);
    assertThat(unopened.body()).contains("sealed with the key k2, which is not in");
  }

  @Test
  void withoutAKeyNoPasswordIsTaken() throws Exception {
    shut();
    open(new String[0]);
    assertThat(refused(422, urlOf(guarded) + ",\"password\":\"" + REDIS_PASSWORD + "\""))
        .isEqualTo(
            "password: cannot be kept, as gateway.encryption-keys has no key to seal it with");
    registered(urlOf(redis));
  }

  @Test
  void whatIsWrongIsSaidWithValueBoundAndReason() throws Exception {
    assertThat(refused(422, "\"type\":\"external\"")).isEqualTo("redis_url: is required");
    assertThat(refused(400, "\"redis_url\":\"redis://h:70000\""))
        .isEqualTo("redis_url: its port is 70000: must be 1..65535");
    assertThat(refused(400, "\"redis_url\":\"redis://h:7000\",\"port\":7001"))
        .isEqualTo("port: is 7001: must be 7000, that of redis_url");
    assertThat(refused(400, "\"redis_url\":\"redis://h/1\",\"database\":2"))
        .isEqualTo("database: is 2: must be 1, that of redis_url");
    assertThat(refused(501, "\"redis_url\":\"redis-sentinel://h\""))
        .isEqualTo("redis_url: scheme redis-sentinel is not built, only redis and rediss");
    assertThat(refused(400, urlOf(redis) + ",\"max_connections\":2"))
        .isEqualTo("max_connections: must be 3 to 1000");
    assertThat(refused(400, urlOf(redis) + ",\"type\":\"embedded\""))
        .isEqualTo("redis_url: is for external instances only");
    assertThat(refused(502, "\"redis_url\":\"redis://169.254.169.254\""))
        .isEqualTo(
            "169.254.169.254:6379 could not be reached in 1 try: 169.254.169.254:"
                + " 169.254.169.254 is in 169.254.0.0/16, which is denied");
    String embedded = registered("\"max_memory\":1048576").get("id").textValue();
    ask("PUT", organization + "/redis-instances/" + embedded, "{" + urlOf(redis) + "}", session);
    assertThat(lastStatus()).isEqualTo("400");
  }

  @Test
  void aRedisThatIsAwayIsToldWhenItIsAskedForAndComesBackByItself() throws Exception {
    try (var gone = RedisServer.start()) {
      String id = registered(urlOf(gone)).get("id").textValue();
      String one = organization + "/redis-instances/" + id;
      assertThat(run(id, "", "[\"INCR\",\"n\"]").statusCode()).isEqualTo(200);
      gone.kill();
      assertThat(refused(502, urlOf(gone))).contains("could not be reached in 2 tries: ");
      Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> externals.circuitsOpen() == 1);
      var answer = run(id, "", "[\"INCR\",\"n\"]");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
      assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(JSON.readTree(answer.body()).get("error").textValue())
          .startsWith("ERR instance unavailable: its circuit is open after failures");
      assertThat(run(id, "/pipeline", "[[\"INCR\",\"n\"],[\"GET\",\"n\"]]").body())
          .contains("ERR instance unavailable");
      assertThat(run(id, "/multi-exec", "[[\"INCR\",\"n\"]]").statusCode()).isEqualTo(503);
      assertThat(ask("POST", one + "/reconnect", null, session).get("success").booleanValue())
          .isFalse();
      assertThat(lastStatus()).isEqualTo("502");
      JsonNode health = ask("GET", one + "/health", null, session).get("data");
      assertThat(health.get("status").textValue()).isEqualTo("failed");
      assertThat(health.get("last_error").textValue()).isNotBlank();
      gone.again();
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> run(id, "", "[\"INCR\",\"n\"]").statusCode() == 200);
      accounts.externals().check().toCompletableFuture().get(10, TimeUnit.SECONDS);
      assertThat(ask("GET", one, null, session).at("/data/status").textValue())
          .isEqualTo("running");
    }
  }

  @Test
  void whatIsNotVerifiedIsPendingUntilItIsChecked() throws Exception {
    JsonNode made = registered(urlOf(redis) + ",\"verify\":false");
    assertThat(made.get("status").textValue()).isEqualTo("pending");
    assertThat(made.get("health_status").textValue()).isEqualTo("unknown");
    assertThat(made.get("redis_version").isNull()).isTrue();

    accounts.externals().check().toCompletableFuture().get(10, TimeUnit.SECONDS);

    JsonNode now =
        ask("GET", organization + "/redis-instances/" + made.get("id").textValue(), null, session)
            .get("data");
    assertThat(now.get("status").textValue()).isEqualTo("running");
    assertThat(now.get("redis_version").textValue()).matches("[0-9.]+");
  }

  private StreamReader listen(String id, String path) throws Exception {
    return new StreamReader(data.open("/redis/" + id + path, "Authorization", "Bearer " + token));
  }

  private String eightConnections(RedisServer server) throws Exception {
    return registered(urlOf(server) + ",\"max_connections\":8").get("id").textValue();
  }

  /** Byte for byte as of an embedded instance. */
  @Test
  void itsEventsComeAsThoseOfAnyInstance() throws Exception {
    String id = eightConnections(redis);
    try (var reader = listen(id, "/subscribe/chat/a%2Fb");
        var pattern = listen(id, "/psubscribe/ch*");
        var monitor = listen(id, "/monitor")) {
      assertThat(reader.response.statusCode()).isEqualTo(200);
      assertThat(reader.response.headers().firstValue("content-type"))
          .contains("text/event-stream");
      assertThat(reader.line()).isEqualTo("data: subscribe,chat,1");
      assertThat(reader.line()).isEmpty();
      assertThat(reader.line()).isEqualTo("data: subscribe,a/b,2");
      assertThat(reader.line()).isEmpty();
      assertThat(pattern.next()).isEqualTo("data: psubscribe,ch*,1");
      assertThat(monitor.next()).isEqualTo("data: \"OK\"");

      assertThat(run(id, "/publish/chat/hello,%20you", null).body()).isEqualTo("{\"result\":2}");
      redis.cli("PUBLISH", "a/b", "one\r\ntwo\nthree"); // by somebody else

      assertThat(reader.line()).isEqualTo("data: message,chat,hello, you");
      assertThat(reader.line()).isEmpty();
      assertThat(reader.next()).isEqualTo("data: message,a/b,one\ndata: two\ndata: three");
      assertThat(pattern.line()).isEqualTo("data: pmessage,ch*,chat,hello, you");
      String line = monitor.next();
      while (!line.contains("PUBLISH") && !line.contains("publish")) {
        line = monitor.next();
      }
      assertThat(line)
          .matches(
              "data: [0-9]{10}\\.[0-9]{6} \\[0 127\\.0\\.0\\.1:[0-9]+\\]"
                  + " \"publish\" \"chat\" \"hello, you\"");
    }
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              redis.cli("PUBLISH", "chat", "who reads that?"); // a write shows that they are gone
              return redis.clients() == 1;
            });
  }

  @Test
  void itsStreamsEndWithTheirKeyWithTheirInstanceAndWithTheRedis() throws Exception {
    try (var gone = RedisServer.start()) {
      String id = eightConnections(gone);
      String shortLived = keyFor("\"read\"");
      JsonNode keys = ask("GET", organization + "/api-keys", null, session).at("/data/items");
      String all = token;
      token = shortLived;
      try (var reader = listen(id, "/subscribe/chat")) {
        reader.next();
        String key = keys.get(0).get("id").textValue();
        long before = System.nanoTime();
        ask("DELETE", organization + "/api-keys/" + key, null, session);
        assertThat(lastStatus()).isEqualTo("200");
        assertThat(reader.next()).isEqualTo("end");
        assertThat(System.nanoTime() - before).isLessThan(1_000_000_000L);
      }
      token = all;
      try (var reader = listen(id, "/subscribe/chat");
          var monitor = listen(id, "/monitor")) {
        reader.next();
        gone.kill();
        assertThat(reader.next()).isEqualTo("end");
        String line = monitor.next();
        while (!line.equals("end")) {
          line = monitor.next();
        }
      }
      Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> externals.circuitsOpen() == 1);
      var refused = run(id, "/subscribe/chat", "[]");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("ERR instance unavailable: its circuit is open");
      gone.again();
      Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> externals.circuitsOpen() == 0);
      try (var reader = listen(id, "/subscribe/chat")) {
        reader.next();
        gone.cli("PUBLISH", "chat", "back");
        assertThat(reader.next()).isEqualTo("data: message,chat,back");
        ask("DELETE", organization + "/redis-instances/" + id, null, session);
        assertThat(reader.next()).isEqualTo("end");
      }
      Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> gone.clients() == 0);
    }
  }

  private double active() {
    return registry.getSampleValue(
        "gateway_streams_active", new String[] {"kind"}, new String[] {"subscribe"});
  }

  @Test
  void aReaderThatIsTooFarBehindIsCutOffAndTheOthersHearOn() throws Exception {
    String id = eightConnections(redis);
    String publish = "[\"PUBLISH\",\"chat\",\"" + "x".repeat(8_000) + "\"]";
    String batch = "[" + (publish + ",").repeat(99) + publish + "]";
    try (var good = listen(id, "/subscribe/chat");
        var bad = new Socket("127.0.0.1", data.address().getPort())) {
      good.next();
      bad.setReceiveBufferSize(4_096);
      String path = "/redis/" + id + "/subscribe/chat?_token=" + token;
      bad.getOutputStream()
          .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(US_ASCII));
      Awaitility.await().until(() -> active() == 2);

      int told = 0;
      while (registry.getSampleValue("gateway_streams_dropped_total") == 0) {
        assertThat(run(id, "/pipeline", batch).statusCode()).isEqualTo(200);
        for (int i = 0; i < 100; i++) {
          assertThat(good.next()).startsWith("data: message,chat,x");
        }
        assertThat(++told).isLessThan(1_000);
      }

      Awaitility.await().until(() -> active() == 1);
      redis.cli("PUBLISH", "chat", "on");
      assertThat(good.next()).isEqualTo("data: message,chat,on");
    }
  }

  @Test
  void aRedisThatLetsNobodyListenSaysSoItself() throws Exception {
    try (var closed =
        RedisServer.start("--user", "app", "on", ">open", "~*", "+@all", "resetchannels")) {
      String id =
          registered("\"redis_url\":\"redis://app:open@127.0.0.1:" + closed.port() + "\"")
              .get("id")
              .textValue();
      var refused = run(id, "/subscribe/chat", "[]");
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body())
          .isEqualTo(
              "{\"error\":\"NOPERM this user has no permissions to access one of the channels"
                  + " used as arguments\"}");
    }
  }
}
