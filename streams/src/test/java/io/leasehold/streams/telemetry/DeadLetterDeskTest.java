package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.telemetry.DeadLetter;
import io.leasehold.domain.telemetry.DeadLetterJob;
import io.leasehold.domain.telemetry.DeadLetterJob.Action;
import io.leasehold.domain.telemetry.DeadLetterJob.State;
import io.leasehold.domain.telemetry.DeadLetterReport;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Backend;
import io.leasehold.streams.telemetry.backend.BackendException;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.deadletter.DeadLetterFiles;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.prometheus.client.CollectorRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters from the socket to the files and back, with the ledger exact all the way. */
class DeadLetterDeskTest {
  /** A destination that refuses what it is told to refuse. */
  private static final class Picky implements Backend {
    final List<String> arrived = new CopyOnWriteArrayList<>();
    final List<String> ids = new CopyOnWriteArrayList<>();
    volatile Predicate<String> poisoned = text -> false;
    volatile boolean away;

    @Override
    public void open() {}

    @Override
    public Outcome deliver(Batch batch) throws BackendException {
      if (away) {
        throw BackendException.retryable("connection", "away", null);
      }
      List<String> texts = new ArrayList<>();
      List<String> numbers = new ArrayList<>();
      for (Batch.Cursor line = batch.cursor(); line.next(); ) {
        texts.add(new String(line.bytes(), line.from(), line.to() - line.from(), UTF_8));
        numbers.add(line.origin() + "/" + line.number() + "/" + line.isDeadLetter());
      }
      if (texts.stream().anyMatch(poisoned)) {
        throw BackendException.data("22P05 no", null);
      }
      arrived.addAll(texts);
      ids.addAll(numbers);
      return Outcome.CONFIRMED;
    }

    @Override
    public void close() {}
  }

  @TempDir private Path dir;

  private final Map<String, Picky> backends = new ConcurrentHashMap<>();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final ActorTestKit kit =
      ActorTestKit.create(
          ConfigFactory.parseString("pekko.loglevel = WARNING").withFallback(ConfigFactory.load()));
  private @Nullable TelemetrySidecar sidecar;
  private int port;

  private Picky backend(String name) {
    return backends.computeIfAbsent(name, fresh -> new Picky());
  }

  private TelemetrySidecar running() {
    var now = sidecar;
    if (now == null) {
      throw new IllegalStateException("not started");
    }
    return now;
  }

  private String yaml(String retry) {
    return "tcp: {port: auto}\nbuffers: {flush_interval: 5ms, flush_batch_size: 50}\nbackends:\n"
        + "  pg: {type: console, buffer: 64KiB, retry: {base: 1ms, cap: 5ms"
        + retry
        + "}, circuit_breaker: {timeout: 20ms, failure_threshold: 2}}\n"
        + "  other: {type: console}\n"
        + "routing: {default: [{backend: pg}], o: [{backend: other}]}\n";
  }

  private void start(String retry, String more) throws Exception {
    Path file = Files.writeString(dir.resolve("sidecar.yaml"), yaml(retry) + more);
    var source = new TelemetryFileSource(file, Map.of(), Map.of());
    Clock clock = new StillClock();
    var made =
        new TelemetrySidecar(
            kit.system(),
            source.read(),
            source,
            new TelemetrySidecar.Parts(
                settings -> backend(settings.name()),
                new DeadLetterStore(dir.resolve("dlq"), clock),
                dir.resolve("history"),
                dir.resolve("spool"),
                clock,
                new Random(5)));
    sidecar = made.register(registry);
    port = made.bind().toCompletableFuture().get(10, TimeUnit.SECONDS).getPort();
  }

  @AfterEach
  void everythingIsAccountedFor() throws Exception {
    try {
      if (sidecar != null) {
        sidecar.unbind();
        sidecar.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
        sidecar.stop(Duration.ofMillis(500));
        Ledger ledger = sidecar.ledger();
        assertThat(ledger.inFlight()).isZero();
        assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
      }
    } finally {
      kit.shutdownTestKit();
    }
  }

