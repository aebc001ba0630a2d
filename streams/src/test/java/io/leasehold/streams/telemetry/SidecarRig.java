package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.telemetry.Ledger;
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
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;

/** A sidecar of a file, with an actor system of its own; its ledger must balance at the end. */
final class SidecarRig implements AutoCloseable {
  final TelemetrySidecar sidecar;
  final CollectorRegistry registry = new CollectorRegistry();
  final int port;
  private final Path dir;
  private final ActorTestKit kit;

  /**
   * Starts it.
   *
   * @param yaml without {@code tcp.port}, backends and routing, which are there
   */
  SidecarRig(Path dir, String tcp, String yaml) throws Exception {
    this.dir = dir;
    kit =
        ActorTestKit.create(
            ConfigFactory.parseString("pekko.loglevel = WARNING")
                .withFallback(ConfigFactory.load()));
    TelemetrySidecar made = null;
    try {
      write(tcp, yaml);
      var source = new TelemetryFileSource(file(), Map.of(), Map.of());
      var clock = new StillClock();
      made =
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
      made.openUnixSocket();
      port = made.bind().toCompletableFuture().get(10, TimeUnit.SECONDS).getPort();
      sidecar = made;
    } catch (Exception e) {
      if (made != null) {
        made.stop(Duration.ZERO);
      }
      kit.shutdownTestKit();
      throw e;
    }
  }

  private Path file() {
    return dir.resolve("sidecar.yaml");
  }

  /** Changes the file; nothing is read by itself. */
  void write(String tcp, String yaml) throws IOException {
    Files.writeString(
        file(),
        "tcp: {port: auto"
            + (tcp.isEmpty() ? "" : ", " + tcp)
            + "}\nbuffers: {flush_interval: 10ms}\nspool: {min_free: 0}\n"
            + "backends: {files: {type: filesystem, config: {base_path: '"
            + dir.resolve("files")
            + "', min_free_mb: 0}}}\nrouting: {default: [{backend: files}]}\n"
            + "hot_reload: {enabled: false, health_window: 0}\n"
            + yaml);
  }

  Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  void send(String text) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(text.getBytes(UTF_8));
    }
  }

  void awaitReceived(long lines) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(() -> assertThat(sidecar.ledger().received()).isEqualTo(lines));
  }

  /** What a series has; 0 if there is none. */
  double value(String name, String label, String value) {
    Double found = registry.getSampleValue(name, new String[] {label}, new String[] {value});
    return found == null ? 0 : found;
  }

  @Override
  public void close() throws Exception {
    try {
      sidecar.unbind();
      sidecar.drain().toCompletableFuture().get(10, TimeUnit.SECONDS);
      sidecar.stop(Duration.ofSeconds(5));
      Ledger ledger = sidecar.ledger();
      assertThat(ledger.inFlight()).isZero();
      assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
    } finally {
      kit.shutdownTestKit();
    }
  }
}
