package io.leasehold.http.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.actors.health.DispatcherWatch;
import io.leasehold.actors.health.HealthService;
import io.leasehold.actors.health.HeapWatch;
import io.leasehold.actors.health.NodeChecks;
import io.leasehold.actors.health.TelemetryChecks;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.telemetry.Breaker;
import io.leasehold.domain.telemetry.ConfigReport;
import io.leasehold.domain.telemetry.DeadLetterJob;
import io.leasehold.domain.telemetry.DeadLetterJob.Action;
import io.leasehold.domain.telemetry.DeadLetterJob.State;
import io.leasehold.domain.telemetry.DeadLetterReport;
import io.leasehold.domain.telemetry.Explanation;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.domain.telemetry.ReloadState;
import io.leasehold.domain.telemetry.Routing;
import io.leasehold.domain.telemetry.SlowTrace;
import io.leasehold.domain.telemetry.TapFeed;
import io.leasehold.domain.telemetry.TapFilter;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.domain.telemetry.TopFigures;
import io.leasehold.domain.telemetry.TraceEnd;
import io.leasehold.domain.telemetry.TraceSummary;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Door;
import io.leasehold.http.observability.HealthViews;
import io.leasehold.http.observability.NodeInfo;
import io.prometheus.client.CollectorRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The routes over HTTP, before a sidecar that notes what it is asked. */
class TelemetryRoutesTest {
  private static final class Noting implements TelemetryControl {
    final List<DeadLetterJob.Order> orders = new ArrayList<>();
    final AtomicInteger places = new AtomicInteger(1);
    final List<Long> asked = new CopyOnWriteArrayList<>();
    volatile boolean listening = true;
    volatile Breaker.State breaker = Breaker.State.CLOSED;
    String refusal = "";
    DeadLetterReport report = new DeadLetterReport(List.of(), DeadLetterJob.NONE);

