package io.leasehold.app.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/**
 * The dashboard as people see it: one server, one browser, and the page open all the while. The
 * order is that of a day: somebody without rights looks, an administrator acts, the stream breaks.
 */
@Tag("ui")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("alone")
class DashboardIT {
  private static final String READER = "reader-0123456789abcdef0123456789abcdef";
  private static final String ADMIN = "admin-0123456789abcdef0123456789abcdef";
  private static final List<String> CANVASES =
      List.of(
          "chart-requests",
          "chart-latency",
          "chart-errors",
          "chart-storage",
          "chart-telemetry",
          "chart-memory");
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final AtomicInteger BILLING = new AtomicInteger(200);

  @TempDir static Path dir;

  private static HttpServer billing;
  private static ServerProcess server;
  private static RawClient client;
  private static Browser browser;
  private static URI page;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    billing = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    billing.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(BILLING.get(), -1);
          exchange.close();
        });
    billing.start();
    server =
        ServerProcess.start(
            dir.resolve("data"),
            "dashboard.interval=1s",
            "telemetry.config-file=" + telemetry(),
            "telemetry.port=auto",
            "telemetry.admin-port=auto",
            "access.required=true",
            "access.keys=[{id=reader,key=\"" + READER + "\",scopes=[\"monitor:read\"]}]",
            "lock.admin-api-keys=[\"" + ADMIN + "\"]",
            "health.dependencies=[{name=billing,critical=true,url=\"http://127.0.0.1:"
                + billing.getAddress().getPort()
                + "/\"}]");
    client = server.client();
    page = URI.create("http://127.0.0.1:" + server.port("http") + "/dashboard");
  }

  /** One backend that works, and one behind a port where nobody is. */
  private static Path telemetry() throws IOException {
    return Files.writeString(
        dir.resolve("sidecar.yaml"),
        """
        buffers: {flush_interval: 20ms}
        backends:
          files: {type: filesystem, config: {base_path: '%s', min_free_mb: 0}}
          pg:
            type: postgresql
            config: {connection_string: 'postgresql://u@127.0.0.1:1/db'}
            circuit_breaker: {failure_threshold: 1, timeout: 1h}
        routing: {default: [{backend: files}], doomed: [{backend: pg}]}
        """
            .formatted(dir.resolve("files")));
  }

  @AfterAll
  static void stop() throws IOException {
    for (AutoCloseable each : new AutoCloseable[] {client, browser, server}) {
      try {
        if (each != null) {
          each.close();
        }
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
    if (billing != null) {
      billing.stop(0);
    }
  }

  private static HttpResponse<String> http(String method, String path, String key, String... rest)
      throws Exception {
    var request = HttpRequest.newBuilder(page.resolve(path)).timeout(Duration.ofSeconds(10));
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    for (int i = 1; i + 1 < rest.length; i += 2) {
      request.header(rest[i], rest[i + 1]);
    }
    var body =
        rest.length == 0
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(rest[0]);
    return HttpClient.newHttpClient()
        .send(request.method(method, body).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode json(String path) throws Exception {
    return JSON.readTree(http("GET", path, READER).body());
  }

  private static void acquire(String key, String owner) throws IOException {
    var request =
        JSON.createObjectNode()
            .put("action", "acquire")
            .put("key", key)
            .put("ttl", 600)
            .put("owner", owner);
    assertThat(client.json(request.toString()).path("success").booleanValue()).isTrue();
  }

  private static void release(String key) throws IOException {
    var request = JSON.createObjectNode().put("action", "release").put("key", key);
    assertThat(client.json(request.toString()).path("success").booleanValue()).isTrue();
  }

  private static void signIn(String key) {
    browser.element("key-input").sendKeys(key);
    browser.element("key-submit").click();
    browser.awaitText("connection", "Live");
  }

  private static void awaitLocks(String part) {
    Awaitility.await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> assertThat(browser.text("locks")).contains(part));
  }

  private static void awaitNoLock(String part) {
    Awaitility.await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> assertThat(browser.text("locks")).doesNotContain(part));
  }

  @Test
  @Order(1)
  void thePageAsksForTheKeyOnceAndKeepsIt() throws Exception {
    browser.open(page);
    Awaitility.await().atMost(SOON).until(() -> browser.element("key-input").isDisplayed());
    assertThat(browser.text("locks")).contains("waiting for the first picture");

    signIn(READER);

    assertThat(browser.consoleErrors()).allMatch(each -> each.contains("401"));
    browser.reload();
    browser.awaitText("connection", "Live");
    assertThat(browser.element("key-input").isDisplayed()).isFalse();
    assertThat(browser.text("health")).contains("Health Status", "healthy", "database", "billing");
    assertThat(browser.text("locks")).contains("no locks held");
    assertThat(browser.text("alerts")).contains("Active Alerts");
    browser.awaitText("backends", "files");
    assertThat(browser.text("telemetry")).contains("nothing was dropped", "2 backends");
    assertThat(browser.text("gateway")).contains("Gateway", "no instances");
    assertThat(browser.text("cluster")).contains("leader, this node", "Up");
    assertThat(browser.run("return document.title").toString())
        .contains("Leasehold Monitoring Dashboard");
  }

  @Test
  @Order(2)
  void aLockComesAndGoesWithoutAReload() throws Exception {
    browser.run("window.untouched = true");

    acquire("deploy:prod", "w7@host-01");
    awaitLocks("deploy:prod");
    assertThat(browser.text("locks")).contains("w7@host-01");
    browser.awaitText("locks", "9m 5"); // it counts down
    assertThat(browser.elements("force-release")).isEmpty();

    browser.element("lock-filter").sendKeys("other");
    assertThat(browser.text("locks")).contains("no lock with this prefix is held");
    browser.element("lock-filter").sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
    awaitLocks("deploy:prod");

    release("deploy:prod");
    awaitNoLock("deploy:prod");
    assertThat(browser.run("return window.untouched")).isEqualTo(true);
  }

  @Test
  @Order(3)
  void whatAKeyIsCalledIsTextAndNothingElse() throws Exception {
    String evil = "<img src=x onerror=alert(1)>";
    acquire(evil, "<b>owner</b>");

    awaitLocks(evil);

    assertThat(browser.text("locks")).contains("<b>owner</b>");
    assertThat(browser.run("return document.querySelectorAll('main img, main b').length"))
        .isEqualTo(0L);
    release(evil);
    awaitNoLock(evil);
  }

  @Test
  @Order(4)
  void figuresCanBeFoundAndChartsAreDrawn() {
    browser.element("metric-filter").sendKeys("leasehold_ready");
    browser.awaitText("metrics", "1 if the node should be sent requests.");
    assertThat(browser.text("metrics")).doesNotContain("jvm_threads_current").contains("1 of ");

    for (String canvas : CANVASES) {
      Object painted =
          browser.run(
              "const c = document.querySelector(\"canvas[data-testid='"
                  + canvas
                  + "']\"); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height)"
                  + ".data; return d.some(each => each !== 0)");
      assertThat(painted).as(canvas).isEqualTo(true);
    }
  }

  @Test
  @Order(4)
  void theGatewayShowsWhatItDoesAndWhatItRefuses() throws Exception {
    var gateway = new GatewayCalls(server);
    GatewayCalls.Account account = gateway.open();
    String instance = "/redis/" + account.instance();
    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              gateway.call("POST", instance, "[\"PING\"]", account.token());
              gateway.call("POST", instance, "[\"PING\"]", "no-key");
              gateway.call("POST", instance, "[\"LPUSH\",\"k\"]", account.token());
              return browser.text("refusals").contains("no valid key")
                  && browser.text("refusals").contains("error in the request")
                  && browser.text("instances").contains("embedded, running");
            });
    JsonNode shown = json("/dashboard/api/snapshot").get("gateway");
    assertThat(shown.at("/instances/0/id").textValue()).isEqualTo(account.instance());
    assertThat(shown.get("api_keys").intValue()).isEqualTo(1);
    assertThat(shown.get("requests_per_second").doubleValue()).isPositive();
    assertThat(shown.get("p95_ms").doubleValue()).isPositive();
    assertThat(shown.at("/refused_per_second/no_valid_key").doubleValue()).isPositive();
    assertThat(shown.toString()).doesNotContain(account.token());
    browser.photograph(
        Files.createDirectories(Path.of("target", "dashboard")).resolve("gateway.png"));
  }

  @Test
  @Order(5)
  void nothingLeavesTheHostAndTheConsoleIsSilent() throws Exception {
    assertThat(browser.requests())
        .isNotEmpty()
        .filteredOn(each -> !each.getScheme().equals("chrome"))
        .allMatch(each -> each.getAuthority().equals(page.getAuthority()));
    assertThat(browser.consoleErrors()).isEmpty();
  }

  @Test
  @Order(6)
  void anAdministratorTakesALockAway() throws Exception {
    browser.run("sessionStorage.setItem('leasehold.key', '" + ADMIN + "')");
    browser.reload();
    acquire("stuck", "w9@host-02");
    Awaitility.await().atMost(SOON).until(() -> browser.elements("force-release").size() == 1);

    browser.element("force-release").sendKeys(Keys.ENTER);
    assertThat(browser.element("force-submit").isEnabled()).isFalse();
    browser.element("force-reason").sendKeys("stuck deploy");
    assertThat(browser.element("force-submit").isEnabled()).isFalse();
    browser.element("force-confirm").click();
    browser.element("force-submit").click();

    browser.awaitText("force-outcome", "stuck: released from w9@host-02 (token ");
    Awaitility.await().atMost(SOON).until(() -> browser.elements("lock-row").isEmpty());
    assertThat(server.output())
        .contains(
            "\"audit\":\"force_release\"", "\"key\":\"stuck\"", "\"reason\":\"stuck deploy\"");
    assertThat(browser.consoleErrors()).isEmpty();
  }

  @Test
  @Order(7)
  void aBrokenDependencyTurnsTheBadgeRed() {
    assertThat(browser.element("health-badge").getDomAttribute("class"))
        .doesNotContain("health-unhealthy");

    BILLING.set(500);

    browser.awaitText("health-badge", "unhealthy");
    assertThat(browser.element("health-badge").getDomAttribute("class"))
        .contains("health-unhealthy");
    browser.awaitText("alerts", "billing is unhealthy");
    assertThat(browser.text("alerts")).contains("critical", "ComponentUnhealthy");
    BILLING.set(200);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> !browser.text("alerts").contains("billing is unhealthy"));
  }

  @Test
  @Order(8)
  void theSidecarIsSeenAtWork() throws Exception {
    assertThat(browser.text("backends")).contains("files", "pg", "closed").doesNotContain("open");
    var lines = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      lines.append(event("shop"));
    }
    lines.append("no json\n".repeat(7)).append(event("doomed"));

    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port("telemetry"))) {
      socket.getOutputStream().write(lines.toString().getBytes(UTF_8));
    }

    browser.awaitText("drops", "bad_json");
    assertThat(browser.text("drops")).contains("7");
    browser.awaitText("backends", "open");
    browser.awaitText("backends", "pg: ");
    assertThat(browser.text("telemetry")).contains("2 backends, 1 cut off");
    browser.awaitText("health", "backend pg: breaker open");
    browser.awaitText("alerts", "telemetry is degraded");
    JsonNode telemetry = json("/dashboard/api/snapshot").get("telemetry");
    assertThat(telemetry.at("/in_flight").intValue()).isEqualTo(1);
    assertThat(telemetry.at("/drops/0/total").intValue()).isEqualTo(7);
    assertThat(telemetry.at("/backends/1/state").asText()).isEqualTo("open");
    assertThat(json("/api/v1/health").at("/checks/telemetry/details/backends/pg").asText())
        .isEqualTo("open");
    theSlowestTracesComeFirst();
    assertThat(browser.consoleErrors()).isEmpty();
  }

  private static void theSlowestTracesComeFirst() throws Exception {
    assertThat(browser.text("telemetry")).contains("no trace was closed lately");
    String evil = "<img src=x onerror=alert(1)>";
    var lines = new StringBuilder();
    for (int i = 1; i <= 12; i++) {
      lines.append(trace("quick-" + i, "quick", i));
    }
    lines.append(trace("slow", evil, 5_000));

    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port("telemetry"))) {
      socket.getOutputStream().write(lines.toString().getBytes(UTF_8));
    }

    browser.awaitText("slowest", evil);
    String shown = browser.text("slowest");
    assertThat(shown).contains("slow", "shop", "its root", "5 s", "quick-12", "quick-4");
    assertThat(shown.indexOf(evil)).isLessThan(shown.indexOf("quick-12"));
    assertThat(browser.run("return document.querySelectorAll('#slowest tr').length"))
        .isEqualTo(10L);
    assertThat(browser.run("return document.querySelectorAll('main img').length")).isEqualTo(0L);
    JsonNode slowest = json("/dashboard/api/snapshot").at("/telemetry/slowest");
    assertThat(slowest).hasSize(10);
    assertThat(slowest.at("/0/tid").asText()).isEqualTo("slow");
    assertThat(slowest.at("/0/duration_ms").intValue()).isEqualTo(5_000);
    assertThat(slowest.at("/0/reason").asText()).isEqualTo("root_end");
    assertThat(slowest.at("/1/tid").asText()).isEqualTo("quick-12");
  }

  private static String trace(String tid, String name, long took) {
    long end = System.currentTimeMillis();
    return event("shop")
            .replaceFirst(
                "\"event\",\"data\".*", "\"span\",\"tid\":\"" + tid + "\",\"sid\":\"s\",\"data\":{")
            .strip()
        + "\"name\":\""
        + name
        + "\",\"start\":"
        + (end - took)
        + ",\"end\":"
        + end
        + ",\"status\":\"success\"}}\n";
  }

  private static String event(String src) {
    return "{\"v\":1,\"src\":\""
        + src
        + "\",\"ts\":"
        + System.currentTimeMillis()
        + ",\"type\":\"event\",\"data\":{\"level\":\"info\",\"msg\":\"m\"}}\n";
  }

  @Test
  @Order(9)
  void theThemeFollowsTheSystemUntilItIsChosen() {
    browser.prefer("light");
    awaitBackground("light");
    Object light = background();
    browser.prefer("dark");
    awaitBackground("dark");
    assertThat(background()).isNotEqualTo(light);

    browser.element("theme").sendKeys(Keys.ENTER);
    assertThat(browser.text("theme")).contains("light");
    awaitBackground("light");
    assertThat(background()).isEqualTo(light);
    browser.reload();
    awaitBackground("light");
    assertThat(background()).isEqualTo(light);
    browser.element("theme").click();
    assertThat(browser.text("theme")).contains("dark");
    browser.element("theme").click();
    assertThat(browser.text("theme")).contains("system");
  }

  /** The page hears of a change of the system's preference by an event, thus a little later. */
  private static void awaitBackground(String scheme) {
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(brightness())
                    .satisfies(seen -> assertThat(seen > 128).isEqualTo(scheme.equals("light"))));
  }

  private static int brightness() {
    return Integer.parseInt(background().toString().replaceAll("^rgba?\\((\\d+).*$", "$1"));
  }

  private static Object background() {
    return browser.run("return getComputedStyle(document.body).backgroundColor");
  }

  @Test
  @Order(10)
  void itFitsPhonesAndScreensInBothThemes() throws Exception {
    acquire(
        "a-very-long-key-without-any-place-to-break-it-" + "x".repeat(300),
        "worker@" + "h".repeat(80));
    awaitLocks("a-very-long-key");
    Path pictures = Files.createDirectories(Path.of("target", "dashboard"));
    for (int width : new int[] {360, 1_440}) {
      for (String scheme : List.of("light", "dark")) {
        browser.resize(width, 900);
        browser.prefer(scheme);
        Object wide =
            browser.run(
                "return Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)");
        assertThat((Long) wide).as(width + " " + scheme).isLessThanOrEqualTo(width);
        if ((width < 700) == scheme.equals("light")) {
          browser.photograph(pictures.resolve(width + "-" + scheme + ".png"));
        }
      }
    }
    release("a-very-long-key-without-any-place-to-break-it-" + "x".repeat(300));
  }

  @Test
  @Order(11)
  void theKeyboardReachesEverything() {
    browser.reload();
    browser.awaitText("connection", "Live");
    browser.run(
        "window.reached = []; document.addEventListener('focusin', each => window.reached.push("
            + "each.target.dataset.testid || each.target.className || each.target.tagName))");

    browser.focused().sendKeys(Keys.TAB.toString().repeat(30));

    var reached = browser.run("return window.reached.join(' ')");
    assertThat(reached.toString()).contains("skip", "refresh", "theme", "lock-filter", "metric");
  }

  /** The page's own clock runs ten times as fast: what takes it 10 and 30 s takes 1 and 3. */
  @Test
  @Order(12)
  void withoutTheStreamItAsksByItself() throws Exception {
    browser.devTools(
        "Page.addScriptToEvaluateOnNewDocument",
        Map.of(
            "source",
            "const real = performance.now.bind(performance); performance.now = () => 10 * real();"));
    browser.devTools("Network.enable", Map.of());
    browser.devTools("Network.setBlockedURLs", Map.of("urls", List.of("*://*/dashboard/events*")));
    browser.reload();

    browser.awaitText("connection", "Polling every 30 s");
    assertThat(browser.run("return document.getElementById('banner').innerText").toString())
        .contains("The live stream is interrupted", "every 30 s");
    acquire("polled", "w1");
    awaitLocks("polled");
    release("polled");
    acquire("refreshed", "w2");
    browser.element("refresh").click();
    awaitLocks("refreshed");

    browser.devTools("Network.setBlockedURLs", Map.of("urls", List.of()));
    browser.awaitText("connection", "Live");
    assertThat(browser.element("updated").getText()).startsWith("Last updated: ");
    release("refreshed");
  }

  @Test
  @Order(13)
  void theDataHasTheFormThatIsPromised() throws Exception {
    JsonNode snapshot = json("/dashboard/api/snapshot");
    assertThat(snapshot.fieldNames())
        .toIterable()
        .containsExactly(
            "timestamp",
            "node",
            "version",
            "admin",
            "nodes_missing",
            "health",
            "system",
            "cluster",
            "locks",
            "kv",
            "telemetry",
            "gateway",
            "alerts");
    assertThat(snapshot.get("admin").booleanValue()).isFalse();
    assertThat(snapshot.at("/cluster/members/0/lock_partitions").intValue()).isEqualTo(4);
    assertThat(json("/dashboard/api/charts").fieldNames())
        .toIterable()
        .containsExactly(
            "interval_ms",
            "requests_per_second",
            "response_times",
            "error_rates",
            "storage_size",
            "active_locks",
            "telemetry_per_second",
            "memory_mb");
    assertThat(json("/dashboard/api/charts").get("memory_mb").size()).isGreaterThan(5);
    assertThat(json("/dashboard/api/metrics").at("/leasehold_ready/series/0/value").intValue())
        .isEqualTo(1);
    assertThat(json("/api/v1/alerts").get("resolved").toString()).contains("ComponentUnhealthy");
    assertThat(json("/api/v1/health").get("checks")).isNotEmpty();
    var asset = http("GET", "/dashboard/assets/chart.umd.js", "");
    assertThat(asset.body()).contains("Chart.js v4.4.9");
    assertThat(asset.headers().firstValue("Content-Security-Policy"))
        .contains("default-src 'self'");
    assertThat(http("GET", "/dashboard/", "").body()).startsWith("<!DOCTYPE html>");
    assertThat(http("GET", "/dashboard/assets/nothing.js", "").statusCode()).isEqualTo(404);
  }

  @Test
  @Order(14)
  void locksOverHttpFollowTheTable() throws Exception {
    String path = "/api/v1/locks/force-release";
    acquire("a/b", "w1");
    acquire("a/c", "w2");

    JsonNode first = json("/api/v1/locks?prefix=a/&limit=1");
    assertThat(first.at("/locks/0/key").asText()).isEqualTo("a/b");
    JsonNode second =
        json("/api/v1/locks?prefix=a/&limit=1&cursor=" + first.get("cursor").asText());
    assertThat(second.at("/locks/0/key").asText()).isEqualTo("a/c");
    assertThat(second.has("cursor")).isFalse();
    JsonNode one = json("/api/v1/locks/a%2Fb");
    assertThat(one.at("/holders/0/owner").asText()).isEqualTo("w1");
    long token = one.at("/holders/0/token").longValue();
    assertThat(json("/api/v1/locks/free").get("holders_total").intValue()).isZero();

    assertThat(http("GET", "/api/v1/locks", "").statusCode()).isEqualTo(401);
    assertThat(http("GET", "/api/v1/locks?limit=0", READER).statusCode()).isEqualTo(400);
    assertThat(http("GET", "/api/v1/locks?cursor=***", READER).statusCode()).isEqualTo(400);
    String body = "{\"key\":\"a/b\",\"token\":" + token + ",\"reason\":\"a test\"}";
    assertThat(http("POST", path, READER, body).statusCode()).isEqualTo(403);
    assertThat(http("POST", path, ADMIN, body, "Origin", "http://evil.example").statusCode())
        .isEqualTo(403);
    assertThat(http("POST", path, ADMIN, "{\"key\":\"a/b\"}").statusCode()).isEqualTo(400);
    assertThat(http("POST", path, ADMIN, "{").body()).contains("invalid_json");
    assertThat(http("POST", path, ADMIN, "{\"reason\":\"x\"}").body()).contains("missing_key");
    var stale = http("POST", path, ADMIN, "{\"key\":\"a/b\",\"token\":1,\"reason\":\"a test\"}");
    assertThat(stale.statusCode()).isEqualTo(409);
    assertThat(stale.body()).isEqualTo("{\"success\":false,\"reason\":\"stale_token\"}");

    String own = "http://" + page.getAuthority();
    var released = http("POST", path, ADMIN, body, "Origin", own);
    assertThat(released.body())
        .isEqualTo("{\"success\":true,\"released\":[{\"owner\":\"w1\",\"token\":" + token + "}]}");
    assertThat(released.headers().map()).doesNotContainKey("access-control-allow-origin");
    assertThat(http("POST", path, ADMIN, body).body())
        .isEqualTo("{\"success\":false,\"reason\":\"not_held\"}");
    release("a/c");
  }
}
