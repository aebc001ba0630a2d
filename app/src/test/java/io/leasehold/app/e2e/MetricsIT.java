package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.domain.access.CommandTable;
import io.leasehold.domain.kv.redis.RedisCommand;
import io.leasehold.domain.kv.redis.RedisCommands;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of a real server, under the names that dashboards and alerts are built on. */
class MetricsIT {
  private static final List<String> SECONDS =
      List.of(
          "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
          "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf");
  private static final List<String> GROUPS =
      List.of("1.0", "2.0", "5.0", "10.0", "20.0", "50.0", "100.0", "200.0", "512.0", "+Inf");

  private static final Set<String> ACTIONS =
      Set.of(
          "acquire",
          "release",
          "exists",
          "extend",
          "stats",
          "ping",
          "auth",
          "cancel",
          "inspect",
          "list",
          "verify",
          "kv_get",
          "kv_put",
          "kv_delete",
          "force_release",
          "kv_list",
          "invalid");
  private static final Set<String> STATEMENTS =
      Set.of("select", "insert", "update", "delete", "other");
  private static final Set<String> KINDS = Set.of("lock", "kv");
  private static final Set<String> OPERATIONS =
      Set.of("get", "put", "delete", "list", "touch", "increment", "cas", "transaction", "expire");
  private static final Set<String> COMMANDS =
      Stream.concat(RedisCommands.all().stream().map(RedisCommand::name), Stream.of("OTHER"))
          .collect(Collectors.toSet());
  private static final Set<String> ALL_COMMANDS =
      Stream.concat(
              CommandTable.all().stream()
                  .map(rule -> rule.name().toUpperCase(Locale.ROOT))
                  .filter(name -> name.indexOf('|') < 0),
              COMMANDS.stream())
          .collect(Collectors.toSet());
  private static final List<String> BATCHES =
      List.of(
          "1.0", "2.0", "5.0", "10.0", "20.0", "50.0", "100.0", "200.0", "500.0", "1000.0",
          "2000.0", "5000.0", "10000.0", "+Inf");
  private static final Set<String> COMPONENTS =
      Set.of(
          "cluster",
          "sharding",
          "database",
          "storage",
          "protocol",
          "dispatcher",
          "clock",
          "connection_pool",
          "memory",
          "locks",
          "redis_pool",
          "telemetry");

  /**
   * A family, its labels in their order, and the values of its first label where they are fixed.
   */
  private record Row(String name, String type, List<String> labels, Set<String> firstValues) {}

  private static Row row(String name, String type, String... labels) {
    return new Row(name, type, List.of(labels), Set.of());
  }

  private static Row row(String name, String type, String label, Set<String> values) {
    return new Row(name, type, List.of(label), values);
  }

