package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.prometheus.client.CollectorRegistry;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;

/** A sidecar in this process, with all that it keeps below one directory. */
public final class FaultRig implements AutoCloseable {
  private final Path dir;
  private final ActorTestKit kit;
  private final TelemetrySidecar sidecar;
  private final CollectorRegistry registry = new CollectorRegistry();
  private final int port;
  private boolean ended;

  /** Starts it. */
  public FaultRig(Path dir, String yaml) throws Exception {
    this(dir, yaml, BackendFactory.standard(Clock.system(), new SeriesShelf()));
  }

  /** The same with backends of another making. */
  FaultRig(Path dir, String yaml, BackendFactory backends) throws Exception {
    this.dir = dir;
    this.kit =
        ActorTestKit.create(
            ConfigFactory.parseString("pekko.loglevel = WARNING")
                .withFallback(ConfigFactory.load()));
    Path file = Files.writeString(dir.resolve("sidecar.yaml"), yaml);
    var source = new TelemetryFileSource(file, Map.of(), Map.of());
    Clock clock = Clock.system();
    this.sidecar =
        new TelemetrySidecar(
                kit.system(),
                source.read(),
                source,
                new TelemetrySidecar.Parts(
                    backends,
                    new DeadLetterStore(dir.resolve("dlq"), clock),
                    dir.resolve("history"),
                    dir.resolve("spool"),
                    clock,
                    new Random(5)))
            .register(registry);
    this.port = sidecar.bind().toCompletableFuture().get(10, TimeUnit.SECONDS).getPort();
  }

  public Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  public int port() {
    return port;
  }

  public Ledger ledger() {
    return sidecar.ledger();
  }

  TelemetrySidecar sidecar() {
    return sidecar;
  }

  /** A line with a number in it. */
  public static String event(String src, long number) {
    return "{\"v\":1,\"src\":\""
        + src
        + "\",\"ts\":"
        + System.currentTimeMillis()
        + ",\"type\":\"event\",\"data\":{\"level\":\"info\",\"msg\":\"n"
        + number
        + ".\"}}";
  }

  /** Sends numbered lines of a source, on a connection of their own. */
  public void send(String src, int from, int to) throws IOException {
    var text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(event(src, i)).append('\n');
    }
    try (Socket socket = connect()) {
      socket.getOutputStream().write(text.toString().getBytes(UTF_8));
    }
  }

  /** The numbers in lines. */
  public static List<Integer> numbers(List<String> lines) {
    var numbers = new ArrayList<Integer>();
    for (String each : lines) {
      int from = each.indexOf("\"n") + 2;
      while (!Character.isDigit(each.charAt(from))) { // another key begins with an n
        from = each.indexOf("\"n", from) + 2;
      }
      numbers.add(Integer.parseInt(each.substring(from, each.indexOf('.', from))));
    }
    return numbers;
  }

  /** Lines that the backend of this directory has written. */
  public List<String> lines(String backend) throws IOException {
    var all = new ArrayList<String>();
    if (Files.isDirectory(dir.resolve(backend))) {
      try (Stream<Path> files = Files.list(dir.resolve(backend))) {
        for (Path each : files.sorted().toList()) {
          if (each.toString().endsWith(".jsonl")) {
            all.addAll(Files.readAllLines(each));
          }
        }
      }
    }
    return all;
  }

  /** A metric by its name, then names and values of labels; 0 if it is not there. */
  public long metric(String name, String... labels) {
    String[] names = new String[labels.length / 2];
    String[] values = new String[labels.length / 2];
    for (int i = 0; i < names.length; i++) {
      names[i] = labels[2 * i];
      values[i] = labels[2 * i + 1];
    }
    Double value = registry.getSampleValue(name, names, values);
    return value == null ? 0 : value.longValue();
  }

  public long delivered(String backend) {
    return metric("sidecar_messages_delivered_total", "backend", backend);
  }

  /** How often the breaker of a backend has opened. */
  public long opened(String backend) {
    return metric("sidecar_breaker_transitions_total", "backend", backend, "to", "open");
  }

  /** Another file in force, or not. */
  public ReloadOutcome reload(String yaml, boolean wait) throws Exception {
    Files.writeString(dir.resolve("sidecar.yaml"), yaml);
    return sidecar.reload(wait).toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  /** Waits until so many messages have come and nothing is under way, with an exact ledger. */
  public Ledger awaitSettled(long received) {
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              Ledger ledger = sidecar.ledger();
              assertThat(ledger.received()).as(ledger.toString()).isEqualTo(received);
              assertThat(ledger.inFlight()).as(ledger.toString()).isZero();
              assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
            });
    return sidecar.ledger();
  }

  /** Ends it as a stop does, and asserts that all is accounted for. */
  public Ledger end(Duration patience) throws Exception {
    ended = true;
    try {
      sidecar.unbind();
      sidecar.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
      sidecar.stop(patience);
      Ledger ledger = sidecar.ledger();
      assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
      return ledger;
    } finally {
      kit.shutdownTestKit();
    }
  }

  @Override
  public void close() throws Exception {
    if (!ended) {
      end(Duration.ofSeconds(2));
    }
  }
}
