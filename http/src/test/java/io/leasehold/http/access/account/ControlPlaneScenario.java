package io.leasehold.http.access.account;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.leasehold.actors.access.account.ExternalGate;
import io.leasehold.actors.access.account.InstanceCheck;
import io.leasehold.actors.access.account.InstanceNodes;
import io.leasehold.actors.access.account.Users;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.OpenDoor;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The control plane from its port to its tables, the same on every database. */
abstract class ControlPlaneScenario {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PASSWORD = "correct horse 9";
  private static final String TABLES =
      "users organizations organization_memberships api_keys redis_instances audit_logs"
          + " access_changes";

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final List<String> secrets = new ArrayList<>(List.of(PASSWORD));
  private ActorTestKit kit;
  private AccountsDatabase database;
  private AccountService accounts;
  private OpenDoor door;
  private final List<String> taken = new CopyOnWriteArrayList<>();
  private volatile boolean full = true;
  private volatile InstanceCheck.Found found = new InstanceCheck.Found(3, 1024, null);

  /** A database without any tables. */
  abstract String url() throws Exception;

  abstract String user();

  @BeforeEach
  void open() throws Exception {
    log.start();
    root().addAppender(log);
    open(Users.Registration.OPEN);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private void open(Users.Registration registration) throws Exception {
    kit = ActorTestKit.create();
    var setup =
        new AccountService.Setup(
            "s".repeat(32), List.of(), Duration.ofHours(1), 4, registration, Duration.ofDays(1));
    database =
        new AccountsDatabase(
            url(), user(), "", Duration.ofSeconds(3), new JournalMeter(true).statements());
    database.migrate(true);
    accounts =
        AccountService.start(
            kit.system(),
            database,
            setup,
            AccountService.Checks.of(id -> CompletableFuture.completedFuture(found)),
            Clock.system());
    var nodes = InstanceNodes.alone("node:1", any -> ExternalGate.State.NONE);
    var shown = new AccountRoutes.Setup("", 64 << 20, nodes, "1.0.0", false, true);
    CallerLimits.Buckets buckets =
        (bucket, policy, cost) -> {
          taken.add(bucket + " -" + cost);
          return CompletableFuture.completedFuture(
              full
                  ? RateDecision.admitted(policy, policy.burst() - cost)
                  : RateDecision.refused(policy, 0, 339_500_000));
        };
    var routes =
        new AccountRoutes(accounts, new GatewayLimits(buckets, 100), shown, Clock.system());
    door = new OpenDoor(kit, routes.routes());
  }

  @AfterEach
  void close() throws Exception {
    door.close();
    accounts.stop().toCompletableFuture().get(10, TimeUnit.SECONDS);
    assertNoSecretStandsAnywhere();
    database.close();
    kit.shutdownTestKit();
    root().detachAppender(log);
  }

  private void assertNoSecretStandsAnywhere() throws Exception {
    var all = new StringBuilder();
    for (ILoggingEvent event : List.copyOf(log.list)) {
      all.append(event.getFormattedMessage()).append(event.getKeyValuePairs());
      if (event.getThrowableProxy() != null) {
        all.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
    }
    try (Connection connection = DriverManager.getConnection(url(), user(), "");
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
    assertThat(secrets).noneMatch(secret -> all.indexOf(secret) >= 0);
    assertThat(all).contains("Starting ActorTestKit"); // or the log was not looked at
  }

  /** What was answered, in the one form that every answer has. */
  private record Said(int status, JsonNode body, HttpResponse<String> response) {
    JsonNode data() {
      return body.get("data");
    }

    String message() {
      return body.get("message").asText();
    }

    String id() {
      return data().get("id").textValue();
    }
  }

  private Said ask(String method, String path, String body, String token) throws Exception {
    var headers = new ArrayList<String>();
    if (body != null) {
      headers.addAll(List.of("Content-Type", "application/json"));
    }
    if (token != null) {
      headers.addAll(List.of("Authorization", "Bearer " + token));
    }
    return said(door.send(method, path, body, headers.toArray(String[]::new)));
  }

  private static Said said(HttpResponse<String> answer) throws Exception {
    JsonNode json = JSON.readTree(answer.body());
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("success", "data", "message", "timestamp");
    assertThat(json.get("success").booleanValue()).isEqualTo(answer.statusCode() == 200);
    assertThat(json.get("data").isNull()).isEqualTo(answer.statusCode() != 200);
    assertThat(json.get("timestamp").textValue())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
    return new Said(answer.statusCode(), json, answer);
  }

  private void assertRefused(
      int status, String message, String method, String path, String body, String token)
      throws Exception {
    Said said = ask(method, path, body, token);
    assertThat(said.message()).isEqualTo(message);
    assertThat(said.status()).isEqualTo(status);
  }

  private static String user(String name) {
    return "{\"email\":\"%s@Example.com\",\"username\":\"%s\",\"password\":\"%s\"}"
        .formatted(name, name, PASSWORD);
  }

  private static String credentials(String name) {
    return "{\"email\":\"%s@example.com\",\"password\":\"%s\"}".formatted(name, PASSWORD);
  }

  /** A session of a new user. */
  private String session(String name) throws Exception {
    assertThat(ask("POST", "/auth/register", user(name), null).status()).isEqualTo(200);
    String token =
        ask("POST", "/auth/login", credentials(name), null).data().get("token").textValue();
    secrets.add(token);
    return token;
  }

  private String organization(String token, String slug) throws Exception {
    String body = "{\"name\":\"Acme\",\"slug\":\"%s\"}".formatted(slug);
    return ask("POST", "/api/organizations", body, token).id();
  }

  /** The token of a new key. */
  private String key(String organization, String token, String rules) throws Exception {
    Said said = ask("POST", of(organization, "/api-keys"), rules, token);
    assertThat(said.status()).as(said.message()).isEqualTo(200);
    secrets.add(said.data().get("key").textValue());
    return said.data().get("key").textValue();
  }

  private static String of(String organization, String rest) {
    return "/api/organizations/" + organization + rest;
  }

  private void sql(String statement) throws Exception {
    try (Connection connection = DriverManager.getConnection(url(), user(), "");
        Statement each = connection.createStatement()) {
      each.execute(statement);
    }
  }

  private KeyVerdict verdict(String token) throws Exception {
    return accounts.keyDirectory().check(token).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void aUserRegistersLogsInAndIsKnown() throws Exception {
    Said made =
        ask(
            "POST",
            "/auth/register",
            "{\"email\":\"Ann@Example.com\",\"username\":\"ann\",\"password\":\""
                + PASSWORD
                + "\",\"first_name\":\"Ann\",\"unknown\":1}",
            null);
    assertThat(made.data().fieldNames())
        .toIterable()
        .containsExactly(
            "id",
            "email",
            "username",
            "first_name",
            "last_name",
            "is_active",
            "is_verified",
            "created_at");
    assertThat(made.data().get("email").textValue()).isEqualTo("ann@example.com");

    Said login = ask("POST", "/auth/login", credentials("ANN"), null);
    assertThat(login.data().get("api_key").isNull()).isTrue();
    assertThat(login.data().get("organization_id").isNull()).isTrue();
    assertThat(login.data().get("user")).isEqualTo(made.data());
    String token = login.data().get("token").textValue();
    secrets.add(token);
    assertThat(ask("GET", "/auth/me", null, token).data()).isEqualTo(made.data());

    assertRefused(409, "Email is already registered", "POST", "/auth/register", user("ann"), null);
    assertRefused(
        409,
        "Username is already taken",
        "POST",
        "/auth/register",
        user("ann").replace("ann@", "other@"),
        null);
    assertRefused(
        401,
        "Invalid credentials",
        "POST",
        "/auth/login",
        credentials("ann").replace("horse", "cow"),
        null);
    assertRefused(401, "Invalid credentials", "POST", "/auth/login", credentials("nobody"), null);
    assertRefused(
        401,
        "Invalid credentials",
        "POST",
        "/auth/login",
        credentials("ann").replace("horse", "h".repeat(80)),
        null);
  }

  @Test
  void aTokenIsBelievedOnlyAsLongAsItsUser() throws Exception {
    String token = session("bob");
    assertRefused(401, "Missing authorization token", "GET", "/auth/me", null, null);
    assertRefused(401, "Invalid token", "GET", "/auth/me", null, "nonsense");
    assertRefused(401, "Invalid token", "GET", "/auth/me", null, unsigned(token));
    assertRefused(401, "Invalid token", "GET", "/auth/me", null, tampered(token));
    assertThat(ask("GET", "/auth/me", null, null).response().headers().map())
        .containsEntry("www-authenticate", List.of("Bearer"));

    sql("UPDATE users SET is_active = FALSE");
    assertRefused(401, "User account is not active", "GET", "/auth/me", null, token);
    assertRefused(
        401, "User account is not active", "POST", "/auth/login", credentials("bob"), null);
    sql("DELETE FROM users");
    assertRefused(401, "User not found", "GET", "/auth/me", null, token);
  }

  /** The same claims with the algorithm {@code none}. */
  private static String unsigned(String token) {
    String header =
        java.util.Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"alg\":\"none\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return header + token.substring(token.indexOf('.'), token.lastIndexOf('.') + 1);
  }

  private static String tampered(String token) {
    int at = token.lastIndexOf('.') + 1;
    return token.substring(0, at) + (token.charAt(at) == 'A' ? 'B' : 'A') + token.substring(at + 1);
  }

  @Test
  void tenWrongPasswordsAreEnough() throws Exception {
    session("eve");
    for (int i = 0; i < 10; i++) {
      assertRefused(
          401,
          "Invalid credentials",
          "POST",
          "/auth/login",
          credentials("eve").replace("horse", "try" + i),
          null);
    }
    Said refused = ask("POST", "/auth/login", credentials("Eve"), null);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.message()).startsWith("Too many failed logins, retry in ");
    assertThat(refused.response().headers().firstValueAsLong("Retry-After").getAsLong())
        .isBetween(200L, 300L);
    session("other"); // is let in as ever
  }

  @Test
  void whoMayRegisterIsASetting() throws Exception {
    again(Users.Registration.FIRST_USER_ONLY);
    session("first");
    assertRefused(403, "Registration is closed", "POST", "/auth/register", user("second"), null);
    again(Users.Registration.CLOSED);
    assertRefused(403, "Registration is closed", "POST", "/auth/register", user("third"), null);
    assertThat(count("audit_logs WHERE action = 'user.register' AND status = 'denied'"))
        .isEqualTo(2);
  }

  private void again(Users.Registration registration) throws Exception {
    door.close();
    accounts.stop().toCompletableFuture().get(10, TimeUnit.SECONDS);
    database.close();
    kit.shutdownTestKit();
    open(registration);
  }

  private long count(String from) throws Exception {
    try (Connection connection = DriverManager.getConnection(url(), user(), "");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + from)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Test
  void aBodyThatIsNotAsItShouldBeSaysWhy() throws Exception {
    String path = "/auth/register";
    assertRefused(400, "body: is no JSON", "POST", path, "{", null);
    assertRefused(400, "body: must be a JSON object", "POST", path, "[]", null);
    assertRefused(422, "email: is required", "POST", path, "{}", null);
    assertRefused(422, "email: must be a text", "POST", path, "{\"email\":1}", null);
    assertRefused(
        400,
        "email: must be an email address of at most 254 characters",
        "POST",
        path,
        "{\"email\":\"x\"}",
        null);
    assertRefused(
        400,
        "username: must be 3 to 50 characters without blanks",
        "POST",
        path,
        user("a b").replace("a b@", "ab@"),
        null);
    assertRefused(
        400,
        "password: must be 8 to 72 bytes",
        "POST",
        path,
        user("long").replace(PASSWORD, "\u00fc".repeat(37)),
        null);
    assertRefused(
        400,
        "first_name: must not hold control characters",
        "POST",
        path,
        user("nul").replace("}", ",\"first_name\":\"a\\u0000b\"}"),
        null);
    assertRefused(
        413,
        "body: 1048577 bytes exceed 1048576 bytes",
        "POST",
        path,
        "\"" + "x".repeat((1 << 20) - 1) + "\"",
        null);
    Said plain = said(door.send("POST", path, "{}", "Content-Type", "text/plain"));
    assertThat(plain.status()).isEqualTo(415);
    assertThat(plain.message()).isEqualTo("body: Content-Type must be application/json");
  }

  @Test
  void pathsAndMethodsThatAreNotThereHaveTheEnvelopeToo() throws Exception {
    Said wrong = ask("DELETE", "/auth/login", null, null);
    assertThat(wrong.status()).isEqualTo(405);
    assertThat(wrong.response().headers().allValues("Allow")).containsExactly("POST");
    assertThat(ask("GET", "/auth/nothing", null, null).status()).isEqualTo(404);
    assertThat(ask("GET", "/api/organizations/a/b/c", null, null).status()).isEqualTo(404);
    String token = session("ann");
    assertRefused(
        400,
        "page: must be a whole number from 1 up",
        "GET",
        "/api/organizations?page=x",
        null,
        token);
    for (String large : List.of("1000", "0101", "1000000000000", "9".repeat(40))) {
      assertThat(
              ask("GET", "/api/organizations?limit=" + large, null, token)
                  .data()
                  .get("limit")
                  .intValue())
          .as(large)
          .isEqualTo(100);
      assertThat(ask("GET", "/api/organizations?page=" + large, null, token).data().get("items"))
          .as(large)
          .isEmpty();
    }
  }

  @Test
  void anOrganizationLivesAndDies() throws Exception {
    String ann = session("ann");
    String id = organization(ann, "acme");
    JsonNode shown = ask("GET", of(id, ""), null, ann).data();
    assertThat(shown.get("plan").textValue()).isEqualTo("free");
    assertThat(shown.get("max_redis_instances").intValue()).isEqualTo(5);
    assertThat(shown.get("max_api_keys").intValue()).isEqualTo(10);
    assertThat(shown.get("max_memory_gb").intValue()).isEqualTo(10);

    String eve = session("eve");
    String unknown = "Organization not found or access denied";
    assertRefused(404, unknown, "GET", of(id, ""), null, eve);
    assertRefused(404, unknown, "GET", of("nonsense", ""), null, ann);
    assertRefused(404, unknown, "GET", of(UUID.randomUUID().toString(), ""), null, ann);
    assertRefused(
        409,
        "Organization slug is already taken",
        "POST",
        "/api/organizations",
        "{\"name\":\"x\",\"slug\":\"acme\"}",
        eve);

    Said changed =
        ask("PUT", of(id, ""), "{\"name\":\"New\",\"slug\":\"new\",\"description\":\"d\"}", ann);
    assertThat(changed.data().get("slug").textValue()).isEqualTo("new");
    assertThat(changed.data().get("description").textValue()).isEqualTo("d");
    organization(ann, "acme"); // free again
    JsonNode list = ask("GET", "/api/organizations?limit=1", null, ann).data();
    assertThat(list.get("total_count").intValue()).isEqualTo(2);
    assertThat(list.get("total_pages").intValue()).isEqualTo(2);
    assertThat(list.get("items")).hasSize(1);

    String instance = instance(ann, id, "{\"name\":\"cache\"}").id();
    assertRefused(409, "Organization still has Redis instances", "DELETE", of(id, ""), null, ann);
    ask("DELETE", of(id, "/redis-instances/" + instance), null, ann);
    String token = key(id, ann, "{\"name\":\"k\",\"scopes\":[\"read\"]}");
    assertThat(verdict(token)).isInstanceOf(KeyVerdict.Valid.class);
    assertThat(ask("DELETE", of(id, ""), null, ann).message())
        .isEqualTo("Organization deleted successfully");
    assertThat(verdict(token)).isEqualTo(new KeyVerdict.Refused());
    assertRefused(404, unknown, "GET", of(id, ""), null, ann);
  }

  private Said instance(String token, String organization, String body) throws Exception {
    return ask("POST", of(organization, "/redis-instances"), body, token);
  }

  @Test
  void aRoleBoundsWhatAMemberMayDo() throws Exception {
    String ann = session("ann");
    String id = organization(ann, "acme");
    String annsKey =
        ask("POST", of(id, "/api-keys"), "{\"name\":\"k\",\"scopes\":[\"read\"]}", ann)
            .data()
            .get("api_key")
            .get("id")
            .textValue();
    String cache = instance(ann, id, "{\"name\":\"cache\"}").id();
    String bob = session("bob");
    sql(
        "INSERT INTO organization_memberships SELECT '"
            + UUID.randomUUID()
            + "', id, '"
            + id
            + "', 'viewer', created_at, created_at FROM users WHERE username = 'bob'");
    String content = "{\"name\":\"x\",\"slug\":\"x\"}";
    String rules = "{\"name\":\"x\",\"scopes\":[\"read\"]}";
    assertThat(ask("GET", of(id, ""), null, bob).status()).isEqualTo(200);
    assertForbidden("owner", "PUT", of(id, ""), content, bob);
    assertForbidden("owner", "DELETE", of(id, ""), null, bob);
    assertForbidden("admin", "PUT", of(id, "/quota"), "{}", bob);
    assertForbidden("admin", "GET", of(id, "/audit-logs"), null, bob);
    assertForbidden("member", "POST", of(id, "/api-keys"), rules, bob);
    assertForbidden("member", "POST", of(id, "/redis-instances"), "{\"name\":\"x\"}", bob);
    assertForbidden("admin", "DELETE", of(id, "/redis-instances/" + cache), null, bob);
    assertRefused(
        403,
        "Insufficient permissions: needs its creator or the role admin",
        "DELETE",
        of(id, "/api-keys/" + annsKey),
        null,
        bob);

    sql("UPDATE organization_memberships SET role = 'member' WHERE role = 'viewer'");
    String own = ask("POST", of(id, "/api-keys"), rules, bob).data().at("/api_key/id").textValue();
    assertThat(ask("DELETE", of(id, "/api-keys/" + own), null, bob).message())
        .isEqualTo("API key revoked successfully");
    assertRefused(404, "API key not found", "GET", of(id, "/api-keys/" + own), null, bob);
    assertForbidden("admin", "DELETE", of(id, "/redis-instances/" + cache), null, bob);

    sql("UPDATE organization_memberships SET role = 'admin' WHERE role = 'member'");
    assertThat(ask("DELETE", of(id, "/api-keys/" + annsKey), null, bob).status()).isEqualTo(200);
    assertThat(ask("DELETE", of(id, "/redis-instances/" + cache), null, bob).status())
        .isEqualTo(200);
    assertForbidden("owner", "DELETE", of(id, ""), null, bob);
    assertThat(ask("GET", of(id, "/audit-logs"), null, bob).status()).isEqualTo(200);
  }

  private void assertForbidden(String role, String method, String path, String body, String token)
      throws Exception {
    assertRefused(
        403, "Insufficient permissions: needs the role " + role, method, path, body, token);
  }

  @Test
  void aQuotaHoldsAndIsNotSetBelowWhatIsInUse() throws Exception {
    String ann = session("ann");
    String id = organization(ann, "acme");
    String path = of(id, "/quota");
    assertThat(
            ask("PUT", path, "{\"max_instances\":1,\"max_memory_gb\":1,\"max_api_keys\":1}", ann)
                .status())
        .isEqualTo(200);
    String large = "{\"name\":\"a\",\"max_memory\":" + (2L << 30) + "}";
    assertRefused(
        403,
        "Quota reached: max_memory_gb = 1, 1024 MB are left",
        "POST",
        of(id, "/redis-instances"),
        large,
        ann);
    assertThat(instance(ann, id, "{\"name\":\"a\",\"max_memory\":1000000000}").status())
        .isEqualTo(200);
    assertRefused(
        403,
        "Quota reached: max_instances = 1",
        "POST",
        of(id, "/redis-instances"),
        "{\"name\":\"b\"}",
        ann);
    key(id, ann, "{\"name\":\"k\",\"scopes\":[\"*\"]}");
    assertRefused(
        403,
        "Quota reached: max_api_keys = 1",
        "POST",
        of(id, "/api-keys"),
        "{\"name\":\"k\",\"scopes\":[\"*\"]}",
        ann);
    JsonNode quota = ask("GET", path, null, ann).data();
    assertThat(quota.at("/quota/current_memory_mb").intValue()).isEqualTo(954);
    assertThat(quota.at("/quota/available_memory_mb").intValue()).isEqualTo(70);
    assertThat(quota.at("/quota/memory_percentage").doubleValue()).isEqualTo(93.1);
    assertThat(quota.get("warnings"))
        .extracting(JsonNode::textValue)
        .containsExactly(
            "instances: 1 of 1 are in use",
            "memory in MB: 954 of 1024 are in use",
            "API keys: 1 of 1 are in use");
    assertThat(ask("PUT", path, "{\"max_api_keys\":2}", ann).status()).isEqualTo(200);
    key(id, ann, "{\"name\":\"k\",\"scopes\":[\"*\"]}");
    assertRefused(
        409,
        "max_api_keys: 1 is below what is in use: 2 keys",
        "PUT",
        path,
        "{\"max_api_keys\":1}",
        ann);
    assertRefused(
        400, "max_instances: must be 1 to 1000", "PUT", path, "{\"max_instances\":1001}", ann);
    assertRefused(
        422,
        "max_instances: must be a whole number",
        "PUT",
        path,
        "{\"max_instances\":\"5\"}",
        ann);
  }

  @Test
  void aKeyIsMadeChangedAndRevoked() throws Exception {
    String ann = session("ann");
    String id = organization(ann, "acme");
    String cache = instance(ann, id, "{\"name\":\"cache\"}").id();
    String path = of(id, "/api-keys");
    String token =
        key(
            id,
            ann,
            "{\"name\":\"app\",\"scopes\":[\"redis:READ\",\"write\"],\"commands_deny\":[\"KEYS\"],"
                + "\"keyspace_prefixes\":[\"app:\"],\"instances\":[\""
                + cache
                + "\"],\"rate_limit_rps\":5,\"organization_id\":\""
                + id
                + "\"}");
    JsonNode shown = ask("GET", path, null, ann).data().get("items").get(0);
    assertThat(shown.fieldNames())
        .toIterable()
        .contains("key_prefix", "last_used_at", "expires_at", "rate_limit_burst")
        .doesNotContain("key", "key_hash");
    assertThat(shown.get("scopes"))
        .extracting(JsonNode::textValue)
        .containsExactly("read", "write");
    assertThat(shown.get("key_prefix").textValue())
        .isEqualTo("rg_" + shown.get("id").textValue().substring(0, 8));
    var valid = (KeyVerdict.Valid) verdict(token);
    assertThat(valid.grant().organization()).hasToString(id);
    assertThat(valid.grant().deny()).containsExactly("keys");
    assertThat(valid.grant().rate()).hasValue(5);
    assertThat(valid.grant().burst()).isEmpty();
    assertThat(valid.grant().instances()).containsExactly(UUID.fromString(cache));
    assertThat(Duration.between(java.time.Instant.now(), valid.expiresAt()).toDays())
        .isBetween(363L, 365L);

    String one = path + "/" + shown.get("id").textValue();
    Said changed =
        ask(
            "PUT",
            one,
            "{\"scopes\":[\"admin\"],\"rate_limit_rps\":null,\"rate_limit_burst\":7}",
            ann);
    assertThat(changed.data().get("name").textValue()).isEqualTo("app");
    var after = (KeyVerdict.Valid) verdict(token);
    assertThat(after.grant().rate()).isEmpty();
    assertThat(after.grant().burst()).hasValue(7);
    assertThat(after.grant().deny()).containsExactly("keys");
    String end = valid.expiresAt().minusSeconds(60).toString();
    assertThat(ask("PUT", one, "{\"expires_at\":\"" + end + "\"}", ann).status()).isEqualTo(200);
    assertThat(ask("PUT", one, "{\"expires_at\":\"" + valid.expiresAt() + "\"}", ann).message())
        .startsWith("expires_at: can only be brought forward from ");
    assertThat(ask("PUT", one, "{\"expires_at\":\"2020-01-01T00:00:00Z\"}", ann).status())
        .isEqualTo(200);
    assertThat(verdict(token)).isEqualTo(new KeyVerdict.Refused()); // has expired
    assertThat(ask("DELETE", one, null, ann).data()).isEmpty();
    assertRefused(404, "API key not found", "DELETE", one, null, ann);
  }

  @Test
  void aKeyThatCannotBeIsNotMade() throws Exception {
    String ann = session("ann");
    String path = of(organization(ann, "acme"), "/api-keys");
    String scopes = "scopes: each must be read, write, script, admin or *";
    assertRefused(422, "scopes: is required", "POST", path, "{\"name\":\"k\"}", ann);
    assertRefused(
        400, "scopes: must name at least one", "POST", path, "{\"name\":\"k\",\"scopes\":[]}", ann);
    assertRefused(400, scopes, "POST", path, "{\"name\":\"k\",\"scopes\":[\"root\"]}", ann);
    assertRefused(
        400,
        "commands_allow: each must be a command, or command|subcommand",
        "POST",
        path,
        "{\"name\":\"k\",\"scopes\":[\"*\"],\"commands_allow\":[\"a b\"]}",
        ann);
    assertRefused(
        400,
        "instances: names one that is not of the organization",
        "POST",
        path,
        "{\"name\":\"k\",\"scopes\":[\"*\"],\"instances\":[\"" + UUID.randomUUID() + "\"]}",
        ann);
    assertRefused(
        400,
        "organization_id: must be that of the path",
        "POST",
        path,
        "{\"name\":\"k\",\"scopes\":[\"*\"],\"organization_id\":\"" + UUID.randomUUID() + "\"}",
        ann);
    assertRefused(
        400,
        "expires_at: must be in the future",
        "POST",
        path,
        "{\"name\":\"k\",\"scopes\":[\"*\"],\"expires_at\":\"2020-01-01T00:00:00Z\"}",
        ann);
    for (String beyond : List.of("+999999999-12-31T23:59:59Z", "+10000-01-01T00:00:00Z")) {
      assertRefused(
          400,
          "expires_at: must be a time such as 2026-12-31T00:00:00Z",
          "POST",
          path,
          "{\"name\":\"k\",\"scopes\":[\"*\"],\"expires_at\":\"" + beyond + "\"}",
          ann);
    }
    assertRefused(
        400,
        "expires_at: must be a time such as 2026-12-31T00:00:00Z",
        "POST",
        path,
        "{\"name\":\"k\",\"scopes\":[\"*\"],\"expires_at\":\"soon\"}",
        ann);
  }

  @Test
  void aLoginMakesAKeyOnlyWhenAsked() throws Exception {
    session("ann");
    String asked = credentials("ann").replace("}", ",\"issue_api_key\":true}");
    assertRefused(
        409, "There is no organization to make a key for", "POST", "/auth/login", asked, null);
    String ann =
        ask("POST", "/auth/login", credentials("ann"), null).data().get("token").textValue();
    secrets.add(ann);
    String acme = organization(ann, "acme");
    assertThat(count("api_keys")).isZero();
    Said given = ask("POST", "/auth/login", asked, null);
    secrets.add(given.data().get("api_key").textValue());
    assertThat(given.data().get("organization_id").textValue()).isEqualTo(acme);
    assertThat(verdict(given.data().get("api_key").textValue()))
        .isInstanceOf(KeyVerdict.Valid.class);
    organization(ann, "second");
    assertRefused(
        400,
        "organization_id: must be given, there are several organizations",
        "POST",
        "/auth/login",
        asked,
        null);
    String named = asked.replace("}", ",\"organization_id\":\"" + acme + "\"}");
    secrets.add(ask("POST", "/auth/login", named, null).data().get("api_key").textValue());
    assertThat(count("api_keys")).isEqualTo(2);
  }

  @Test
  void aKeyReadsItsOwnOrganizationAndDoesNothingElse() throws Exception {
    String ann = session("ann");
    String id = organization(ann, "acme");
    String other = organization(ann, "other");
    String admin = key(id, ann, "{\"name\":\"k\",\"scopes\":[\"admin\"]}");
    String reader = key(id, ann, "{\"name\":\"k\",\"scopes\":[\"read\"]}");
    String only = "API keys may only read their own organization";
    assertThat(ask("GET", of(id, ""), null, admin).status()).isEqualTo(200);
    assertThat(ask("GET", of(id, "/api-keys"), null, admin).data().get("items")).hasSize(2);
    assertThat(ask("GET", of(id, "/redis-instances"), null, admin).status()).isEqualTo(200);
    assertThat(ask("GET", of(id, "/quota"), null, admin).status()).isEqualTo(200);
    assertRefused(403, only, "GET", of(id, ""), null, reader);
    assertRefused(403, only, "GET", of(other, ""), null, admin);
    assertRefused(403, only, "GET", of(id, "/audit-logs"), null, admin);
    assertRefused(403, only, "GET", "/auth/me", null, admin);
    assertRefused(403, only, "GET", "/api/organizations", null, admin);
    assertRefused(
        403, only, "POST", of(id, "/api-keys"), "{\"name\":\"k\",\"scopes\":[\"*\"]}", admin);
    assertThat(count("api_keys")).isEqualTo(2);
    assertThat(count("audit_logs WHERE status = 'denied' AND api_key_id IS NOT NULL")).isEqualTo(6);
  }

  @Test
  void anInstanceLivesAndDies() throws Exception {
    String ann = session("ann");
    String id = organization(ann, "acme");
    String all = of(id, "/redis-instances");
    Said made = instance(ann, id, "{\"name\":\"My Cache!\"}");
    String one = all + "/" + made.id();
    assertThat(made.data().get("slug").textValue()).isEqualTo("my-cache");
    assertThat(made.data().get("type").textValue()).isEqualTo("embedded");
    assertThat(made.data().get("domain").textValue()).isEqualTo("my-cache.embedded");
    assertThat(made.data().get("max_memory").longValue()).isEqualTo(64L << 20);
    assertThat(made.data().get("endpoint_url").textValue())
        .isEqualTo("http://127.0.0.1:" + door.address().getPort() + "/redis/" + made.id());
    assertThat(instance(ann, id, "{\"name\":\"my cache\"}").data().get("slug").textValue())
        .isEqualTo("my-cache-2");
    assertRefused(
        409,
        "Redis instance slug is already taken",
        "POST",
        all,
        "{\"name\":\"x\",\"slug\":\"my-cache\"}",
        ann);
    assertThat(found(made.id()))
        .isEqualTo(new Found.Embedded(UUID.fromString(made.id()), UUID.fromString(id), 64L << 20));

    Said changed = ask("PUT", one, "{\"max_memory\":1048576,\"max_connections\":3}", ann);
    assertThat(changed.data().get("name").textValue()).isEqualTo("My Cache!");
    assertThat(found(made.id()))
        .isEqualTo(new Found.Embedded(UUID.fromString(made.id()), UUID.fromString(id), 1L << 20));
    JsonNode health = ask("GET", one + "/health", null, ann).data();
    assertThat(health.get("health_status").textValue()).isEqualTo("healthy");
    assertThat(health.get("latency_ms").intValue()).isEqualTo(3);
    assertThat(health.get("nodes").toString())
        .isEqualTo("[{\"node\":\"node:1\",\"connections\":0,\"circuit\":\"closed\"}]");
    assertThat(health.get("nodes_missing")).isEmpty();
    found = new InstanceCheck.Found(4, 4_096, null);
    for (JsonNode shown :
        List.of(
            ask("GET", one, null, ann).data(),
            ask("GET", all, null, ann).data().get("items").get(1))) {
      assertThat(shown.get("id").textValue()).isEqualTo(made.id());
      assertThat(shown.get("current_memory").longValue()).isEqualTo(4_096); // of this moment
      assertThat(shown.get("memory_usage_percent").doubleValue()).isEqualTo(0.4);
    }
    found = new InstanceCheck.Found(5, 0, "shard 3 has no owner");
    assertThat(ask("GET", one, null, ann).data().get("current_memory").longValue())
        .isEqualTo(1_024); // as it was found last
    JsonNode failed = ask("PUT", one + "/status", "{}", ann).data();
    assertThat(failed.get("status").textValue()).isEqualTo("failed");
    assertThat(failed.get("last_error").textValue()).isEqualTo("shard 3 has no owner");
    assertThat(ask("POST", one + "/reconnect", null, ann).id()).isEqualTo(made.id());

    assertThat(ask("DELETE", one, null, ann).status()).isEqualTo(200);
    assertThat(found(made.id())).isEqualTo(new Found.Missing());
    assertRefused(404, "Redis instance not found", "GET", one, null, ann);
    assertRefused(404, "Redis instance not found", "GET", all + "/nonsense", null, ann);
    assertThat(instance(ann, id, "{\"name\":\"my cache\"}").data().get("slug").textValue())
        .isEqualTo("my-cache"); // free again
  }

  private Found found(String id) throws Exception {
    return accounts
        .instanceDirectory()
        .find(UUID.fromString(id))
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  @Test
  void whatIsNotBuiltSaysSo() throws Exception {
    String ann = session("ann");
    String all = of(organization(ann, "acme"), "/redis-instances");
    assertRefused(
        501,
        "type: kubernetes instances are not built",
        "POST",
        all,
        "{\"name\":\"x\",\"type\":\"kubernetes\"}",
        ann);
    assertRefused(
        501,
        "backup_enabled: backups of an instance are not built",
        "POST",
        all,
        "{\"name\":\"x\",\"backup_enabled\":true}",
        ann);
    assertRefused(
        400,
        "type: must be embedded, external or kubernetes",
        "POST",
        all,
        "{\"name\":\"x\",\"type\":\"other\"}",
        ann);
    assertRefused(
        400,
        "port: is for external instances only",
        "POST",
        all,
        "{\"name\":\"x\",\"port\":6379}",
        ann);
    assertRefused(
        400,
        "max_memory: must be 1048576 to 17179869184",
        "POST",
        all,
        "{\"name\":\"x\",\"max_memory\":1}",
        ann);
  }

  @Test
  void everyChangeStandsInTheAuditLog() throws Exception {
    String ann = session("ann");
    String id = organization(ann, "acme");
    String one = of(id, "/redis-instances/" + instance(ann, id, "{\"name\":\"cache\"}").id());
    ask("PUT", one, "{\"name\":\"new\"}", ann);
    ask("DELETE", one, null, ann);
    key(id, ann, "{\"name\":\"k\",\"scopes\":[\"read\"]}");
    JsonNode log = ask("GET", of(id, "/audit-logs?limit=100"), null, ann).data();
    assertThat(log.get("items"))
        .extracting(line -> line.get("action").textValue())
        .containsExactlyInAnyOrder(
            "api_key.create",
            "redis_instance.delete",
            "redis_instance.update",
            "redis_instance.create",
            "organization.create");
    JsonNode made =
        ask("GET", of(id, "/audit-logs?action=api_key.create"), null, ann).data().get("items");
    assertThat(made).hasSize(1);
    JsonNode line = made.get(0);
    assertThat(line.get("status").textValue()).isEqualTo("success");
    assertThat(line.get("ip_address").textValue()).isEqualTo("127.0.0.1");
    assertThat(line.at("/details/name").textValue()).isEqualTo("k");
    assertThat(line.get("user_agent").textValue()).startsWith("Java-http-client");
    assertThat(count("audit_logs WHERE action = 'user.login' AND status = 'success'")).isEqualTo(1);
  }

  @Test
  void versionAndStatsHaveNoEnvelope() throws Exception {
    HttpResponse<String> version = door.send("GET", "/version", null);
    assertThat(version.body())
        .isEqualTo(
            "{\"name\":\"redisgate\",\"version\":\"1.0.0\",\"description\":"
                + "\"Redis-over-HTTP gateway\",\"server\":\"leasehold\"}");
    assertRefused(401, "Missing authorization token", "GET", "/stats", null, null);
    String ann = session("ann");
    String id = organization(ann, "acme");
    key(id, ann, "{\"name\":\"k\",\"scopes\":[\"*\"]}");
    HttpResponse<String> stats = door.send("GET", "/stats", null, "Authorization", "Bearer " + ann);
    assertThat(JSON.readTree(stats.body()).get("tables"))
        .isEqualTo(
            JSON.readTree(
                "{\"users\":1,\"organizations\":1,\"redis_instances\":0,\"api_keys\":1}"));
  }

  /** Words of SQL, of HTML and of headers are texts like any other. */
  @Test
  void whatIsTextStaysText() throws Exception {
    String ann = session("ann");
    String evil = "x'; DROP TABLE users; -- <b>\\\" OR '1'='1' ${jndi:x} %0d%0aX-Evil: 1";
    String shown = evil.replace("\\\"", "\"");
    String body =
        "{\"name\":\"%s\",\"slug\":\"acme\",\"description\":\"%s\"}".formatted(evil, evil);
    Said made = ask("POST", "/api/organizations", body, ann);
    assertThat(made.data().get("name").textValue()).isEqualTo(shown);
    assertThat(made.data().get("description").textValue()).isEqualTo(shown);
    String id = made.id();
    String token = key(id, ann, "{\"name\":\"%s\",\"scopes\":[\"read\"]}".formatted(evil));
    Said instance = instance(ann, id, "{\"name\":\"%s\"}".formatted(evil));
    assertThat(instance.data().get("name").textValue()).isEqualTo(shown);
    assertThat(instance.data().get("slug").textValue()).matches("[a-z0-9-]{1,50}");
    assertThat(((KeyVerdict.Valid) verdict(token)).grant().scopes()).hasSize(1);

    String quoted = "%27%20OR%20%271%27%3D%271";
    for (String path :
        List.of("", "/quota", "/api-keys", "/api-keys/" + quoted, "/redis-instances/" + quoted)) {
      assertThat(ask("GET", of(quoted, path), null, ann).status()).as(path).isEqualTo(404);
      if (path.endsWith(quoted)) {
        assertThat(ask("DELETE", of(id, path), null, ann).status()).as(path).isEqualTo(404);
      }
    }
    assertThat(ask("GET", of(id, "/audit-logs?action=" + quoted), null, ann).data().get("items"))
        .isEmpty();
    assertThat(ask("GET", of(id, "/api-keys?limit=" + quoted), null, ann).status()).isEqualTo(400);
    assertRefused(
        401,
        "Invalid credentials",
        "POST",
        "/auth/login",
        "{\"email\":\"x'OR'1'='1@example.com\",\"password\":\"' OR '1'='1\"}",
        null);
    assertThat(count("users")).isEqualTo(1);
    assertThat(count("api_keys WHERE is_active")).isEqualTo(1);

    String raw =
        door.raw(
            "GET /api/organizations/%s/redis-instances/%s HTTP/1.1\r\nHost: evil.example/\"<b>\r\n"
                    .formatted(id, instance.id())
                + "User-Agent: a\u0001b<script>\r\nX-Request-ID: x\u0001y\r\nAuthorization: Bearer "
                + ann
                + "\r\nConnection: close\r\n\r\n");
    assertThat(raw).doesNotContain("evil.example", "<script>", "X-Evil: 1\r\n");
  }

  @Test
  void whoeverAsksTooMuchIsRefusedByHisAddress() throws Exception {
    Said first = ask("GET", "/auth/me", null, null);
    assertThat(taken).containsExactly("addr:127.0.0.1 -1");
    assertThat(first.response().headers().map())
        .containsEntry("ratelimit-policy", List.of("\"address\";q=100;w=1"))
        .containsEntry("ratelimit", List.of("\"address\";r=99;t=1"))
        .containsEntry("x-ratelimit-limit", List.of("100"))
        .containsEntry("x-ratelimit-remaining", List.of("99"))
        .containsKey("x-ratelimit-reset");
    full = false;
    assertRefused(
        429, "Rate limit exceeded, retry in 340 ms", "POST", "/auth/register", user("ann"), null);
    Said refused = ask("GET", "/auth/me", null, null);
    assertThat(refused.response().headers().map())
        .containsEntry("retry-after", List.of("1"))
        .containsEntry("x-ratelimit-remaining", List.of("0"));
    full = true;
    assertThat(count("users")).isZero();
  }

  @Test
  void aDatabaseThatIsAwayIsSaidToBe() throws Exception {
    String ann = session("ann");
    database.close();
    Said away = ask("GET", "/auth/me", null, ann);
    assertThat(away.status()).isEqualTo(503);
    assertThat(away.response().headers().firstValue("Retry-After")).hasValue("1");
    database =
        new AccountsDatabase(
            url(), user(), "", Duration.ofSeconds(3), new JournalMeter(true).statements());
  }
}