  private static final List<Row> ROWS =
      List.of(
          new Row("ttl_semlock_requests_total", "counter", List.of("action", "status"), ACTIONS),
          row("ttl_semlock_request_duration_seconds", "histogram", "action", ACTIONS),
          row("ttl_semlock_active_locks", "gauge"),
          row("ttl_semlock_active_connections", "gauge"),
          row("ttl_semlock_pool_stats", "gauge", "type", Set.of("active", "idle", "total")),
          row("ttl_semlock_connection_reuse_rate", "gauge"),
          row("ttl_semlock_pool_exhaustion_total", "counter"),
          row("ttl_semlock_ttl_cleanup_duration_seconds", "histogram"),
          row("ttl_semlock_memory_usage_bytes", "gauge"),
          row("ttl_semlock_memory_usage_mb", "gauge"),
          row("ttl_semlock_memory_limit_mb", "gauge"),
          row("ttl_semlock_locks_limit", "gauge"),
          row(
              "ttl_semlock_rejected_requests_total",
              "counter",
              "reason",
              Set.of("max_locks_reached", "memory_limit_reached")),
          row("ttl_semlock_uptime_seconds", "gauge"),
          row("ttl_semlock_auth_failures_total", "counter"),
          row("ttl_semlock_protocol_errors_total", "counter"),
          row("database_queries_total", "counter", "type", STATEMENTS),
          row("database_query_errors_total", "counter", "type", STATEMENTS),
          row("database_query_duration_seconds", "histogram", "type", STATEMENTS),
          row("http_requests_total", "counter", "method", "path", "status"),
          row("http_request_errors_total", "counter", "method", "path", "status"),
          row("http_request_duration_seconds", "histogram", "method", "path"),
          row("api_key_requests_total", "counter"),
          row("api_key_auth_failures_total", "counter"),
          row("redis_commands_total", "counter", "command", ALL_COMMANDS),
          row("redis_command_errors_total", "counter", "command", ALL_COMMANDS),
          row("redis_command_duration_seconds", "histogram", "command", COMMANDS),
          row("gateway_rate_limited_total", "counter", "bucket", Set.of("key", "address")),
          row("gateway_rate_limit_buckets", "gauge"),
          row("gateway_rate_limit_fallbacks_total", "counter"),
          row("gateway_batch_commands", "histogram"),
          row("users_total", "untyped"),
          row("organizations_total", "untyped"),
          row("redis_instances_total", "untyped"),
          row("redis_connections_active", "gauge"),
          row("gateway_circuits_open", "gauge"),
          row("gateway_circuit_opens_total", "counter"),
          row(
              "gateway_streams_active",
              "gauge",
              "kind",
              Set.of("subscribe", "psubscribe", "monitor")),
          row("gateway_streams_dropped_total", "counter"),
          row("kvstore_memory_usage_bytes", "gauge"),
          row("kvstore_goroutines", "gauge"),
          row("kvstore_gc_duration_seconds", "histogram"),
          row("kvstore_uptime_seconds", "gauge"),
          row("kvstore_build_info", "gauge", "version", "java_version"),
          row("leasehold_build_info", "gauge", "version", "java_version"),
          new Row(
              "leasehold_health_status",
              "gauge",
              List.of("component"),
              Stream.concat(COMPONENTS.stream(), Stream.of("overall")).collect(Collectors.toSet())),
          row("leasehold_ready", "gauge"),
          row("leasehold_health_check_duration_seconds", "histogram", "component", COMPONENTS),
          row(
              "leasehold_cluster_members",
              "gauge",
              "status",
              Set.of("up", "joining", "leaving", "unreachable")),
          new Row("leasehold_shards", "gauge", List.of("kind", "state"), KINDS),
          row("leasehold_journal_commit_seconds", "histogram", "kind", KINDS),
          row("leasehold_recovery_seconds", "histogram", "kind", KINDS),
          row("leasehold_journal_group_changes", "histogram", "kind", KINDS),
          row("leasehold_journal_waiting", "gauge", "kind", KINDS),
          row("leasehold_journal_failures_total", "counter", "kind", KINDS),
          row("kvstore_storage_operations_total", "counter", "operation", OPERATIONS),
          row("kvstore_storage_errors_total", "counter", "operation", OPERATIONS),
          row("kvstore_storage_size_bytes", "gauge"),
          row("kvstore_storage_entries", "gauge"),
          row("kvstore_request_duration_seconds", "histogram"),
          row("leasehold_kv_expired_total", "counter"),
          row("leasehold_kv_stale_fence_total", "counter"),
          row("leasehold_kv_fence_marks", "gauge"),
          row("leasehold_kv_limit_bytes", "gauge"),
          row("leasehold_kv_used_bytes", "gauge"),
          row("leasehold_lock_waiters", "gauge"),
          row("leasehold_lock_wait_seconds", "histogram"),
          row("leasehold_lock_ends_total", "counter", "cause"),
          row("leasehold_lock_expiry_delay_seconds", "histogram"),
          row("leasehold_errors_total", "counter", "code"),
          row("leasehold_accept_failures_total", "counter"),
          row("leasehold_http_connections", "gauge"),
          row("leasehold_http_connections_refused_total", "counter"),
          row("leasehold_http_accept_failures_total", "counter"),
          row("leasehold_heap_after_gc_bytes", "gauge"),
          row("leasehold_heap_max_bytes", "gauge"),
          row("leasehold_dispatcher_delay_seconds", "histogram"),
          row("leasehold_monitoring_requests_total", "counter", "port", "path", "status"),
          row("leasehold_scrape_seconds", "histogram"),
          row("leasehold_log_dropped_total", "counter"),
          row("jvm_memory_bytes_used", "gauge", "area", Set.of("heap", "nonheap")),
          row("jvm_gc_collection_seconds", "summary", "gc"),
          row("jvm_threads_current", "gauge"),
          row("process_cpu_seconds_total", "counter"),
          row("process_resident_memory_bytes", "gauge"),
          row("process_open_fds", "gauge"),
          row("process_start_time_seconds", "gauge"));

