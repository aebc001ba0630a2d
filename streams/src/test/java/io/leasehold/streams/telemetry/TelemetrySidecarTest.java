package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way from a socket to files, and that every line is accounted for. */
class TelemetrySidecarTest {
  @TempDir private Path dir;

  private ActorTestKit kit;
  private final StillClock clock = new StillClock();
  private TelemetrySidecar sidecar;
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

  private void start(String more) throws Exception {
    start(more, "");
  }

  private void start(String more, String backend) throws Exception {
    String text =
        "tcp: {port: auto, read_timeout: 200ms, max_connections: 20}\n"
            + "buffers: {flush_interval: 10ms}\n"
            + "backends:\n  files: {type: filesystem, config: {base_path: '"
            + dir.resolve("files")
            + "', min_free_mb: 0}}\n"
            + "  alerts: {type: filesystem, config: {base_path: '"
            + dir.resolve("alerts")
            + "', min_free_mb: 0}}\n"
            + backend
            + "routing: {default: [{backend: files}]}\n"
            + (more.contains("hot_reload") ? "" : "hot_reload: {enabled: false}\n");
    base = text;
    Path yaml = Files.writeString(dir.resolve("sidecar.yaml"), text + more);
    var source = new TelemetryFileSource(yaml, Map.of(), Map.of());
    registry = new CollectorRegistry();
    var shelf = new SeriesShelf();
    registry.register(shelf);
    sidecar =
        new TelemetrySidecar(
                kit.system(),
                source.read(),
                source,
                new TelemetrySidecar.Parts(
                    BackendFactory.standard(clock, shelf),
                    new DeadLetterStore(dir.resolve("dlq"), clock),
                    dir.resolve("history"),
                    dir.resolve("spool"),
                    clock,
                    new Random(5)))
            .register(registry);
    port = sidecar.bind().toCompletableFuture().get(10, TimeUnit.SECONDS).getPort();
  }

  @AfterEach
  void stop() throws Exception {
    try {
      if (sidecar != null) {
        sidecar.unbind();
        sidecar.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
        sidecar.stop(Duration.ofSeconds(2));
        Ledger ledger = sidecar.ledger();
        assertThat(ledger.inFlight()).isZero();
        assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
      }
    } finally {
      kit.shutdownTestKit();
    }
  }

