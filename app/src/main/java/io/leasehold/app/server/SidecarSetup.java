package io.leasehold.app.server;

import io.leasehold.app.Version;
import io.leasehold.config.telemetry.SidecarSettings;
import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Door;
import io.leasehold.http.telemetry.TelemetryRoutes;
import io.leasehold.streams.telemetry.TelemetrySidecar;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.leasehold.streams.telemetry.spool.SpoolException;
import io.prometheus.client.CollectorRegistry;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The telemetry sidecar of a process, from its file to its open ports and back. Blocks. */
final class SidecarSetup implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration READING = Duration.ofSeconds(1);
  private static final Duration QUIET = Duration.ofMillis(100);

  private final TelemetrySidecar sidecar;
  private @Nullable ServerBinding admin;

  private SidecarSetup(TelemetrySidecar sidecar) {
    this.sidecar = sidecar;
  }

  /**
   * Starts the sidecar of a node that has one.
   *
   * @return null if no file is set
   * @throws StartException with all mistakes of the file, or why it cannot run
   */
  static @Nullable SidecarSetup startIfWanted(
      ActorSystem<?> actors,
      SidecarSettings settings,
      Path nodeDataDir,
      CollectorRegistry registry,
      Clock clock,
      Map<String, Integer> ports)
      throws StartException {
    Path file = settings.configFile();
    if (file == null) {
      return null;
    }
    Path own = settings.dataDir();
    return start(
        actors,
        new TelemetryFileSource(file, System.getenv(), settings.overrides()),
        own == null ? nodeDataDir.resolve("telemetry") : own,
        registry,
        clock,
        ports);
  }

  /**
   * Starts it and opens its ports.
   *
   * @param dataDir where it keeps what it writes for itself
   * @param ports are told which ports were taken
   */
  static SidecarSetup start(
      ActorSystem<?> actors,
      TelemetryFileSource source,
      Path dataDir,
      CollectorRegistry registry,
      Clock clock,
      Map<String, Integer> ports)
      throws StartException {
    TelemetryFile file;
    try {
      file = source.read();
    } catch (TelemetryFileException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
    file.warnings().forEach(each -> LOG.warn(each.text(file.name())));
    var shelf = new SeriesShelf();
    registry.register(shelf);
    var parts =
        new TelemetrySidecar.Parts(
            BackendFactory.standard(clock, shelf),
            new DeadLetterStore(dataDir.resolve("dlq"), clock),
            dataDir.resolve("history"),
            dataDir.resolve("spool"),
            clock,
            new Random(new SecureRandom().nextLong()));
    TelemetrySidecar sidecar;
    try {
      sidecar = new TelemetrySidecar(actors, file, source, parts).register(registry);
    } catch (SpoolException e) {
      parts.deadLetters().close();
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
    var setup = new SidecarSetup(sidecar);
    try {
      setup.open(actors, file, registry, clock, ports);
      return setup;
    } catch (StartException e) {
      setup.close();
      throw e;
    }
  }

  private void open(
      ActorSystem<?> actors,
      TelemetryFile file,
      CollectorRegistry registry,
      Clock clock,
      Map<String, Integer> ports)
      throws StartException {
    var settings = file.settings();
    if (!settings.admin().port().isOff()) {
      openAdmin(actors, file, registry, clock, ports);
    }
    if (settings.tcp().port().isOff()) {
      LOG.info("telemetry off");
      return;
    }
    InetSocketAddress bound =
        Patience.await(sidecar.bind(), "tcp.port = " + settings.tcp().port() + ": cannot be bound");
    ports.put("telemetry", bound.getPort());
    LOG.info("telemetry on {}:{}", settings.tcp().host(), bound.getPort());
  }

  private void openAdmin(
      ActorSystem<?> actors,
      TelemetryFile file,
      CollectorRegistry registry,
      Clock clock,
      Map<String, Integer> ports)
      throws StartException {
    var settings = file.settings().admin();
    String token = settings.token();
    var keys =
        token == null
            ? ApiKeys.NONE
            : new ApiKeys.Builder().add(token, ApiKeys.allRights()).build();
    var guarded = EnumSet.noneOf(ApiKeys.Right.class);
    if (token != null) {
      guarded.add(ApiKeys.Right.READ_MONITORING);
    }
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    var routes = new TelemetryRoutes(sidecar, registry, Version.text(), started, clock);
    var door = new Door("telemetry", routes.routes(), keys, guarded, clock);
    registry.register(door.requests());
    ServerBinding binding =
        Patience.await(
            door.bind(actors, settings.host(), settings.port().bindNumber()),
            "admin.port = " + settings.port() + ": cannot be bound");
    admin = binding;
    ports.put("telemetry-admin", binding.localAddress().getPort());
    LOG.info("telemetry admin on {}:{}", settings.host(), binding.localAddress().getPort());
  }

  /** Reads the file again; says in the log what came of it. */
  void reload() {
    sidecar.reload(false).thenAccept(outcome -> LOG.info("reload: {}", outcome.result()));
  }

  /**
   * Stops in order: no new connections; what has arrived is read, for a second at most; buffers are
   * delivered; what is left is dropped and counted.
   */
  @Override
  public void close() {
    try {
      Patience.await(sidecar.unbind(), "telemetry: unbind");
      Patience.await(sidecar.quiet(QUIET, READING), PATIENCE, "telemetry: connections are read");
      Patience.await(sidecar.drain(), PATIENCE, "telemetry: connections are open");
    } catch (StartException e) {
      LOG.warn("stopping: {}", e.getMessage());
    }
    try {
      sidecar.stop(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (admin != null) {
      admin.unbind();
      admin = null;
    }
  }
}
