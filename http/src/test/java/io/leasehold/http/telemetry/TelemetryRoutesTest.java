package io.leasehold.http.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.domain.access.ApiKeys;
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
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Door;
import io.prometheus.client.CollectorRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The routes over HTTP, before a sidecar that notes what it is asked. */
class TelemetryRoutesTest {
  private static final class Noting implements TelemetryControl {
    final List<DeadLetterJob.Order> orders = new ArrayList<>();
    String refusal = "";
    DeadLetterReport report = new DeadLetterReport(List.of(), DeadLetterJob.NONE);

    @Override
    public TelemetryStatus status() {
      return new TelemetryStatus(
          true,
          "127.0.0.1:1",
          0,
          1,
          new ReloadState("settled", "", 0, null),
          List.of(),
          List.of(),
          List.of(),
          Map.of(),
          null,
          new Ledger(0, 0, 0, 0, 0, 0, 0, 0, 0));
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
    public String work(DeadLetterJob.Order order) {
      orders.add(order);
      return refusal;
    }
  }

  private static final String TOKEN = "token-of-the-administration-0123456789";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Noting SIDECAR = new Noting();
  private static ActorTestKit kit;
  private static ServerBinding binding;

  @BeforeAll
  static void open() throws Exception {
    kit = ActorTestKit.create();
    var routes =
        new TelemetryRoutes(SIDECAR, new CollectorRegistry(), "1", 0, Clock.system()).routes();
    var keys = new ApiKeys.Builder().add(TOKEN, ApiKeys.allRights()).build();
    var door =
        new Door(
            "telemetry", routes, keys, EnumSet.of(ApiKeys.Right.READ_MONITORING), Clock.system());
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