  private static String event(String src, String level, String msg) {
    return "{\"v\":1,\"src\":\""
        + src
        + "\",\"ts\":"
        + StillClock.WALL
        + ",\"type\":\"event\",\"data\":{\"level\":\""
        + level
        + "\",\"msg\":\""
        + msg
        + "\"}}";
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private void send(String text) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(text.getBytes(UTF_8));
    }
  }

  private void awaitSettled(long received) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              Ledger ledger = sidecar.ledger();
              assertThat(ledger.received()).isEqualTo(received);
              assertThat(ledger.inFlight()).isZero();
              assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
            });
  }

  private List<String> linesIn(String backend) throws IOException {
    var all = new ArrayList<String>();
    try (Stream<Path> files = Files.list(dir.resolve(backend))) {
      for (Path each : files.sorted().toList()) {
        if (each.toString().endsWith(".jsonl")) {
          all.addAll(Files.readAllLines(each));
        }
      }
    }
    return all;
  }

  private long metric(String name, String... labels) {
    String[] names = new String[labels.length / 2];
    String[] values = new String[labels.length / 2];
    for (int i = 0; i < names.length; i++) {
      names[i] = labels[2 * i];
      values[i] = labels[2 * i + 1];
    }
    @Nullable Double value = registry.getSampleValue(name, names, values);
    return value == null ? -1 : value.longValue();
  }

  @Test
  void whatIsSentStandsInTheFileAsItWas() throws Exception {
    start("");
    String first = event("a", "info", "ü").replace(",\"ts\"", " , \"ts\"");
    String second = event("a", "info", "2");

    send(first + "\r\n\n  " + second);
    awaitSettled(2);

    assertThat(linesIn("files")).containsExactly(first, second);
    assertThat(metric("sidecar_messages_received_total", "source", "a")).isEqualTo(2);
    assertThat(metric("sidecar_messages_delivered_total", "backend", "files")).isEqualTo(2);
    assertThat(metric("sidecar_recv_to_route_seconds_count")).isEqualTo(2);
    assertThat(metric("sidecar_connections_total")).isEqualTo(1);
    Awaitility.await()
        .until(() -> metric("sidecar_connections_closed_total", "reason", "eof") == 1);
    Awaitility.await().until(() -> metric("sidecar_buffer_size", "source", "a") == 0);
  }

  @Test
  void metricsOfApplicationsAreSeriesAndNothingElseGoesThere() throws Exception {
    start("global: [{backend: prom}]\n", "  prom: {type: prometheus, config: {prefix: my_}}\n");
    String metric =
        event("a", "", "").replaceFirst("\"event\".*", "\"metric\",\"data\":{\"name\":\"load\",");

    send(
        metric
            + "\"value\":2.5}}\n"
            + event("a", "info", "1")
            + "\n"
            + metric
            + "\"value\":\"x\"}}");
    awaitSettled(3);

    assertThat(registry.getSampleValue("my_load", new String[] {"source"}, new String[] {"a"}))
        .isEqualTo(2.5);
    assertThat(metric("sidecar_messages_delivered_total", "backend", "prom")).isEqualTo(1);
    assertThat(metric("sidecar_messages_dropped_total", "reason", "not_numeric", "backend", "prom"))
        .isEqualTo(1);
    assertThat(linesIn("files")).hasSize(3);
  }

  @Test
  void badLinesAreCountedAndTheConnectionLives() throws Exception {
    start("");
    String longest = "x".repeat(65_536);

    send(
        event("a", "info", "1")
            + "\nnonsense\n"
            + longest
            + "y\n"
            + event("a", "info", "2")
            + "\n"
            + event("a", "info", "3").replace("\"v\":1", "\"v\":2")
            + "\n");
    awaitSettled(5);

    assertThat(linesIn("files")).hasSize(2);
    assertThat(metric("sidecar_messages_received_total", "source", "_invalid")).isEqualTo(3);
    for (String reason : List.of("too_long", "bad_json", "bad_version")) {
      assertThat(metric("sidecar_messages_dropped_total", "reason", reason, "backend", ""))
          .as(reason)
          .isEqualTo(1);
    }
  }

  @Test
  void nothingIsReadBehindAGoodbyeAndItIsNotCounted() throws Exception {
    start("");
    String goodbye = event("a", "", "").replace("\"event\"", "\"goodbye\"");

    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(
          (event("a", "info", "1") + "\n" + goodbye + "\n" + event("a", "info", "2") + "\n")
              .getBytes(UTF_8));
      assertThat(socket.getInputStream().read()).isEqualTo(-1); // closed, and not a byte was said
    }
    awaitSettled(1);

    assertThat(metric("sidecar_connections_closed_total", "reason", "goodbye")).isEqualTo(1);
  }

  @Test
  void aHelloThatAsksForNothingIsNoMessage() throws Exception {
    start("");
    String hello = "{\"v\":1,\"type\":\"hello\",\"src\":\"a\",\"data\":{\"ack\":\"none\"}}\n";

    send(hello + event("a", "info", "1") + "\n" + hello);

    awaitSettled(2);
    assertThat(
            metric("sidecar_messages_dropped_total", "reason", "unexpected_hello", "backend", ""))
        .isEqualTo(1);
  }

  @Test
  void anUnfinishedLineEndsItsConnection() throws Exception {
    start("");
    try (Socket idle = connect();
        Socket begun = connect()) {
      begun.getOutputStream().write((event("a", "info", "1") + "\n{\"v\":1").getBytes(UTF_8));

      assertThat(begun.getInputStream().read()).isEqualTo(-1);

      idle.getOutputStream().write((event("a", "info", "2") + "\n").getBytes(UTF_8));
      awaitSettled(2);
    }
    assertThat(metric("sidecar_connections_closed_total", "reason", "partial_line")).isEqualTo(1);
  }

  @Test
  void oneConnectionTooManyIsClosedAtOnce() throws Exception {
    start("");
    var open = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 20; i++) {
        open.add(connect());
      }
      Awaitility.await().until(() -> metric("sidecar_active_connections") == 20);
      try (Socket more = connect()) {
        assertThat(more.getInputStream().read()).isEqualTo(-1);
      }
      Awaitility.await()
          .until(() -> metric("sidecar_connections_closed_total", "reason", "limit") == 1);
    } finally {
      for (Socket each : open) {
        each.close();
      }
    }
  }

  @Test
  void copiesAreCountedForEachTarget() throws Exception {
    start(
        "global: [{backend: alerts, filter: {min_level: error, types: [event],"
            + " redact: [data.msg]}}]\n");

    send(
        event("a", "info", "1")
            + "\n"
            + event("b", "error", "secret")
            + "\n"
            + event("b", "info", "2").replace("\"event\"", "\"heartbeat\"")
            + "\n");
    awaitSettled(3);

    assertThat(sidecar.ledger().fanout()).isEqualTo(1);
    assertThat(linesIn("files")).hasSize(2);
    assertThat(linesIn("alerts")).singleElement().asString().contains("\"msg\":\"***\"");
    assertThat(metric("sidecar_messages_dropped_total", "reason", "heartbeat", "backend", ""))
        .isEqualTo(1);
  }

  @Test
  void severalConnectionsKeepTheirOrder() throws Exception {
    start("");
    int connections = 4;
    int each = 5_000;
    var threads = new ArrayList<Thread>();
    for (int c = 0; c < connections; c++) {
      String src = "s" + c;
      var thread =
          new Thread(
              () -> {
                var text = new StringBuilder();
                for (int i = 0; i < each; i++) {
                  text.append(event(src, "info", Integer.toString(i))).append('\n');
                }
                try {
                  send(text.toString());
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    awaitSettled((long) connections * each);

    var next = new int[connections];
    for (String line : linesIn("files")) {
      int c = line.charAt(line.indexOf("\"src\":\"s") + 8) - '0';
      assertThat(line).endsWith("\"msg\":\"" + next[c]++ + "\"}}");
    }
    assertThat(next).containsOnly(each);
  }

  @Test
  void aDestinationThatCannotBeUsedHarmsNobodyElse() throws Exception {
    Files.writeString(dir.resolve("alerts"), "a file where a directory should be");
    start("global: [{backend: alerts}]\n");

    String lines = (event("a", "info", "x".repeat(1_000)) + "\n").repeat(1_000);
    try (Socket socket = connect()) {
      for (int i = 0; i < 50; i++) {
        socket.getOutputStream().write(lines.getBytes(UTF_8));
      }
    }

    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> metric("sidecar_messages_delivered_total", "backend", "files") == 50_000);
    assertThat(metric("sidecar_breaker_state", "backend", "alerts")).isEqualTo(2);
    assertThat(metric("sidecar_breaker_state", "backend", "files")).isZero();
    assertThat(sidecar.status().complaints()).hasSize(1);
    assertThat(metric("sidecar_messages_dropped_total", "reason", "overflow", "backend", "alerts"))
        .isPositive();
  }

  private ReloadOutcome reload(String more, boolean wait) throws Exception {
    Files.writeString(dir.resolve("sidecar.yaml"), base + more);
    return sidecar.reload(wait).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void anInvalidFileKeepsTheOldOneAndNamesTheLine() throws Exception {
    start("");

    var outcome = reload("global: [{backend: alert}]\n", false);

    assertThat(outcome.result()).isEqualTo(ReloadOutcome.Result.REJECTED);
    assertThat(outcome.errors())
        .containsExactly(
            new ReloadOutcome.Mistake(
                8, 20, "global[0].backend", "unknown backend \"alert\"; did you mean \"alerts\"?"));
    send(event("a", "info", "1") + "\n");
    awaitSettled(1);
    assertThat(linesIn("files")).hasSize(1);
    assertThat(metric("sidecar_config_reloads_total", "result", "rejected")).isEqualTo(1);
    assertThat(metric("sidecar_config_generation")).isEqualTo(1);
  }

  @Test
  void aChangeCountsForOpenConnectionsToo() throws Exception {
    start("");
    try (Socket socket = connect()) {
      socket.getOutputStream().write((event("a", "info", "1") + "\n").getBytes(UTF_8));
      awaitSettled(1);

      var outcome = reload("global: [{backend: alerts}]\n", false);
      assertThat(outcome.result()).isEqualTo(ReloadOutcome.Result.APPLIED);
      assertThat(outcome.changes()).containsExactly("global");
      assertThat(outcome.generation()).isEqualTo(2);
      assertThat(reload("global: [{backend: alerts}]\n", false).result())
          .isEqualTo(ReloadOutcome.Result.UNCHANGED);

      socket.getOutputStream().write((event("a", "info", "2") + "\n").getBytes(UTF_8));
      awaitSettled(2);
    }
    assertThat(linesIn("files")).hasSize(2);
    assertThat(linesIn("alerts")).hasSize(1);
    assertThat(metric("sidecar_connections_closed_total", "reason", "shutdown")).isZero();
  }

  @Test
  void aBackendThatFailsTakesTheChangeBack() throws Exception {
    start("");
    Files.writeString(dir.resolve("alerts"), "a file where a directory should be");
    var answer = new java.util.concurrent.CompletableFuture<ReloadOutcome>();
    Files.writeString(dir.resolve("sidecar.yaml"), base + "global: [{backend: alerts}]\n");
    sidecar.reload(true).thenAccept(answer::complete);
    Awaitility.await().until(() -> sidecar.status().generation() == 2);

    send(event("a", "info", "1") + "\n");

    var outcome = answer.get(20, TimeUnit.SECONDS);
    assertThat(outcome.result()).isEqualTo(ReloadOutcome.Result.ROLLED_BACK);
    assertThat(outcome.why()).contains("backend alerts: base_path");
    assertThat(sidecar.status().reload().state()).isEqualTo("rolled_back");
    assertThat(sidecar.status().backends()).hasSize(1);
    send(event("a", "info", "2") + "\n");
    awaitSettled(2);
    assertThat(linesIn("files")).hasSize(2);
  }

  @Test
  void whatNoSettingsWouldHaveKeptTakesNoChangeBack() throws Exception {
    String watched = "hot_reload: {enabled: false, health_window: 5s}\n";
    start(watched);
    var answer = new java.util.concurrent.CompletableFuture<ReloadOutcome>();
    Files.writeString(dir.resolve("sidecar.yaml"), base + watched + "limits: {max_past: 25h}\n");
    sidecar.reload(true).thenAccept(answer::complete);
    Awaitility.await().until(() -> sidecar.status().generation() == 2);

    send("no json\n" + event("a", "info", "x").replace("\"event\"", "\"heartbeat\"") + "\n");

    Awaitility.await().until(() -> sidecar.ledger().dropped() == 2);
    assertThat(sidecar.status().reload().state()).as("they come in time").isEqualTo("window");
    assertThat(answer.get(20, TimeUnit.SECONDS).result()).isEqualTo(ReloadOutcome.Result.APPLIED);
    assertThat(sidecar.status().reload().state()).isEqualTo("settled");
  }

  @Test
  void aChangeThatLosesMessagesIsTakenBack() throws Exception {
    start("");
    var answer = new java.util.concurrent.CompletableFuture<ReloadOutcome>();
    String narrow = base.replace("{backend: files}", "{backend: files, filter: {types: [span]}}");
    Files.writeString(dir.resolve("sidecar.yaml"), narrow);
    sidecar.reload(true).thenAccept(answer::complete);
    Awaitility.await().until(() -> sidecar.status().generation() == 2);

    send(event("a", "info", "1") + "\n");

    var outcome = answer.get(20, TimeUnit.SECONDS);
    assertThat(outcome.result()).isEqualTo(ReloadOutcome.Result.ROLLED_BACK);
    assertThat(outcome.why()).endsWith("messages dropped since");
  }

  /** Reads what is in the file, sends a line once it is in force, and tells what came of it. */
  private ReloadOutcome reloadAndSend(int generation) throws Exception {
    var answer = sidecar.reload(true).toCompletableFuture();
    Awaitility.await().until(() -> sidecar.status().generation() == generation);
    send(event("a", "info", "1") + "\n");
    return answer.get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatWasTakenBackIsTakenBackAgain() throws Exception {
    start("");
    String narrow = base.replace("{backend: files}", "{backend: files, filter: {types: [span]}}");
    awaitLooks(4); // what was before is remembered
    Files.writeString(dir.resolve("sidecar.yaml"), narrow);

    for (int generation : new int[] {2, 4, 6}) {
      assertThat(reloadAndSend(generation).result())
          .as("generation " + generation)
          .isEqualTo(ReloadOutcome.Result.ROLLED_BACK);
    }
    assertThat(metric("sidecar_config_reloads_total", "result", "rolled_back")).isEqualTo(3);
  }

  private void awaitLooks(int count) {
    long looks = clock.reloadLooks();
    Awaitility.await().until(() -> clock.reloadLooks() - looks >= count);
  }

  @Test
  void whatWasLostLongAgoIsForgottenWhileAChangeIsWatchedToo() throws Exception {
    String watched = "hot_reload: {enabled: false, health_window: 2s}\n";
    start(watched);
    long old = StillClock.WALL - Duration.ofHours(48).toMillis();
    String late = event("a", "info", "1").replace("" + StillClock.WALL, "" + old) + "\n";
    awaitLooks(4); // what was before is remembered
    send(late);
    Awaitility.await().until(() -> sidecar.ledger().dropped() == 1);
    awaitLooks(24); // two in a tenth of a second
    reload(watched + "limits: {max_past: 25h}\n", false);
    awaitLooks(45); // three in a tenth of a second: more than a window since the loss

    Files.writeString(dir.resolve("sidecar.yaml"), base + watched + "limits: {max_past: 26h}\n");
    var answer = sidecar.reload(true).toCompletableFuture();
    Awaitility.await().until(() -> sidecar.status().generation() == 3);
    send(late);

    assertThat(answer.get(20, TimeUnit.SECONDS).result())
        .isEqualTo(ReloadOutcome.Result.ROLLED_BACK);
  }

  @Test
  void theTypeOfTheLastMessageIsNotThatOfALineWhichIsNone() throws Exception {
    start("");
    String broken = event("a", "", "").replaceFirst("\"event\".*", "\"metric\",\"data\":5}") + "\n";
    try (Socket socket = connect()) {
      socket.getOutputStream().write((event("a", "info", "1") + "\n" + broken).getBytes(UTF_8));
      Awaitility.await()
          .until(
              () ->
                  sidecar.clients(1).clients().stream()
                      .anyMatch(each -> each.requests() == 2 && each.errors() == 1));

      assertThat(sidecar.clients(1).clients().get(0).lastAction()).isEqualTo("event");
    }
  }

  @Test
  void oneEditIsAppliedOnceThoughTheWatchSeesItToo() throws Exception {
    String watched = "hot_reload: {watch_interval: 200ms}\n";
    start(watched);
    String narrow = base.replace("{backend: files}", "{backend: files, filter: {types: [span]}}");
    Files.writeString(dir.resolve("sidecar.yaml"), narrow + watched);
    assertThat(reloadAndSend(2).result()).isEqualTo(ReloadOutcome.Result.ROLLED_BACK);

    awaitLooks(30);

    assertThat(sidecar.status().generation()).isEqualTo(3);
    assertThat(sidecar.status().reload().state()).isEqualTo("rolled_back");
    for (String each : List.of("applied", "rolled_back")) {
      assertThat(metric("sidecar_config_reloads_total", "result", each)).as(each).isEqualTo(1);
    }
    assertThat(metric("sidecar_config_reloads_total", "result", "unchanged")).isZero();
  }

  @Test
  void aBackendThatIsSetUpAnewTakesOverWithoutLoss() throws Exception {
    start("");
    send((event("a", "info", "1") + "\n").repeat(2_000));
    base = base.replace("min_free_mb: 0}}\n  alerts", "min_free_mb: 0, fsync: batch}}\n  alerts");

    assertThat(reload("", false).changes()).containsExactly("backends.files");
    send((event("a", "info", "2") + "\n").repeat(2_000));

    awaitSettled(4_000);
    assertThat(linesIn("files")).hasSize(4_000);
  }

  @Test
  void twoHundredReloadsUnderLoadLoseNothing() throws Exception {
    start("");
    var done = new java.util.concurrent.atomic.AtomicBoolean();
    var sent = new java.util.concurrent.atomic.AtomicLong();
    var sender =
        new Thread(
            () -> {
              byte[] lines = (event("a", "info", "x") + "\n").repeat(50).getBytes(UTF_8);
              try (Socket socket = connect()) {
                while (!done.get()) {
                  socket.getOutputStream().write(lines);
                  sent.addAndGet(50);
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e); // no socket may be closed
              }
            });
    sender.start();
    for (int i = 0; i < 200; i++) {
      boolean invalid = i % 5 == 0;
      String alerts = i % 2 == 0 ? "global: [{backend: alerts}]\n" : "";
      String more =
          invalid
              ? "global: [{backend: nobody}]\n"
              : alerts + "limits: {max_past: " + (24 + i) + "h}\n";
      assertThat(reload(more, false).result())
          .isEqualTo(invalid ? ReloadOutcome.Result.REJECTED : ReloadOutcome.Result.APPLIED);
    }
    done.set(true);
    sender.join();

    awaitSettled(sent.get());
    assertThat(linesIn("files")).hasSize((int) sent.get());
    assertThat(metric("sidecar_messages_dropped_total", "reason", "overflow", "backend", "files"))
        .as("there, and nothing was lost")
        .isZero();
  }

  @Test
  void aChangedFileIsNoticed() throws Exception {
    start("hot_reload: {watch_interval: 20ms}\n");

    Files.writeString(
        dir.resolve("sidecar.yaml"),
        base + "hot_reload: {watch_interval: 20ms}\nglobal: [{backend: alerts}]\n");

    Awaitility.await().until(() -> sidecar.status().generation() == 2);
  }
}
