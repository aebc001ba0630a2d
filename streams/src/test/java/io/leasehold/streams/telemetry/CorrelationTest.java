package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.leasehold.config.telemetry.CorrelationSettings;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.domain.telemetry.Routing;
import io.leasehold.domain.telemetry.TraceSummary;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.prometheus.client.CollectorRegistry;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces beside the way of messages from a socket to files. */
class CorrelationTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TRACES = "global: [{backend: traces, filter: {types: [trace]}}]\n";

  @TempDir private Path dir;

  private ActorTestKit kit;
  private @Nullable TelemetrySidecar sidecar;
  private CollectorRegistry registry;
  private int port;
  private String base = "";

  @BeforeEach
  void prepare() {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString("pekko.loglevel = WARNING")
                .withFallback(ConfigFactory.load()));
  }

  private void start(String spool, String more) throws Exception {
    base =
        "tcp: {port: auto}\nbuffers: {flush_interval: 10ms}\nhot_reload: {enabled: false}\n"
            + spool
            + "backends:\n  files: {type: filesystem, config: {base_path: '"
            + dir.resolve("files")
            + "', min_free_mb: 0}}\n  traces: {type: filesystem, config: {base_path: '"
            + dir.resolve("traces")
            + "', min_free_mb: 0, format: canonical}}\nrouting: {a: [{backend: files}]}\n";
    Path yaml = Files.writeString(dir.resolve("sidecar.yaml"), base + more);
    var source = new TelemetryFileSource(yaml, Map.of(), Map.of());
    var clock = new StillClock();
    registry = new CollectorRegistry();
    sidecar =
        new TelemetrySidecar(
                kit.system(),
                source.read(),
                source,
                new TelemetrySidecar.Parts(
                    BackendFactory.standard(clock, new SeriesShelf()),
                    new DeadLetterStore(dir.resolve("dlq"), clock),
                    dir.resolve("history"),
                    dir.resolve("spool"),
                    clock,
                    new Random(5)))
            .register(registry);
    port = sidecar.bind().toCompletableFuture().get(10, TimeUnit.SECONDS).getPort();
  }

  private ReloadOutcome reload(String more) throws Exception {
    Files.writeString(dir.resolve("sidecar.yaml"), base + more);
    return sidecar.reload(false).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private void end() throws Exception {
    TelemetrySidecar ending = sidecar;
    sidecar = null;
    ending.unbind();
    ending.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
    ending.stop(Duration.ofSeconds(4));
    Ledger ledger = ending.ledger();
    assertThat(ledger.inFlight()).isZero();
    assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
  }

  @AfterEach
  void stop() throws Exception {
    try {
      if (sidecar != null) {
        end();
      }
    } finally {
      kit.shutdownTestKit();
    }
  }

  private static String line(String src, String type, String tid, String data) {
    return "{\"v\":1,\"src\":\""
        + src
        + "\",\"ts\":"
        + StillClock.WALL
        + ",\"type\":\""
        + type
        + "\",\"tid\":\""
        + tid
        + "\",\"sid\":\"s1\",\"data\":"
        + data
        + "}\n";
  }

  private static String begin(String src, String tid) {
    long now = StillClock.WALL;
    return line(src, "span", tid, "{\"name\":\"job\",\"start\":" + now + ",\"end\":null}");
  }

  private static String done(String src, String tid) {
    return line(src, "span", tid, "{\"start\":0,\"end\":" + StillClock.WALL + "}");
  }

  private static String event(String src, String tid) {
    return line(src, "event", tid, "{\"level\":\"info\",\"msg\":\"m\"}");
  }

  private void send(String text) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(text.getBytes(UTF_8));
    }
  }

  private Optional<String> trace(String tid) throws Exception {
    return sidecar.trace(tid).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private JsonNode awaitTrace(String tid, String state) {
    var found = new ArrayList<JsonNode>();
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              found.clear();
              trace(tid).ifPresent(json -> found.add(tree(json)));
              return !found.isEmpty() && found.get(0).get("state").asText().equals(state);
            });
    return found.get(0);
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private List<JsonNode> delivered(String backend) throws Exception {
    var all = new ArrayList<JsonNode>();
    Path path = dir.resolve(backend);
    if (Files.exists(path)) {
      try (Stream<Path> files = Files.list(path)) {
        for (Path each : files.filter(file -> file.toString().endsWith(".jsonl")).toList()) {
          Files.readAllLines(each).forEach(line -> all.add(tree(line)));
        }
      }
    }
    return all;
  }

  private List<JsonNode> awaitDelivered(String backend, int count) throws Exception {
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> delivered(backend).size() == count);
    return delivered(backend);
  }

  private void awaitBalance(long received, long derived) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              Ledger ledger = sidecar.ledger();
              assertThat(ledger.received()).isEqualTo(received);
              assertThat(ledger.derived()).isEqualTo(derived);
              assertThat(ledger.inFlight()).isZero();
              assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
            });
  }

  private long metric(String name, String... label) {
    String[] names = label.length == 0 ? label : new String[] {label[0]};
    String[] values = label.length == 0 ? label : new String[] {label[1]};
    @Nullable Double value = registry.getSampleValue(name, names, values);
    return value == null ? -1 : value.longValue();
  }

  @Test
  void aTraceGoesToRulesThatAskForItAndItsMessagesGoTheirOwnWay() throws Exception {
    start("", TRACES);
    String first = begin("a", "t") + event("a", "t");
    send(first + event("no-route", "t") + line("a", "heartbeat", "t", "{}"));
    awaitTrace("t", "open");
    send(done("a", "t"));

    JsonNode closed = awaitTrace("t", "closed");
    assertThat(closed.get("complete").booleanValue()).isTrue();
    assertThat(closed.at("/counts/event").intValue()).isEqualTo(2);
    assertThat(closed.at("/sources/1/src").asText()).isEqualTo("no-route");
    JsonNode record = awaitDelivered("traces", 1).get(0);
    assertThat(record.get("type").asText()).isEqualTo("trace");
    assertThat(record.get("src").asText()).isEqualTo("a");
    assertThat(record.at("/data/roots")).isEqualTo(closed.get("roots"));
    assertThat(awaitDelivered("files", 3))
        .noneMatch(each -> each.get("type").asText().equals("trace"));
    awaitBalance(5, 1);
    assertThat(metric("sidecar_messages_derived_total")).isEqualTo(1);
    assertThat(metric("sidecar_traces_closed_total", "reason", "root_end")).isEqualTo(1);
    Awaitility.await().until(() -> metric("sidecar_traces_open") == 0);
    assertThat(metric("sidecar_trace_bytes")).isPositive();
    assertThat(sidecar.traces(5).toCompletableFuture().get(5, TimeUnit.SECONDS))
        .extracting(TraceSummary::tid)
        .containsExactly("t");
  }

  @Test
  void aTraceThatNobodyAsksForIsOnlyShown() throws Exception {
    start("", "");
    send(begin("a", "t") + done("a", "t"));

    awaitTrace("t", "closed");
    awaitBalance(2, 0);
    assertThat(trace("unknown")).isEmpty();
  }

  @Test
  void whatIsLateIsARecordOfItsOwn() throws Exception {
    start("", TRACES + "correlation: {linger: 0}\n");
    send(begin("a", "t") + done("a", "t"));
    awaitTrace("t", "closed");
    send(event("a", "t"));

    assertThat(awaitDelivered("traces", 2))
        .extracting(each -> each.at("/data/late").asBoolean())
        .containsExactly(false, true);
    assertThat(trace("t").orElseThrow()).contains("\"event\":1");
    assertThat(metric("sidecar_trace_anomalies_total", "kind", "late")).isEqualTo(1);
    awaitBalance(3, 2);
  }

  @Test
  void openTracesAreRecordsWhenTheSidecarStops() throws Exception {
    start("", TRACES);
    for (int i = 0; i < 50; i++) {
      send(begin("a", "t" + i));
    }
    awaitBalance(50, 0);

    end();

    assertThat(delivered("traces"))
        .hasSize(50)
        .allMatch(each -> each.at("/data/reason").asText().equals("shutdown"));
  }

  @Test
  void aReloadKeepsOpenTracesAndChangesTheirBounds() throws Exception {
    start("", TRACES);
    send(begin("a", "t"));
    awaitTrace("t", "open");

    assertThat(reload(TRACES + "correlation: {idle: 20ms}\n").changes())
        .containsExactly("correlation");

    assertThat(awaitDelivered("traces", 1).get(0).at("/data/reason").asText()).isEqualTo("idle");
  }

  @Test
  void switchedOffNothingIsPutTogether() throws Exception {
    start("", TRACES);
    send(begin("a", "t"));
    awaitTrace("t", "open");

    reload(TRACES + "correlation: {enabled: false}\n");

    assertThat(awaitDelivered("traces", 1).get(0).at("/data/reason").asText())
        .isEqualTo("shutdown");
    send(begin("a", "u"));
    awaitBalance(2, 1);
    assertThat(trace("u")).isEmpty();
    assertThat(sidecar.explain(begin("a", "u").getBytes(UTF_8)).trace())
        .isEqualTo("correlation.enabled = false");
    reload(TRACES);
    send(begin("a", "u"));
    awaitTrace("u", "open");
    assertThat(sidecar.explain(begin("a", "u").getBytes(UTF_8)).trace())
        .isEqualTo("joins u; if this source begins it, it goes to traces");
  }

  @Test
  void whatIsAcknowledgedIsOnTheDiskWhateverItsTraceDoes() throws Exception {
    start("spool: {min_free: 0}\n", TRACES + "correlation: {idle: 1h}\n");
    String hello = AckClient.hello("\"ack\":\"durable\",\"stream\":\"k\",\"resume\":0");
    try (var client = new AckClient(port)) {
      client.send(hello).reply();
      client.send(begin("a", "t") + event("a", "t")).awaitAck(2);
      // the trace is open for an hour, its messages are delivered
      awaitDelivered("files", 2);
      awaitTrace("t", "open");
    }
    try (var client = new AckClient(port)) {
      client.send(hello).reply();
      client.send(begin("a", "t") + event("a", "t") + event("a", "t")).awaitAck(3);
    }

    awaitDelivered("files", 3);
    Awaitility.await().until(() -> trace("t").orElseThrow().contains("\"event\":2"));
    assertThat(awaitTrace("t", "open").at("/counts/span").intValue()).isEqualTo(1);
  }

  @Test
  void whatTheSpoolRefusesIsNoPartOfATrace() throws Exception {
    start("spool: {min_free: 1024GiB}\n", "");
    try (var client = new AckClient(port)) {
      client.send(AckClient.hello("\"ack\":\"durable\",\"stream\":\"k\",\"resume\":0")).reply();
      client.send(event("a", "t") + event("no-route", "u"));
      assertThat(client.repliesTo(2))
          .contains("{\"nack\":1,\"code\":\"spool_full\",\"retry\":true}");
    }
    send(event("a", "other"));
    awaitTrace("other", "open");

    assertThat(trace("t")).isEmpty(); // its client sends it again
  }

  /** One that has not started yet: nobody takes what it is given. */
  private Correlator waiting() {
    var counts = new TraceCounts();
    var snapshot =
        new Snapshot(
            1,
            Routing.of(Map.of(), null, List.of()),
            List.of(),
            new MessageReader.Window(60_000, 60_000));
    registry = new CollectorRegistry();
    var memory = new MemoryBudget();
    memory.limits(64 << 20, 0);
    var parts =
        new TraceRouter.Parts(
            () -> snapshot,
            new SourceBook(10),
            new Traffic(),
            1,
            new AtomicLong(),
            () -> 0.5,
            memory);
    var settings =
        new CorrelationSettings(
            true,
            Duration.ZERO,
            Duration.ofSeconds(30),
            Duration.ofSeconds(300),
            Duration.ofSeconds(300),
            24 << 20,
            1 << 20);
    var correlator = new Correlator(settings, parts, counts, null, new StillClock());
    counts.register(registry, new Traffic(), correlator::state);
    return correlator;
  }

  @Test
  void moreQuestionsThanMayWaitAreRefused() throws Exception {
    var correlator = waiting();
    var asked = new ArrayList<CompletableFuture<Optional<String>>>();
    for (int i = 0; i < Correlator.MAX_QUESTIONS; i++) {
      asked.add(correlator.find("t").toCompletableFuture());
    }

    var refused = correlator.newest(10).toCompletableFuture();
    assertThat(refused)
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(TimeoutException.class)
        .withMessageContaining("256 questions about traces wait, no more may");
    assertThat(metric("sidecar_trace_questions_refused_total")).isEqualTo(1);

    correlator.start();
    for (var each : asked) {
      assertThat(each.get(5, TimeUnit.SECONDS)).isEmpty();
    }
    assertThat(correlator.newest(10).toCompletableFuture().get(5, TimeUnit.SECONDS)).isEmpty();
    assertThat(metric("sidecar_trace_questions_refused_total")).isEqualTo(1);
    correlator.stop(Duration.ofSeconds(2));
  }

  @Test
  void moreThanItCanTakeIsLostToTheTraceAndTheTraceSaysSo() throws Exception {
    var correlator = waiting();
    offer(correlator, begin("a", "t"));
    byte[] large =
        event("a", "filler").replace("\"m\"", '"' + "x".repeat(60_000) + '"').getBytes(UTF_8);
    for (int i = 0; i < 200; i++) { // nobody takes them yet
      var lines = new TracedLines();
      lines.add("filler", large, 0, large.length - 1);
      correlator.offer(lines);
    }
    offer(correlator, new String(large, UTF_8).replace("filler", "t"));

    correlator.start();
    Awaitility.await().until(() -> correlator.state().open() == 2);
    offer(correlator, done("a", "t"));

    Awaitility.await().until(() -> metric("sidecar_traces_closed_total", "reason", "overrun") == 1);
    assertThat(metric("sidecar_trace_messages_lost_total")).isBetween(50L, 150L);
    assertThat(correlator.find("t").toCompletableFuture().get(5, TimeUnit.SECONDS).orElseThrow())
        .contains("\"complete\":false,\"reason\":\"overrun\"");
    correlator.stop(Duration.ofSeconds(2));
    assertThat(metric("sidecar_traces_closed_total", "reason", "overrun")).isEqualTo(2);
  }

  private static void offer(Correlator correlator, String line) {
    var lines = new TracedLines();
    byte[] bytes = line.getBytes(UTF_8);
    lines.add(tree(line).get("tid").asText(), bytes, 0, bytes.length - 1);
    correlator.offer(lines);
  }
}
