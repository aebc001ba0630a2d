package io.leasehold.streams.telemetry;

import static io.leasehold.streams.telemetry.AckClient.event;
import static io.leasehold.streams.telemetry.AckClient.events;
import static io.leasehold.streams.telemetry.AckClient.hello;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The acknowledged mode from a socket to files: numbers, streams, refusals, the end. */
class AcknowledgedTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CREDIT = ",\"credit\":8192}";

  @TempDir private Path dir;

  private ActorTestKit kit;
  private @Nullable TelemetrySidecar sidecar;
  private CollectorRegistry registry;
  private int port;
  private String alerts = "";

  @BeforeEach
  void prepare() {
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString("pekko.loglevel = WARNING")
                .withFallback(ConfigFactory.load()));
  }

  private void start(String spool, String more) throws Exception {
    Path yaml =
        Files.writeString(
            dir.resolve("sidecar.yaml"),
            "tcp: {port: auto, max_connections: 20}\n"
                + "buffers: {flush_interval: 10ms}\n"
                + "spool: {"
                + (spool.contains("min_free") ? "when_full: drop_oldest" : "min_free: 0")
                + spool
                + "}\nbackends:\n  files: {type: filesystem, config: {base_path: '"
                + dir.resolve("files")
                + "', min_free_mb: 0}}\n"
                + alerts
                + "hot_reload: {enabled: false}\n"
                + (more.isEmpty() ? "routing: {default: [{backend: files}]}\n" : more));
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

  private void start() throws Exception {
    start("", "");
  }

  /** As a stop does it; returns the ledger. */
  private Ledger end() throws Exception {
    TelemetrySidecar ending = sidecar;
    sidecar = null;
    ending.unbind();
    ending.drain().toCompletableFuture().get(20, TimeUnit.SECONDS);
    ending.stop(Duration.ofSeconds(2));
    assertThat(ending.ledger().imbalance()).as(ending.ledger().toString()).isZero();
    return ending.ledger();
  }

  @AfterEach
  void stop() throws Exception {
    try {
      if (sidecar != null) {
        assertThat(end().inFlight()).isZero();
      }
    } finally {
      kit.shutdownTestKit();
    }
  }

  private AckClient client(String data) throws IOException {
    return new AckClient(port).send(hello(data));
  }

  private List<String> delivered() throws IOException {
    var all = new ArrayList<String>();
    if (!Files.exists(dir.resolve("files"))) {
      return all;
    }
    try (Stream<Path> files = Files.list(dir.resolve("files"))) {
      for (Path each : files.sorted().toList()) {
        if (each.toString().endsWith(".jsonl")) {
          for (String line : Files.readAllLines(each)) {
            all.add(JSON.readTree(line).at("/data/msg").asText());
          }
        }
      }
    }
    return all;
  }

  private void awaitDelivered(List<String> messages) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(delivered()).isEqualTo(messages));
    awaitBalance();
  }

  private void awaitBalance() {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              Ledger ledger = sidecar.ledger();
              assertThat(ledger.inFlight()).as(ledger.toString()).isZero();
              assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
            });
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toList();
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

  @ParameterizedTest
  @ValueSource(strings = {"durable", "received"})
  void brokenLinesHaveNumbersToo(String ack) throws Exception {
    start();
    try (var client = client("\"ack\":\"" + ack + "\",\"stream\":\"k3Jx9\",\"resume\":0")) {
      client.expect("{\"ack\":0" + CREDIT);
      client.send(event("1") + "{\"broken\n" + event("3"));
      assertThat(client.repliesTo(3)).startsWith("{\"nack\":2,\"code\":\"bad_json\"}");

      client.send(
          "\n  \n"
              + "x".repeat(70_000)
              + "\n"
              + event("5").replace("\"v\":1", "\"v\":2")
              + hello("")
              + event("7").replace("\"event\"", "\"heartbeat\"")
              + event("8"));
      assertThat(client.repliesTo(8))
          .contains(
              "{\"nack\":4,\"code\":\"too_long\"}",
              "{\"nack\":5,\"code\":\"bad_version\"}",
              "{\"nack\":6,\"code\":\"unexpected_hello\"}")
          .noneMatch(each -> each.contains("\"nack\":7")); // nobody wants it: it is settled
    }
    awaitDelivered(List.of("1", "3", "8"));
    assertThat(sidecar.ledger().received()).isEqualTo(8);
    assertThat(metric("sidecar_nacks_total", "code", "bad_json")).isEqualTo(1);
    assertThat(metric("sidecar_ack_seconds_count")).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"durable", "received"})
  void aStreamGoesOnWhereItWas(String ack) throws Exception {
    start();
    String data = "\"ack\":\"" + ack + "\",\"stream\":\"k3Jx9\"";
    try (var client = client(data)) {
      client.expect("{\"ack\":0" + CREDIT).send(events(1, 4)).awaitAck(3);
    }
    try (var client = client(data + ",\"resume\":2")) {
      client.expect("{\"ack\":3" + CREDIT);
      client.send(events(3, 6)).awaitAck(5); // 3 comes again
    }
    awaitDelivered(numbers(1, 6));
    assertThat(metric("sidecar_messages_dropped_total", "reason", "duplicate", "backend", ""))
        .isEqualTo(1);
    try (var client = client(data.replace("k3Jx9", "other"))) {
      client.expect("{\"ack\":0" + CREDIT);
    }
    try (var client = client(data + ",\"resume\":20")) { // it knows better
      client.expect("{\"ack\":20" + CREDIT);
      long before = newest().bytesIn();
      client.send("{");
      Awaitility.await().until(() -> newest().bytesIn() > before);
      assertThat(newest().inFlight()).as("it has sent nothing yet").isZero();
      client.send(event("21").substring(1)).awaitAck(21);
      assertThat(newest().inFlight()).isZero();
    }
    awaitDelivered(List.of("1", "2", "3", "4", "5", "21"));
  }

  /** The connection that was opened last. */
  private DoorClient newest() {
    List<DoorClient> open = sidecar.clients(20).clients();
    return open.get(open.size() - 1);
  }

  @Test
  void aStreamIsKnownAfterARestartAndNothingIsLostOrTwice() throws Exception {
    start("", "");
    String data = "\"ack\":\"durable\",\"stream\":\"k3Jx9\"";
    try (var client = client(data)) {
      client.expect("{\"ack\":0" + CREDIT).send(events(1, 1001)).awaitAck(1000);
    }
    Awaitility.await().until(() -> delivered().size() == 1000);
    assertThat(end().inFlight()).isZero();

    start("", "");
    try (var client = client(data + ",\"resume\":990")) {
      client.expect("{\"ack\":1000" + CREDIT).send(events(991, 1011)).awaitAck(1010);
    }
    awaitDelivered(numbers(1, 1011));
  }

  @Test
  void whatCannotBeDeliveredWaitsOnTheDiskOverARestart() throws Exception {
    Path blocked = Files.writeString(dir.resolve("files"), "in the way");
    start("", "");
    try (var client = client("\"ack\":\"durable\"")) {
      client.expect("{\"ack\":0" + CREDIT).send(events(1, 501)).awaitAck(500);
    }
    Ledger before = end();
    assertThat(before.inFlight()).isEqualTo(500);
    assertThat(before.dropped()).isZero();

    Files.delete(blocked);
    start("", "");
    awaitDelivered(numbers(1, 501));

    assertThat(sidecar.ledger().recovered()).isEqualTo(500);
    assertThat(sidecar.ledger().received()).isZero();
    assertThat(metric("sidecar_messages_recovered_total")).isEqualTo(500);
    assertThat(metric("sidecar_spool_lag_messages", "backend", "files")).isZero();
  }

  @Test
  void theNewerConnectionOfAStreamReplacesTheOlder() throws Exception {
    start();
    String data = "\"ack\":\"durable\",\"stream\":\"x\"";
    try (var older = client(data)) {
      older.expect("{\"ack\":0" + CREDIT).send(event("1")).awaitAck(1);
      try (var newer = client(data)) {
        newer.expect("{\"ack\":1" + CREDIT);
        assertThat(older.reply()).startsWith("{\"error\":\"replaced\"");
        assertThat(older.reply()).isNull();
        newer.send(event("again") + event("2")).awaitAck(2);
      }
    }
    awaitDelivered(List.of("1", "2"));
  }

  @Test
  void aReplacedConnectionCannotStoreBehindTheAnswerOfTheNewer() throws Exception {
    start();
    String data = "\"ack\":\"durable\",\"stream\":\"x\"";
    int rounds = 30;
    int next = 1;
    var older = client(data);
    older.expect("{\"ack\":0" + CREDIT);
    for (int i = 0; i < rounds; i++) {
      older.send(events(next, next + 200)); // and not waited for
      var newer = client(data);
      String greeting = newer.reply();
      int known = JSON.readTree(greeting).get("ack").intValue();
      assertThat(known).isBetween(next - 1, next + 199);
      next = known + 1;
      older.close();
      older = newer;
      older.close();
      older = client(data + ",\"resume\":" + known);
      older.expect("{\"ack\":" + known + CREDIT);
    }
    older.send(events(next, next + 10)).awaitAck(next + 9L);
    older.close();

    awaitDelivered(numbers(1, next + 10));
  }

  @Test
  void goodbyeSettlesWhatStandsBeforeIt() throws Exception {
    start();
    for (String ack : List.of("durable", "received")) {
      try (var client = client("\"ack\":\"" + ack + "\"")) {
        String goodbye = event("").replace("\"event\"", "\"goodbye\"");
        client.expect("{\"ack\":0" + CREDIT).send(events(0, 300) + goodbye + event("behind"));
        client.awaitAck(300);
        assertThat(client.reply()).isNull();
      }
    }
    Awaitility.await().until(() -> delivered().size() == 600);
    awaitBalance();
  }

  @Test
  void halfACloseStillGetsItsAnswers() throws Exception {
    start();
    try (var client = client("\"ack\":\"durable\"")) {
      client.send(events(0, 100) + event("last").trim());
      client.socket.shutdownOutput();

      client.expect("{\"ack\":0" + CREDIT).awaitAck(101);
      assertThat(client.reply()).isNull();
    }
  }

  @Test
  void aHelloThatCannotBeUsedIsToldWhy() throws Exception {
    start();
    Map<String, String> cases =
        Map.of(
            "\"ack\":\"often\"", "ack = often: must be none, received or durable",
            "\"stream\":\"a b\"", "stream = a b: must be 1..64 of A-Z a-z 0-9 . _ -",
            "\"ack\":\"received\",\"resume\":3", "resume = 3: needs a stream",
            "\"resume\":-1", "resume = -1: must be a whole number, 0 or more");
    for (var each : cases.entrySet()) {
      try (var client = client(each.getKey())) {
        client.expect("{\"error\":\"bad_hello\",\"why\":\"" + each.getValue() + "\"}");
        assertThat(client.reply()).isNull();
      }
    }
    try (var client = new AckClient(port)) {
      client.send("{\"v\":2,\"type\":\"hello\",\"src\":\"a\",\"data\":{\"ack\":\"durable\"}}\n");
      client.expect("{\"error\":\"bad_hello\",\"why\":\"bad_version\"}");
    }
    assertThat(sidecar.ledger().received()).isZero();
  }

  @Test
  void withoutASpoolDurableIsRefused() throws Exception {
    start(", use: off", "");
    try (var client = client("\"ack\":\"durable\"").send(event("never"))) {
      client.expect("{\"error\":\"unsupported_ack\",\"why\":\"durable: spool.use = off\"}");
      assertThat(client.reply()).isNull();
    }
    try (var client = client("\"ack\":\"received\"")) {
      client.expect("{\"ack\":0" + CREDIT).send(event("1")).awaitAck(1);
    }
    awaitDelivered(List.of("1"));
    assertThat(dir.resolve("spool")).doesNotExist();
  }

  @Test
  void aClientThatDoesNotReadIsNotReadEither() throws Exception {
    start();
    var silent = client("\"ack\":\"received\"");
    silent.socket.setSoTimeout(0);
    Thread sender =
        new Thread(
            () -> {
              try {
                String broken = "no\n".repeat(50_000);
                while (!Thread.interrupted()) {
                  silent.send(broken);
                }
              } catch (IOException e) {
                // closed below
              }
            });
    sender.start();
    try {
      long[] last = {-1};
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .pollInterval(300, TimeUnit.MILLISECONDS)
          .until(
              () -> {
                long received = sidecar.ledger().received();
                boolean still = received == last[0] && received > 10_000;
                last[0] = received;
                return still;
              });
      try (var client = client("\"ack\":\"durable\"")) { // others do not notice
        client.expect("{\"ack\":0" + CREDIT).send(event("1")).awaitAck(1);
      }
      for (long number = 1; number <= 20_000; ) { // and who begins to read again goes on
        String reply = silent.reply();
        number = reply.startsWith("{\"nack\"") ? number + 1 : number;
      }
    } finally {
      silent.close();
      sender.join(10_000);
    }
    awaitDelivered(List.of("1"));
  }

  @Test
  void everythingIsSpooledIfThatIsWantedAndNobodyNotices() throws Exception {
    Path blocked = Files.writeString(dir.resolve("files"), "in the way");
    start(", use: always", "");
    try (var client = new AckClient(port)) {
      client.send(events(0, 300));
      client.socket.shutdownOutput();
      assertThat(client.reply()).isNull(); // not a byte
    }
    try (var client = client("\"ack\":\"received\"")) {
      client.expect("{\"ack\":0" + CREDIT).send(events(300, 400)).awaitAck(100);
    }
    assertThat(end().inFlight()).isEqualTo(400);

    Files.delete(blocked);
    start(", use: always", "");
    awaitDelivered(numbers(0, 400));
  }

  @Test
  void withoutRoomDurableLinesComeBackAndAllOthersGoOn() throws Exception {
    start(", min_free: 1000GiB", "");
    try (var client = client("\"ack\":\"durable\"")) {
      client.expect("{\"ack\":0" + CREDIT).send(event("1") + "no\n" + event("3"));
      assertThat(client.repliesTo(3))
          .containsExactlyInAnyOrder(
              "{\"nack\":2,\"code\":\"bad_json\"}",
              "{\"nack\":1,\"code\":\"spool_full\",\"retry\":true}",
              "{\"nack\":3,\"code\":\"spool_full\",\"retry\":true}",
              "{\"ack\":3}");
    }
    try (var client = new AckClient(port)) {
      client.send(event("plain"));
    }
    awaitDelivered(List.of("plain"));
    assertThat(sidecar.status().complaints()).contains("the spool is full");
    assertThat(metric("sidecar_messages_dropped_total", "reason", "spool_full", "backend", "files"))
        .isEqualTo(2);
  }

  @Test
  void aFullSpoolLetsEverythingPastThatDidNotAskForIt() throws Exception {
    start(", use: always, min_free: 1000GiB", "");
    try (var client = new AckClient(port)) {
      client.send(events(0, 100));
    }
    awaitDelivered(numbers(0, 100));
  }

  @Test
  void copiesOfEveryTargetAreSpooledAsTheyAreChangedForIt() throws Exception {
    String two =
        "  alerts: {type: filesystem, config: {base_path: '"
            + dir.resolve("alerts")
            + "', min_free_mb: 0}}\n";
    String rules =
        "routing: {default: [{backend: files}]}\n"
            + "global: [{backend: alerts, filter: {redact: [data.msg]}}]\n";
    Path one = Files.writeString(dir.resolve("files"), "in the way");
    Path other = Files.writeString(dir.resolve("alerts"), "in the way");
    alerts = two;
    start("", rules);
    try (var client = client("\"ack\":\"durable\"")) {
      client.expect("{\"ack\":0" + CREDIT).send(events(0, 3)).awaitAck(3);
    }
    assertThat(end().inFlight()).isEqualTo(6);

    Files.delete(one);
    Files.delete(other);
    start("", rules);
    awaitDelivered(numbers(0, 3));
    try (Stream<Path> files = Files.list(dir.resolve("alerts"))) {
      Path file = files.filter(each -> each.toString().endsWith(".jsonl")).findAny().orElseThrow();
      assertThat(Files.readAllLines(file)).hasSize(3).allMatch(each -> each.contains("\"***\""));
    }
  }
}