  private static String event(long ts, String msg) {
    return "{\"v\":1,\"src\":\"s\",\"ts\":"
        + ts
        + ",\"type\":\"event\",\"data\":{\"level\":\"info\",\"msg\":\""
        + msg
        + "\"}}";
  }

  private static String event(String msg) {
    return event(StillClock.WALL, msg);
  }

  private void send(String... lines) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write((String.join("\n", lines) + "\n").getBytes(UTF_8));
    }
  }

  private Ledger settled(long received, long dead) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              Ledger ledger = running().ledger();
              assertThat(ledger.received()).isEqualTo(received);
              assertThat(ledger.deadLettered()).isEqualTo(dead);
              assertThat(ledger.inFlight()).isZero();
              assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
            });
    return running().ledger();
  }

  private List<DeadLetter> letters(String target) throws IOException {
    List<DeadLetter> found = new ArrayList<>();
    for (Path each : DeadLetterFiles.files(DeadLetterFiles.directory(dir.resolve("dlq"), target))) {
      DeadLetterFiles.read(each, (letter, line) -> found.add(letter));
    }
    return found;
  }

  private static DeadLetterJob.Order order(
      Action action, String target, @Nullable String reason, String to, long limit, boolean dry) {
    return new DeadLetterJob.Order(action, target, reason, to, limit, dry);
  }

  private static DeadLetterJob.Order replay(String target) {
    return order(Action.REPLAY, target, null, target, Long.MAX_VALUE, false);
  }

  private DeadLetterJob carriedOut(DeadLetterJob.Order order) throws Exception {
    assertThat(running().work(order)).isEmpty();
    DeadLetterReport report =
        running().deadLetters(true).toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(report.job().order()).isEqualTo(order);
    return report.job();
  }

  @Test
  void whatIsRefusedIsKeptAndDeliveredWhenItIsNotAnyMore() throws Exception {
    start("", "");
    backend("pg").poisoned = text -> text.contains("bad");
    String bad = event("bad 1");

    send(event("1"), bad, event("2"), event("bad 2"));

    settled(4, 2);
    assertThat(backend("pg").arrived).hasSize(2);
    assertThat(letters("pg")).extracting(DeadLetter::reason).containsOnly("data_error");
    DeadLetter first = letters("pg").get(0);
    assertThat(first.message()).isEqualTo(bad);
    assertThat(first.error()).isEqualTo("22P05 no");
    assertThat(first.generation()).isEqualTo(1);
    assertThat(
            registry.getSampleValue(
                "sidecar_dlq_bytes", new String[] {"backend"}, new String[] {"pg"}))
        .isPositive();

    backend("pg").poisoned = text -> false;
    DeadLetterJob job = carriedOut(replay("pg"));

    assertThat(job.state()).isEqualTo(State.DONE);
    assertThat(List.of(job.replayed(), job.failed(), job.left())).containsExactly(2L, 0L, 0L);
    assertThat(letters("pg")).isEmpty();
    assertThat(backend("pg").arrived).hasSize(4).contains(bad);
    assertThat(backend("pg").ids).contains(first.origin() + "/" + first.number() + "/true");
    Ledger ledger = settled(4, 2);
    assertThat(ledger.replayed()).isEqualTo(2);
    assertThat(ledger.delivered()).isEqualTo(4);
    assertThat(registry.getSampleValue("sidecar_messages_replayed_total")).isEqualTo(2);
  }

  @Test
  void aTraceIsReplayedToo() throws Exception {
    start("", "global: [{backend: other, filter: {types: [trace]}}]\ncorrelation: {linger: 0}\n");
    backend("other").poisoned = text -> true;
    long now = StillClock.WALL;
    String span =
        event("")
            .replaceFirst(
                "\"event\".*",
                "\"span\",\"tid\":\"t\",\"sid\":\"a\",\"data\":{\"start\":"
                    + now
                    + ",\"end\":"
                    + now
                    + ",\"tags\":{\"k\":\""
                    + "x".repeat(50_000)
                    + "\"}}}");
    send(span, span.replace("\"sid\":\"a\"", "\"sid\":\"b\""));
    settled(2, 1);
    assertThat(letters("other").get(0).message()).hasSizeGreaterThan(100_000);
    backend("other").poisoned = text -> false;

    DeadLetterJob job = carriedOut(replay("other"));

    assertThat(job.replayed()).isEqualTo(1);
    assertThat(backend("other").arrived).singleElement().asString().contains("\"type\":\"trace\"");
  }

  @Test
  void whatIsRefusedOnceMoreStaysADeadLetterOnce() throws Exception {
    start("", "");
    backend("pg").poisoned = text -> text.contains("bad");
    send(event("bad 1"), event("bad 2"), event("bad 3"));
    settled(3, 3);
    List<DeadLetter> before = letters("pg");
    backend("pg").poisoned = text -> text.contains("bad 2");

    DeadLetterJob job = carriedOut(replay("pg"));

    assertThat(List.of(job.replayed(), job.failed(), job.left())).containsExactly(2L, 1L, 1L);
    assertThat(letters("pg")).hasSize(1).isSubsetOf(before);
    assertThat(letters("pg").get(0).message()).contains("bad 2");
    Ledger ledger = settled(3, 4);
    assertThat(ledger.replayed()).isEqualTo(3);
    assertThat(ledger.delivered()).isEqualTo(2);
  }

  @Test
  void anOldMessageIsReplayedToAnotherTarget() throws Exception {
    Path folder = Files.createDirectories(dir.resolve("dlq").resolve("gone"));
    String old = event(1_000, "old");
    byte[] entry = new DeadLetter(1, "gone", "rolled_back", "", 0, 3, 77, 88, old).line();
    byte[] edited =
        new DeadLetter(1, "gone", "rolled_back", "", 0, 3, 77, 89, "{\"no\":\"message\"}").line();
    Files.write(folder.resolve("2026-07-20-1.jsonl"), entry);
    Files.write(folder.resolve("2026-07-20-2.jsonl"), edited);
    start("", "");

    assertThat(running().work(replay("gone")))
        .isEqualTo("gone: no such backend or chain gets messages now");
    assertThat(running().work(replay("pg"))).isEqualTo("pg: has no dead letters");
    DeadLetterJob job =
        carriedOut(order(Action.REPLAY, "gone", null, "other", Long.MAX_VALUE, false));

    assertThat(List.of(job.replayed(), job.failed(), job.left())).containsExactly(1L, 1L, 1L);
    assertThat(backend("other").arrived).containsExactly(old);
    assertThat(backend("other").ids).containsExactly("77/88/true");
    assertThat(letters("gone")).hasSize(1);
    settled(0, 0);
  }

  @Test
  void reasonLimitAndDryRunChoose() throws Exception {
    start(", max_attempts: 3", "");
    backend("pg").poisoned = text -> text.contains("bad");
    send(event("bad 1"), event("bad 2"), event("bad 3"));
    settled(3, 3);
    backend("pg").away = true;
    send(event("late"));
    settled(4, 4);
    assertThat(letters("pg"))
        .extracting(DeadLetter::reason)
        .containsExactly("data_error", "data_error", "data_error", "retry_exhausted");
    assertThat(letters("pg").get(3).attempts()).isEqualTo(3);
    backend("pg").away = false;
    backend("pg").poisoned = text -> false;

    var dry = carriedOut(order(Action.REPLAY, "pg", "data_error", "pg", Long.MAX_VALUE, true));
    assertThat(List.of(dry.replayed(), dry.left())).containsExactly(3L, 4L);
    var two = carriedOut(order(Action.REPLAY, "pg", "data_error", "pg", 2, false));
    assertThat(List.of(two.replayed(), two.left())).containsExactly(2L, 2L);
    assertThat(letters("pg")).extracting(DeadLetter::message).first().asString().contains("bad 3");
    var dropped =
        carriedOut(order(Action.DROP, "pg", "retry_exhausted", "", Long.MAX_VALUE, false));
    assertThat(List.of(dropped.dropped(), dropped.left())).containsExactly(1L, 1L);
    assertThat(letters("pg")).extracting(DeadLetter::reason).containsExactly("data_error");
    assertThat(backend("pg").arrived).noneMatch(text -> text.contains("late"));
    assertThat(settled(4, 4).delivered()).isEqualTo(2);
  }

  @Test
  void whatIsTooOldIsGivenUpAlsoWhileNobodyTakesIt() throws Exception {
    start(", max_age: 50ms", "");
    backend("pg").away = true;

    send(event("1"));

    settled(1, 1);
    assertThat(letters("pg"))
        .singleElement()
        .extracting(DeadLetter::reason, DeadLetter::error)
        .containsExactly("retry_exhausted", "away");
  }

  @Test
  void aReplayGoesAtThePaceOfItsTargetAndDropsNothing() throws Exception {
    int count = 3_000; // several times the buffer
    List<String> texts = new ArrayList<>();
    var letters = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      texts.add(event("m" + i));
      letters.writeBytes(
          new DeadLetter(1, "pg", "data_error", "", 1, 1, 5, i, texts.get(i)).line());
    }
    Path folder = Files.createDirectories(dir.resolve("dlq").resolve("pg"));
    Files.write(folder.resolve("2026-07-20-1.jsonl"), letters.toByteArray());
    start("", "");

    DeadLetterJob job = carriedOut(replay("pg"));

    assertThat(List.of(job.replayed(), job.failed(), job.left()))
        .containsExactly((long) count, 0L, 0L);
    assertThat(backend("pg").arrived).isEqualTo(texts);
    assertThat(settled(0, 0).dropped()).isZero();
  }

  @Test
  void whatIsNotConfirmedWhenTheSidecarStopsIsADeadLetterStill() throws Exception {
    start("", "");
    backend("pg").poisoned = text -> true;
    send(event("1"), event("2"));
    settled(2, 2);
    List<DeadLetter> before = letters("pg");
    backend("pg").poisoned = text -> false;
    backend("pg").away = true;

    assertThat(running().work(replay("pg"))).isEmpty();
    Awaitility.await().until(() -> running().ledger().replayed() == 2);
    assertThat(running().work(replay("pg"))).isEqualTo("a replay is under way");
    running().unbind();
    running().drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
    running().stop(Duration.ofMillis(100));

    assertThat(letters("pg")).isEqualTo(before);
    Ledger ledger = running().ledger();
    assertThat(ledger.dropped()).isEqualTo(2);
    assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
    sidecar = null;
  }

  @Test
  void whatWaitsForABackendThatIsRolledBackIsKept() throws Exception {
    start("", "hot_reload: {enabled: false, health_window: 20s}\n");
    backend("fresh").away = true;
    Files.writeString(
        dir.resolve("sidecar.yaml"),
        yaml("")
                .replace(
                    "  other:",
                    "  fresh: {type: console, circuit_breaker: {failure_threshold: 2}}\n  other:")
                .replace("o: [{backend: other}]", "o: [{backend: other}], s: [{backend: fresh}]")
            + "hot_reload: {enabled: false, health_window: 20s}\n");
    var outcome = running().reload(true).toCompletableFuture();
    Awaitility.await().until(() -> running().status().generation() == 2);

    send(event("1"), event("2"));

    assertThat(outcome.get(20, TimeUnit.SECONDS).result())
        .isEqualTo(ReloadOutcome.Result.ROLLED_BACK);
    settled(2, 2);
    assertThat(letters("fresh")).extracting(DeadLetter::reason).containsOnly("rolled_back");
    assertThat(letters("fresh")).hasSize(2);
  }
}