    @Override
    public TelemetryStatus status() {
      return new TelemetryStatus(
          listening,
          "127.0.0.1:1",
          0,
          1,
          new ReloadState("settled", "", 0, null),
          List.of(),
          List.of(
              new TelemetryStatus.BackendState("pg", "postgresql", breaker, false, "io", "gone")),
          List.of(),
          Map.of(),
          null,
          new TelemetryStatus.TraceState(2, 1, 900),
          new Ledger(0, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Override
    public DoorClient.Page clients(int limit) {
      return DoorClient.Page.NONE;
    }

    @Override
    public CompletionStage<List<SlowTrace>> slowestTraces(int limit) {
      return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public TopFigures top() {
      return new TopFigures(
          50_123.4,
          900,
          List.of(new TopFigures.SourceRate("a", 900.4, 179_100, 0)),
          List.of(
              new TopFigures.TargetRate("pg", Breaker.State.CLOSED, 900, 12, 0, 4.104, 0),
              new TopFigures.TargetRate(
                  "routing.a/main", Breaker.State.HALF_OPEN, 0, 3, 3, Double.NaN, 1.6)),
          List.of(new TopFigures.DropRate("overflow", 1.6, 70)));
    }

    @Override
    public CompletionStage<ConfigReport> config() {
      return CompletableFuture.completedFuture(
          new ConfigReport(
              7,
              "ab",
              1_000,
              "{\"tcp\":{\"port\":17000}}",
              List.of(
                  new ConfigReport.Kept(7, "000009.yaml", "ab", 1_000),
                  new ConfigReport.Kept(0, "000008.yaml", "cd", 500))));
    }

    @Override
    public boolean mayTap() {
      return places.get() > 0;
    }

    @Override
    public Optional<TapFeed> tap(TapFilter filter, long limit) {
      asked.add(limit);
      return places.getAndDecrement() > 0 ? Optional.of(new Feed()) : Optional.empty();
    }

    /** Shows two messages and what was skipped, then one more, and is over. */
    private final class Feed implements TapFeed {
      private int taken;

      @Override
      public Seen take() {
        return switch (taken++) {
          case 0 -> new Seen(List.of("{\"a\":1}", "{\"b\":2}"), 3, false);
          case 1 -> new Seen(List.of(), 0, false);
          default -> new Seen(List.of("{\"c\":3}"), 0, true);
        };
      }

      @Override
      public void close() {
        places.incrementAndGet();
      }
    }

    @Override
    public Explanation explain(byte[] line) {
      return Explanation.of(
          Routing.of(Map.of(), null, List.of()), line, 1_000, new MessageReader.Window(0, 0));
    }

    @Override
    public CompletionStage<ReloadOutcome> reload(boolean wait) {
      return CompletableFuture.failedFuture(new UnsupportedOperationException());
    }

    @Override
    public CompletionStage<DeadLetterReport> deadLetters(boolean wait) {
      return CompletableFuture.completedFuture(report);
    }

    @Override
    public CompletionStage<Optional<String>> trace(String tid) {
      return CompletableFuture.completedFuture(
          tid.isEmpty() || tid.equals("none")
              ? Optional.empty()
              : Optional.of("[\"" + tid + "\"]"));
    }

    @Override
    public CompletionStage<List<TraceSummary>> traces(int limit) {
      return CompletableFuture.completedFuture(
          List.of(
              new TraceSummary("a", null, "s", 1_000, limit, 3),
              new TraceSummary("b", TraceEnd.IDLE, "s", 0, 0, 1)));
    }

    @Override
    public String work(DeadLetterJob.Order order) {
      orders.add(order);
      return refusal;
    }
  }

  private static final String TOKEN = "token-of-the-administration-0123456789";
  private static final String LOCK_ADMIN = "key-of-who-administers-locks-0123456789";
  private static final String ALL_OTHERS = "key-of-all-other-scopes-there-are-0123456789";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Noting SIDECAR = new Noting();
  private static ActorTestKit kit;
  private static ServerBinding binding;

  @BeforeAll
  static void open() throws Exception {
    kit = ActorTestKit.create();
    var clock = Clock.system();
    var dispatcher = new DispatcherWatch(clock); // not started: a busy machine decides nothing here
    var checks =
        new HealthService(
            List.of(
                TelemetryChecks.telemetry(() -> Optional.of(SIDECAR), true),
                TelemetryChecks.memory(new HeapWatch(), 1, 1),
                NodeChecks.dispatcher(dispatcher, 10_000)),
            Duration.ZERO,
            Duration.ofSeconds(2),
            true,
            clock);
    var views = new HealthViews(new NodeInfo("n:1", "1", 0, () -> null), clock);
    var health = new SidecarHealth(SIDECAR, checks, views, dispatcher, true);
    var routes = new TelemetryRoutes(SIDECAR, health, new CollectorRegistry(), false).routes();
    var others = EnumSet.allOf(ApiKeys.Right.class);
    others.remove(TelemetryRoutes.ADMINISTER);
    var keys =
        new ApiKeys.Builder()
            .add(TOKEN, ApiKeys.allRights())
            .add(LOCK_ADMIN, EnumSet.of(ApiKeys.Right.ADMINISTER_LOCKS, ApiKeys.Right.USE_LOCKS))
            .add(ALL_OTHERS, others)
            .build();
    var door =
        new Door("telemetry", routes, keys, EnumSet.of(TelemetryRoutes.ADMINISTER), Clock.system());
    binding =
        door.bind(kit.system(), "127.0.0.1", 0).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @AfterAll
  static void close() {
    binding.unbind();
    kit.shutdownTestKit();
  }

  @BeforeEach
  void forget() {
    SIDECAR.orders.clear();
    SIDECAR.refusal = "";
    SIDECAR.listening = true;
    SIDECAR.breaker = Breaker.State.CLOSED;
  }

  private static HttpResponse<String> send(String method, String target, String body, boolean token)
      throws Exception {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + binding.localAddress().getPort() + target))
            .method(
                method,
                body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body, UTF_8));
    if (token) {
      request.header("Authorization", "Bearer " + TOKEN);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String target, String body) throws Exception {
    return send("POST", target, body, true);
  }

  @Test
  void whoAdministersLocksDoesNotAdministerTelemetry() throws Exception {
    for (String key : List.of(LOCK_ADMIN, ALL_OTHERS)) {
      var request =
          HttpRequest.newBuilder(
                  URI.create(
                      "http://127.0.0.1:"
                          + binding.localAddress().getPort()
                          + "/dlq/drop?backend=pg"))
              .header("Authorization", "Bearer " + key)
              .POST(BodyPublishers.noBody());
      var answer = CLIENT.send(request.build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).contains("the key does not have the scope *");
    }
    assertThat(SIDECAR.orders).isEmpty();
    assertThat(post("/dlq/drop?backend=pg", "").statusCode()).isEqualTo(202);
  }

  @Test
  void theLastSecondIsShown() throws Exception {
    assertThat(JSON.readTree(send("GET", "/top", "", true).body()))
        .isEqualTo(
            JSON.readTree(
                """
                {"received_per_s":50123,"delivered_per_s":900,
                 "sources":[{"src":"a","per_s":900,"bytes_per_s":179100,"dropped_per_s":0}],
                 "backends":[
                  {"name":"pg","state":"closed","per_s":900,"buffer":12,"lag":0,"p99_ms":4.1,
                   "dropped_per_s":0},
                  {"name":"routing.a/main","state":"half_open","per_s":0,"buffer":3,"lag":3,
                   "p99_ms":null,"dropped_per_s":2}],
                 "drops":[{"reason":"overflow","per_s":2,"total":70}]}
                """));
    assertThat(send("GET", "/top", "", false).statusCode()).isEqualTo(401);
  }

  @Test
  void theConfigurationIsShownWithThoseBefore() throws Exception {
    assertThat(JSON.readTree(send("GET", "/config", "", true).body()))
        .isEqualTo(
            JSON.readTree(
                """
                {"generation":7,"sha256":"ab","loaded_at":"1970-01-01T00:00:01.000Z",
                 "config":{"tcp":{"port":17000}},
                 "history":[
                  {"generation":7,"file":"000009.yaml","sha256":"ab",
                   "kept_at":"1970-01-01T00:00:01.000Z"},
                  {"generation":null,"file":"000008.yaml","sha256":"cd",
                   "kept_at":"1970-01-01T00:00:00.500Z"}]}
                """));
    assertThat(send("GET", "/config", "", false).statusCode()).isEqualTo(401);
  }

  @Test
  void messagesComeAsEventsUntilTheLast() throws Exception {
    SIDECAR.places.set(1);

    var answer = send("GET", "/tap?src=a*&type=event,metric&min_level=warn&limit=3", "", true);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
    assertThat(answer.body())
        .isEqualTo(
            ": messages as they come\n\n"
                + "data: {\"a\":1}\n\ndata: {\"b\":2}\n\n"
                + "event: skipped\ndata: {\"skipped\":3}\n\n"
                + "data: {\"c\":3}\n\n");
    assertThat(SIDECAR.asked).endsWith(3L);
    Awaitility.await().until(() -> SIDECAR.places.get() == 1); // it was given back
  }

  @Test
  void whoeverCannotWatchIsTold() throws Exception {
    SIDECAR.places.set(0);
    assertThat(send("GET", "/tap", "", true).statusCode()).isEqualTo(503);
    SIDECAR.places.set(1);
    assertThat(send("GET", "/tap", "", false).statusCode()).isEqualTo(401);
    for (String query :
        List.of("type=span,x", "min_level=loud", "limit=0", "src=" + "x".repeat(257))) {
      var answer = send("GET", "/tap?" + query, "", true);
      assertThat(answer.statusCode()).as(query).isEqualTo(400);
    }
    assertThat(SIDECAR.places.get()).isEqualTo(1);
  }

  @Test
  void healthIsThatOfTheTelemetry() throws Exception {
    var well = JSON.readTree(send("GET", "/health", "", true).body());
    assertThat(well.get("status").textValue()).isEqualTo("healthy");
    assertThat(well.get("version").textValue()).isEqualTo("1");
    assertThat(well.get("uptime")).isEqualTo(well.get("uptime_seconds"));
    assertThat(well.get("reasons")).isEmpty();
    assertThat(well.get("components").fieldNames())
        .toIterable()
        .containsExactly("telemetry", "memory", "dispatcher");
    assertThat(well.at("/checks/telemetry/details/backends/pg").textValue()).isEqualTo("closed");
    assertThat(well.at("/checks/telemetry/critical").booleanValue()).isTrue();
    var open = JSON.readTree(send("GET", "/health", "", false).body());
    assertThat(open.has("node")).isFalse();
    assertThat(open.at("/checks/telemetry").has("details")).isFalse();

    SIDECAR.breaker = Breaker.State.OPEN;
    var degraded = send("GET", "/health", "", true);
    assertThat(degraded.statusCode()).isEqualTo(200);
    var body = JSON.readTree(degraded.body());
    assertThat(body.get("status").textValue()).isEqualTo("degraded");
    assertThat(body.get("reasons").get(0).textValue()).isEqualTo("backend pg: breaker open: io");
    assertThat(send("GET", "/ready", "", false).statusCode()).isEqualTo(200);

    SIDECAR.listening = false;
    assertThat(send("GET", "/health", "", true).statusCode()).isEqualTo(503);
    var notReady = send("GET", "/health/ready", "", false);
    assertThat(notReady.statusCode()).isEqualTo(503);
    assertThat(JSON.readTree(notReady.body()).get("reason").textValue())
        .startsWith("telemetry: the port is not open");
    assertThat(send("GET", "/health/live", "", false).statusCode()).isEqualTo(200);
  }

  @Test
  void ordersAreReadFromTheQuery() throws Exception {
    assertThat(post("/dlq/replay?backend=routing.a%2Fmain", "").statusCode()).isEqualTo(202);
    assertThat(
            post("/dlq/replay?backend=pg&to=files&reason=data_error&limit=7&dry_run=true", "")
                .body())
        .isEqualTo("{\"state\":\"running\"}");
    assertThat(post("/dlq/drop?backend=pg", "").statusCode()).isEqualTo(202);

    long all = Long.MAX_VALUE / 10;
    assertThat(SIDECAR.orders)
        .containsExactly(
            new DeadLetterJob.Order(
                Action.REPLAY, "routing.a/main", null, "routing.a/main", all, false),
            new DeadLetterJob.Order(Action.REPLAY, "pg", "data_error", "files", 7, true),
            new DeadLetterJob.Order(Action.DROP, "pg", null, "pg", all, false));
  }

  @Test
  void whatCannotBeDoneIsToldWithItsReason() throws Exception {
    SIDECAR.refusal = "a replay is under way";

    var refused = post("/dlq/replay?backend=pg", "");

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body())
        .isEqualTo("{\"code\":\"refused\",\"message\":\"a replay is under way\"}");
    for (String query : List.of("", "?backend=pg&limit=0", "?backend=pg&limit=x")) {
      assertThat(post("/dlq/replay" + query, "").statusCode()).as(query).isEqualTo(400);
    }
    assertThat(send("POST", "/dlq/drop?backend=pg", "", false).statusCode()).isEqualTo(401);
    assertThat(send("GET", "/dlq/drop?backend=pg", "", true).statusCode()).isEqualTo(405);
    assertThat(SIDECAR.orders).hasSize(1);
  }

  @Test
  void theReportNamesGroupsAndTheLastOrder() throws Exception {
    SIDECAR.report = new DeadLetterReport(List.of(), DeadLetterJob.NONE);
    assertThat(send("GET", "/dlq", "", true).body())
        .isEqualTo("{\"dead_letters\":[],\"job\":{\"state\":\"none\"}}");
    SIDECAR.report =
        new DeadLetterReport(
            List.of(new DeadLetterReport.Group("pg", "data_error", 3, 900, 1_000)),
            new DeadLetterJob(
                new DeadLetterJob.Order(Action.REPLAY, "pg", null, "pg", 5, false),
                State.BROKEN_OFF,
                1,
                2,
                0,
                3,
                "the target is gone"));

    assertThat(JSON.readTree(send("GET", "/dlq?wait=true", "", true).body()))
        .isEqualTo(
            JSON.readTree(
                """
                {"dead_letters":[{"backend":"pg","reason":"data_error","count":3,"bytes":900,
                 "oldest":"1970-01-01T00:00:01.000Z"}],
                 "job":{"state":"broken_off","action":"replay","backend":"pg","dry_run":false,
                 "replayed":1,"failed":2,"dropped":0,"left":3,"why":"the target is gone"}}
                """));
  }

  @Test
  void aTraceIsShownWhateverItsIdHasInIt() throws Exception {
    for (String path : List.of("job-1", "a%2Fb", "a/b", "%C3%BC%20x", "a+b", "*")) {
      String tid = java.net.URLDecoder.decode(path.replace("+", "%2B"), UTF_8);
      assertThat(send("GET", "/traces/" + path, "", true).body()).isEqualTo("[\"" + tid + "\"]");
    }
    var unknown = send("GET", "/traces/none", "", true);
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).isEqualTo("{\"error\":\"unknown_trace\"}");
    assertThat(send("GET", "/traces/", "", true).statusCode()).isEqualTo(404);
    assertThat(send("GET", "/traces/job-1", "", false).statusCode()).isEqualTo(401);
    assertThat(send("POST", "/traces/job-1", "", true).statusCode()).isEqualTo(405);
    assertThat(send("GET", "/dlq/job-1", "", true).statusCode()).isEqualTo(404);
  }