  @TempDir static Path dir;
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static ServerProcess server;

  @BeforeAll
  static void start() throws IOException {
    server = ServerProcess.start(dir.resolve("data"), "lock.limits.max-locks=1000");
  }

  @AfterAll
  static void stop() throws Exception {
    assertThat(server.terminate()).as(server.output()).isZero();
  }

  private static HttpResponse<byte[]> send(
      String method, String port, String path, String... headers) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port(port) + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }

  private static Exposition scrape() throws Exception {
    return Exposition.parse(text(send("GET", "monitor", "/metrics").body()), false);
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(condition);
  }

  @TestFactory
  Stream<DynamicTest> everyFamilyIsThereWithItsTypeAndItsLabels() throws Exception {
    Exposition page = scrape();
    return ROWS.stream()
        .map(row -> DynamicTest.dynamicTest(row.name(), () -> assertThatItIs(row, page)));
  }

  private static void assertThatItIs(Row row, Exposition page) {
    Exposition.Family family = page.family(row.name());
    assertThat(family.type()).isEqualTo(row.type());
    assertThat(family.samples()).isNotEmpty();
    Set<String> values = new LinkedHashSet<>();
    for (Exposition.Sample each : family.samples()) {
      assertThat(List.copyOf(each.labels().keySet())).isEqualTo(row.labels());
      each.labels().values().stream().findFirst().ifPresent(values::add);
    }
    if (!row.firstValues().isEmpty()) {
      assertThat(values).isEqualTo(row.firstValues());
    }
    if (row.type().equals("histogram")) {
      assertThat(page.bounds(row.name()))
          .isEqualTo(
              switch (row.name()) {
                case "leasehold_journal_group_changes" -> GROUPS;
                case "gateway_batch_commands" -> BATCHES;
                default -> SECONDS;
              });
    }
  }

  @Test
  void bothFormatsHoldTheSameFamilies() throws Exception {
    var plain = send("GET", "monitor", "/metrics");
    assertThat(plain.headers().firstValue("Content-Type").orElseThrow())
        .isEqualToIgnoringCase("text/plain; version=0.0.4; charset=utf-8");
    assertThat(plain.headers().firstValue("Cache-Control")).contains("no-store");
    var open =
        send(
            "GET",
            "monitor",
            "/metrics",
            "Accept",
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    assertThat(open.headers().firstValue("Content-Type").orElseThrow())
        .isEqualToIgnoringCase("application/openmetrics-text; version=1.0.0; charset=utf-8");
    List<String> names = new ArrayList<>();
    for (Exposition.Family each : Exposition.parse(text(open.body()), true).families().values()) {
      names.add(
          each.name()
              + switch (each.type()) {
                case "counter" -> "_total";
                case "info" -> "_info";
                default -> "";
              });
    }
    assertThat(names)
        .containsExactlyInAnyOrderElementsOf(
            Exposition.parse(text(plain.body()), false).families().keySet());
  }

  private static String key(String action, String key, String more) {
    return "{\"action\":\"" + action + "\",\"key\":\"" + key + "\"" + more + "}";
  }

  @Test
  void figuresFollowWhatHappensToLocks() throws Exception {
    try (var client = server.client();
        var other = server.client()) {
      Exposition before = scrape();
      client.ask(key("acquire", "followed", ",\"ttl\":60,\"owner\":\"a\""));
      client.ask(key("acquire", "short", ",\"ttl_ms\":100,\"owner\":\"a\""));
      client.ask(key("acquire", "followed", ",\"ttl\":60,\"owner\":\"b\""));
      other.send(
          key("acquire", "followed", ",\"ttl\":60,\"owner\":\"c\",\"wait_ms\":60000") + "\n");
      await(() -> scrape().value("leasehold_lock_waiters") == 1);
      await(() -> scrape().value("ttl_semlock_active_locks") == 1); // the short one has expired
      Exposition held = scrape();
      assertThat(held.value("ttl_semlock_memory_usage_bytes"))
          .isGreaterThan(before.value("ttl_semlock_memory_usage_bytes"));
      assertThat(held.value("ttl_semlock_active_connections")).isEqualTo(2);
      assertThat(held.value("ttl_semlock_pool_stats", "type", "total")).isEqualTo(2);
      // the one that waits: the other has its answers, and a second has passed since
      await(() -> scrape().value("ttl_semlock_pool_stats", "type", "active") == 1);
      assertThat(rise(before, held, "leasehold_lock_ends_total", "cause", "expired")).isEqualTo(1);
      assertThat(rise(before, held, "leasehold_lock_expiry_delay_seconds_count")).isEqualTo(1);
      assertThat(rise(before, held, "ttl_semlock_ttl_cleanup_duration_seconds_count")).isEqualTo(1);
      assertThat(requests(before, held, "acquire", "success")).isEqualTo(2);
      assertThat(requests(before, held, "acquire", "refused")).isEqualTo(1);

      client.ask(key("release", "followed", ""));
      assertThat(other.nextJson().get("success").booleanValue()).isTrue();
      client.ask(key("release", "followed", ""));
      client.ask(key("release", "followed", ""));
      client.ask("no json");
      await(() -> scrape().value("ttl_semlock_active_locks") == 0);
      Exposition after = scrape();
      assertThat(after.value("leasehold_lock_waiters")).isZero();
      assertThat(rise(held, after, "leasehold_lock_ends_total", "cause", "released")).isEqualTo(2);
      assertThat(rise(held, after, "leasehold_lock_wait_seconds_count")).isEqualTo(1);
      assertThat(requests(held, after, "release", "success")).isEqualTo(2);
      assertThat(requests(held, after, "release", "refused")).isEqualTo(1);
      assertThat(requests(held, after, "invalid", "error")).isEqualTo(1);
      assertThat(rise(held, after, "ttl_semlock_protocol_errors_total")).isEqualTo(1);
      assertThat(rise(held, after, "leasehold_errors_total", "code", "invalid_json")).isEqualTo(1);
      // the wait is counted among the requests, and left out of their durations
      assertThat(
              rise(
                  before, after, "ttl_semlock_request_duration_seconds_count", "action", "acquire"))
          .isEqualTo(3);
      assertThat(rise(before, after, "database_queries_total", "type", "insert")).isPositive();
      assertThat(after.value("leasehold_journal_commit_seconds_count", "kind", "lock"))
          .isEqualTo(after.value("leasehold_journal_group_changes_count", "kind", "lock"));
      // three grants, an expiry and two releases
      assertThat(rise(before, after, "leasehold_journal_group_changes_sum", "kind", "lock"))
          .isEqualTo(6);
    }
    await(() -> scrape().value("ttl_semlock_active_connections") == 0);
    assertThat(scrape().value("leasehold_journal_failures_total", "kind", "lock")).isZero();
  }

  private static double rise(Exposition before, Exposition after, String name, String... labels) {
    return after.value(name, labels) - before.value(name, labels);
  }

  private static double requests(
      Exposition before, Exposition after, String action, String status) {
    return rise(before, after, "ttl_semlock_requests_total", "action", action, "status", status);
  }

  @Test
  void aNodeByItselfIsUpAndOwnsEveryPartition() throws Exception {
    Exposition page = scrape();
    assertThat(page.value("leasehold_cluster_members", "status", "up")).isEqualTo(1);
    assertThat(page.value("leasehold_cluster_members", "status", "unreachable")).isZero();
    assertThat(page.value("leasehold_shards", "kind", "lock", "state", "owned")).isEqualTo(4);
    assertThat(page.value("leasehold_shards", "kind", "lock", "state", "recovering")).isZero();
    assertThat(page.value("leasehold_recovery_seconds_count", "kind", "lock")).isEqualTo(4);
    assertThat(page.value("leasehold_shards", "kind", "kv", "state", "owned")).isEqualTo(64);
    assertThat(page.value("leasehold_shards", "kind", "kv", "state", "recovering")).isZero();
    assertThat(page.value("leasehold_recovery_seconds_count", "kind", "kv")).isEqualTo(64);
    assertThat(page.value("leasehold_ready")).isEqualTo(1);
    assertThat(page.value("leasehold_health_status", "component", "database")).isEqualTo(1);
    assertThat(page.value("leasehold_health_check_duration_seconds_count", "component", "database"))
        .isPositive();
    assertThat(page.value("ttl_semlock_locks_limit")).isEqualTo(1000);
    assertThat(page.value("ttl_semlock_memory_limit_mb")).isEqualTo(512);
    assertThat(page.value("kvstore_goroutines")).isPositive();
    assertThat(page.value("kvstore_memory_usage_bytes"))
        .isBetween(1e6, page.value("leasehold_heap_max_bytes"));
  }

  @Test
  void eachCollectionIsOnePause() throws Exception {
    Exposition before = scrape();
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Tool.run(0, jcmd, Long.toString(server.process.pid()), "GC.run");
    await(
        () -> {
          Exposition after = scrape();
          double pauses = rise(before, after, "kvstore_gc_duration_seconds_count");
          return pauses >= 1 && pauses == collections(after) - collections(before);
        });
  }

  private static double collections(Exposition page) {
    return page.family("jvm_gc_collection_seconds").samples().stream()
        .filter(each -> each.name().endsWith("_count"))
        .mapToDouble(Exposition.Sample::value)
        .sum();
  }

  @Test
  void whatClientsMakeUpAddsNoSeries() throws Exception {
    long seed = System.nanoTime();
    var random = new Random(seed);
    send("GET", "monitor", "/no-such-path");
    send("DELETE", "monitor", "/metrics");
    send("DELETE", "monitor", "/no-such-path");
    Set<String> before = ours(scrape());
    double unknown = pathRequests(scrape());
    try (var client = server.client()) {
      for (int i = 0; i < 30; i++) {
        var lines = new StringBuilder();
        for (int j = 0; j < 100; j++) {
          String word = Long.toString(random.nextLong(), 36);
          lines
              .append(key(word, word, ",\"ttl\":1,\"owner\":\"" + word + "\""))
              .append('\n')
              .append(key("exists", word, ""))
              .append('\n');
        }
        client.send(lines.toString());
        for (int j = 0; j < 100; j++) {
          assertThat(client.line()).as("seed " + seed).contains("\"code\":\"unknown_action\"");
          assertThat(client.line()).isEqualTo("{\"success\":false,\"reason\":\"not_held\"}");
        }
      }
    }
    String[] methods = {"GET", "PUT", "DELETE", "OPTIONS", "MADEUP"};
    for (int i = 0; i < 1_000; i++) {
      String path = "/" + Long.toString(random.nextLong(), 36) + "?x=" + i;
      String method = methods[i % methods.length];
      assertThat(send(method, "monitor", path).statusCode())
          .as(method + " " + path)
          .isEqualTo(method.equals("MADEUP") ? 501 : 404);
    }
    Exposition after = scrape();
    assertThat(ours(after)).as("seed " + seed).isEqualTo(before);
    assertThat(after.series()).hasSizeLessThan(15_000);
    assertThat(pathRequests(after) - unknown).isEqualTo(800);
  }

  /** The JVM's own come with its first collection, whatever clients do. */
  private static Set<String> ours(Exposition page) {
    return page.series().stream()
        .filter(each -> !each.startsWith("jvm_"))
        .collect(Collectors.toSet());
  }

  private static double pathRequests(Exposition page) {
    return page.value(
        "leasehold_monitoring_requests_total", "port", "monitor", "path", "other", "status", "404");
  }

  /** Every route of the document, with the status that is hoped for and the one that is not. */
  @Test
  void everyRouteIsThereFromTheStart() throws Exception {
    var paths =
        new ObjectMapper()
            .readTree(send("GET", "http", "/api/v1/openapi.json").body())
            .get("paths");
    var expected = new HashSet<String>();
    for (var path : paths.properties()) {
      path.getValue()
          .fieldNames()
          .forEachRemaining(
              method -> {
                if (!method.equals("parameters")) {
                  expected.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
                }
              });
    }
    Exposition page = scrape();
    assertThat(expected).hasSizeGreaterThan(50);
    assertThat(routes(page, "http_requests_total", "200")).containsAll(expected);
    assertThat(routes(page, "http_request_errors_total", "500")).containsAll(expected);
    assertThat(routes(page, "http_request_duration_seconds", null)).containsAll(expected);
  }

  private static Set<String> routes(Exposition page, String family, String status) {
    return page.family(family).samples().stream()
        .filter(each -> status == null || status.equals(each.labels().get("status")))
        .map(each -> each.labels().get("method") + " " + each.labels().get("path"))
        .collect(Collectors.toSet());
  }

  @Test
  void whatIsAskedOfTheGatewayAddsNoSeriesOfItsOwn() throws Exception {
    var gateway = new GatewayCalls(server);
    GatewayCalls.Account account = gateway.open();
    String instance = "/redis/" + account.instance();
    Set<String> before = ofCommands(scrape());
    var words = new ArrayList<String>();
    var random = new Random(7);
    for (int i = 0; i < 60; i++) {
      String word = "w" + Long.toString(random.nextLong() >>> 1, 36);
      words.add(word);
      gateway.call("GET", instance + "/" + word + "/" + word, null, account.token());
      gateway.call("GET", "/redis/" + word + "/get/" + word, null, account.token());
      gateway.call("GET", "/redis/" + word, null, word);
      gateway.call("GET", "/api/organizations/" + word + "/" + word, null, word);
      gateway.call("GET", instance + "/set/" + word + "/1", null, account.token());
      gateway.call(
          "POST", instance + "/pipeline", "[[\"" + word + "\"],[\"PING\"]]", account.token());
    }
    String page = text(send("GET", "monitor", "/metrics").body());
    assertThat(words).noneMatch(page::contains);
    assertThat(page).doesNotContain(account.instance());
    assertThat(ofCommands(Exposition.parse(page, false))).isEqualTo(before);
  }

  private static Set<String> ofCommands(Exposition page) {
    return page.series().stream()
        .filter(each -> each.startsWith("redis_") || each.startsWith("gateway_"))
        .collect(Collectors.toSet());
  }

  @Test
  void requestsOfEachMonitoringPortAreCountedByStatus() throws Exception {
    String[] debug = {"port", "debug", "path", "/debug/locks", "status", "200"};
    double before = scrape().value("leasehold_monitoring_requests_total", debug);
    assertThat(send("GET", "debug", "/debug/locks").statusCode()).isEqualTo(200);
    assertThat(send("GET", "debug", "/debug/locks?limit=0").statusCode()).isEqualTo(400);
    Exposition after = scrape();
    assertThat(after.value("leasehold_monitoring_requests_total", debug) - before).isEqualTo(1);
    assertThat(
            after.value(
                "leasehold_monitoring_requests_total",
                "port",
                "debug",
                "path",
                "/debug/locks",
                "status",
                "400"))
        .isPositive();
  }

  @Test
  void namesSelectFamilies() throws Exception {
    String query =
        "/metrics?name%5B%5D=ttl_semlock_active_locks&name%5B%5D=ttl_semlock_requests_total"
            + "&name%5B%5D=jvm_info&name%5B%5D=nothing";
    Exposition page = Exposition.parse(text(send("GET", "monitor", query).body()), false);
    assertThat(page.families().keySet())
        .containsExactly("jvm_info", "ttl_semlock_active_locks", "ttl_semlock_requests_total");
    try (var raw = new RawClient(server.port("monitor"))) {
      raw.send(
          "GET /metrics?name[]=ttl_semlock_active_locks HTTP/1.1\r\nHost: x\r\n"
              + "Connection: close\r\n\r\n");
      assertThat(raw.line()).startsWith("HTTP/1.1 200 ");
      var lines = new ArrayList<String>();
      for (String line = raw.line(); line != null; line = raw.line()) {
        lines.add(line);
      }
      assertThat(lines.subList(lines.indexOf("\r") + 1, lines.size()))
          .satisfiesExactly(
              help -> assertThat(help).startsWith("# HELP ttl_semlock_active_locks "),
              type -> assertThat(type).isEqualTo("# TYPE ttl_semlock_active_locks gauge"),
              sample -> assertThat(sample).startsWith("ttl_semlock_active_locks "));
    }
    try (var raw = new RawClient(server.port("monitor"))) {
      raw.send("GET /metrics?name[]=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(raw.line()).startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void thePageIsZippedForThoseWhoWantIt() throws Exception {
    var zipped = send("GET", "monitor", "/metrics", "Accept-Encoding", "br;q=0.9, gzip");
    assertThat(zipped.headers().firstValue("Content-Encoding")).contains("gzip");
    byte[] plain = new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes();
    assertThat(zipped.body().length).isLessThan(plain.length / 4);
    assertThat(Exposition.parse(text(plain), false).families())
        .containsKey("ttl_semlock_active_locks");
    for (String refusing : List.of("identity", "gzip;q=0", "gzip; q=0.0, *", "br")) {
      assertThat(send("GET", "monitor", "/metrics", "Accept-Encoding", refusing).headers().map())
          .as(refusing)
          .doesNotContainKey("content-encoding");
    }
  }

  @Test
  void headHasTheLengthAndNoBody() throws Exception {
    var head = send("HEAD", "monitor", "/metrics");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValueAsLong("Content-Length").orElseThrow())
        .isGreaterThan(10_000);
  }

  @Test
  void otherMethodsAndPathsAreRefusedInTheFormOfAllErrors() throws Exception {
    var posted = send("POST", "monitor", "/metrics");
    assertThat(posted.statusCode()).isEqualTo(405);
    assertThat(posted.headers().firstValue("Allow")).contains("GET, HEAD");
    var missing = send("GET", "monitor", "/metrics/");
    assertThat(missing.statusCode()).isEqualTo(404);
    for (var each : Map.of("method_not_allowed", posted, "no_such_route", missing).entrySet()) {
      var body = new ObjectMapper().readTree(each.getValue().body());
      assertThat(body.get("code").textValue()).isEqualTo(each.getKey());
      assertThat(body.get("correlation_id").textValue())
          .isEqualTo(each.getValue().headers().firstValue("X-Correlation-ID").orElseThrow());
    }
  }

  @Test
  void metricsThatAreOffAreNotThere() throws Exception {
    try (ServerProcess off =
            ServerProcess.start(dir.resolve("off"), "durability=memory", "metrics.enabled=false");
        var client = off.client()) {
      client.ask(key("acquire", "k", ",\"ttl\":60"));
      var answer =
          HTTP.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + off.port("monitor") + "/metrics"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body()).contains("\"code\":\"metrics_disabled\"");
      assertThat(
              client.json("{\"action\":\"stats\"}").get("data").get("AcquireRequests").intValue())
          .isEqualTo(1);
    }
  }

  @Test
  void promtoolHasNothingToSay() throws Exception {
    Path page = dir.resolve("metrics.txt");
    Files.write(page, send("GET", "monitor", "/metrics?legacy=false").body());
    assertThat(Files.readString(page)).doesNotContain("_mb ");
    Tool.need("promtool", "prometheus");
    assertThat(Tool.run(0, "sh", "-c", "promtool check metrics < '" + page + "'")).isEmpty();
  }
}