  @Test
  void tracesAreListed() throws Exception {
    assertThat(send("GET", "/traces?limit=7", "", true).body())
        .isEqualTo(
            "{\"traces\":[{\"tid\":\"a\",\"state\":\"open\",\"reason\":null,\"src\":\"s\","
                + "\"started\":\"1970-01-01T00:00:01.000Z\",\"spans\":7,\"messages\":3},"
                + "{\"tid\":\"b\",\"state\":\"closed\",\"reason\":\"idle\",\"src\":\"s\","
                + "\"started\":\"1970-01-01T00:00:00.000Z\",\"spans\":0,\"messages\":1}]}");
    assertThat(send("GET", "/traces?limit=1001", "", true).statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(send("GET", "/status", "", true).body()).get("traces").toString())
        .isEqualTo("{\"open\":2,\"kept\":1,\"bytes\":900}");
  }

  @Test
  void aLineIsExplained() throws Exception {
    var answer =
        JSON.readTree(
            post("/explain", "{\"v\":1,\"src\":\"a\",\"ts\":1000,\"type\":\"heartbeat\"}").body());
    assertThat(answer.get("valid").booleanValue()).isTrue();
    assertThat(answer.get("src").textValue()).isEqualTo("a");
    assertThat(answer.get("dropped").textValue()).isEqualTo("no_route");
    assertThat(answer.get("lines").toString())
        .isEqualTo("[\"valid: heartbeat of a\",\"dropped: no_route\"]");

    var broken = JSON.readTree(post("/explain", "{").body());
    assertThat(broken.get("valid").booleanValue()).isFalse();
    assertThat(broken.get("dropped").textValue()).isEqualTo("bad_json");
    var tooLong = JSON.readTree(post("/explain", "x".repeat(65_537)).body());
    assertThat(tooLong.get("dropped").textValue()).isEqualTo("too_long");
    assertThat(post("/explain", "x".repeat(65_538)).statusCode()).isEqualTo(400);
  }
}
