package io.leasehold.app.server;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.actors.health.DispatcherWatch;
import io.leasehold.actors.health.HealthService;
import io.leasehold.actors.health.HeapWatch;
import io.leasehold.actors.health.NodeChecks;
import io.leasehold.actors.health.TelemetryChecks;
import io.leasehold.actors.telemetry.TraceExchange;
import io.leasehold.actors.telemetry.TraceOwner;
import io.leasehold.app.Version;
import io.leasehold.app.log.Logging;
import io.leasehold.config.Settings;
import io.leasehold.config.telemetry.SidecarSettings;
import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.config.value.Port;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Door;
import io.leasehold.http.observability.HealthViews;
import io.leasehold.http.observability.NodeInfo;
import io.leasehold.http.telemetry.SidecarHealth;
import io.leasehold.http.telemetry.TelemetryRoutes;
import io.leasehold.streams.telemetry.TelemetrySidecar;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.SeriesShelf;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.leasehold.streams.telemetry.spool.SpoolException;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.apache.pekko.actor.Cancellable;
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
  private static final Duration SLOT_RESTS = Duration.ofMinutes(1);

  /** Longer than a connection that found no room in memory waits until it looks again. */
  private static final Duration QUIET = Duration.ofMillis(300);

  /** A result of a health check is shown for so long; one that takes longer than so is broken. */
  private static final Duration MAX_AGE = Duration.ofMillis(200);

  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /** Of the heap, and of threads, in a process whose settings say nothing of them. */
  private static final double HEAP_WARN = 0.8;

  private static final double HEAP_LIMIT = 0.95;
  private static final int MAX_THREADS = 10_000;

  /**
   * What its ports are called in messages.
   *
   * @param taken are told which ports were taken
   * @param advice to who finds one in use
   * @param keys that read metrics and details of the health, beside the token of the file; null =
   *     nobody needs one for them
   */
  record Doors(
      Map<String, Integer> taken, String tcp, String admin, String advice, @Nullable ApiKeys keys) {
    /** Of a process that is nothing but a sidecar: its file says which ports. */
    static Doors ofAFile(Map<String, Integer> taken) {
      return new Doors(taken, "tcp.port", "admin.port", "", null);
    }

    /** Of a node, whose settings win over a file. */
    static Doors ofANode(Map<String, Integer> taken, @Nullable ApiKeys keys) {
      return new Doors(
          taken,
          "telemetry.port",
          "telemetry.admin-port",
          "; auto takes a free one, telemetry.enabled = false runs no sidecar",
          keys);
    }

    String unbound(String door, Port port) {
      return door + " = " + port + ": cannot be bound" + advice;
    }
  }

  private final TelemetrySidecar sidecar;
  private @Nullable ServerBinding admin;
  private @Nullable Cancellable ticks;
  private Runnable hush = () -> {};
  private volatile @Nullable String phase = "starting";

  private SidecarSetup(TelemetrySidecar sidecar) {
    this.sidecar = sidecar;
  }

  /**
   * Starts the sidecar of a node, unless it is to have none.
   *
   * @param keys of the node
   * @return null if it is switched off
   * @throws StartException with all mistakes of the file, or why it cannot run
   */
  static @Nullable SidecarSetup startIfWanted(
      ActorSystem<?> actors,
      Settings node,
      Path nodeDataDir,
      CollectorRegistry registry,
      Clock clock,
      ApiKeys keys,
      Map<String, Integer> ports)
      throws StartException {
    SidecarSettings settings = node.telemetry();
    if (!settings.enabled()) {
      LOG.info("telemetry off");
      return null;
    }
    Path own = settings.dataDir();
    Path dataDir = own == null ? nodeDataDir.resolve("telemetry") : own;
    SidecarSetup setup =
        start(
            actors,
            source(settings, dataDir),
            dataDir,
            registry,
            clock,
            Doors.ofANode(ports, node.access().required() ? keys : null),
            owner ->
                new TraceExchange(actors, PekkoSettings.TELEMETRY_ROLE, owner, SLOT_RESTS, clock));
    setup.hush = Logging.tell(setup.sidecar.events());
    return setup;
  }

  private static TelemetryFileSource source(SidecarSettings settings, Path dataDir) {
    Path file = settings.configFile();
    return file == null
        ? TelemetryFileSource.toFilesBelow(dataDir.resolve("files"), settings.overrides())
        : new TelemetryFileSource(file, System.getenv(), settings.overrides());
  }

  /**
   * Starts it and opens its ports.
   *
   * @param dataDir where it keeps what it writes for itself
   * @param cluster joins those that share the work on traces; null = there are no others
   */
  static SidecarSetup start(
      ActorSystem<?> actors,
      TelemetryFileSource source,
      Path dataDir,
      CollectorRegistry registry,
      Clock clock,
      Doors doors,
      @Nullable Function<TraceOwner, TraceExchange> cluster)
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
    Gauge.build("sidecar_build_info", "What is running.")
        .labelNames("version")
        .register(registry)
        .labels(Version.text())
        .set(1);
    var parts =
        new TelemetrySidecar.Parts(
            BackendFactory.standard(clock, shelf),
            new DeadLetterStore(dataDir.resolve("dlq"), clock),
            dataDir.resolve("history"),
            dataDir.resolve("spool"),
            clock,
            new Random(new SecureRandom().nextLong()),
            cluster);
    TelemetrySidecar sidecar;
    try {
      sidecar = new TelemetrySidecar(actors, file, source, parts).register(registry);
    } catch (SpoolException | TelemetryFileException e) {
      parts.deadLetters().close();
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
    var setup = new SidecarSetup(sidecar);
    try {
      setup.open(actors, file, registry, clock, doors);
      setup.phase = null;
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
      Doors doors)
      throws StartException {
    var settings = file.settings();
    if (!settings.admin().port().isOff()) {
      openAdmin(actors, file, registry, clock, doors);
    }
    var socket = settings.tcp().unixPath();
    if (socket != null) {
      try {
        sidecar.openUnixSocket();
      } catch (IOException e) {
        throw new StartException(
            "tcp.unix_path = " + socket + ": cannot be opened (" + e.getMessage() + ")", e);
      }
      LOG.info("telemetry on {}", socket);
    }
    if (settings.tcp().port().isOff()) {
      LOG.info(socket == null ? "telemetry off" : "telemetry on no port");
      return;
    }
    InetSocketAddress bound =
        Patience.await(sidecar.bind(), doors.unbound(doors.tcp(), settings.tcp().port()));
    doors.taken().put("telemetry", bound.getPort());
    LOG.info(
        "telemetry on {}:{}{}",
        settings.tcp().host(),
        bound.getPort(),
        settings.tcp().tls() == null ? "" : ", with TLS");
    if (!bound.getAddress().isLoopbackAddress() && !settings.auth().required()) {
      LOG.warn(
          "telemetry on {}: whoever reaches it may send; auth.required = true asks for a token",
          settings.tcp().host());
    }
  }

  private void openAdmin(
      ActorSystem<?> actors,
      TelemetryFile file,
      CollectorRegistry registry,
      Clock clock,
      Doors doors)
      throws StartException {
    var settings = file.settings().admin();
    String token = settings.token();
    ApiKeys ofNode = doors.keys();
    var keys = new ApiKeys.Builder();
    var guarded = EnumSet.noneOf(ApiKeys.Right.class);
    if (token != null) {
      keys.add(token, ApiKeys.allRights());
      guarded.add(TelemetryRoutes.ADMINISTER);
    }
    if (ofNode != null) {
      keys.addAll(ofNode);
    }
    boolean closed = token != null || ofNode != null;
    var health = health(actors, settings, clock, closed);
    var routes = new TelemetryRoutes(sidecar, health, registry, ofNode != null);
    var door = new Door("telemetry", routes.routes(), keys.build(), guarded, clock);
    registry.register(door.requests());
    ServerBinding binding =
        Patience.await(
            door.bind(actors, settings.host(), settings.port().bindNumber()),
            doors.unbound(doors.admin(), settings.port()));
    admin = binding;
    doors.taken().put("telemetry-admin", binding.localAddress().getPort());
    LOG.info("telemetry admin on {}:{}", settings.host(), binding.localAddress().getPort());
  }

  private SidecarHealth health(
      ActorSystem<?> actors, TelemetrySettings.Admin settings, Clock clock, boolean closed) {
    var dispatcher = new DispatcherWatch(clock);
    ticks = dispatcher.start(actors);
    var checks =
        new HealthService(
            List.of(
                TelemetryChecks.telemetry(() -> Optional.of(sidecar), true),
                TelemetryChecks.memory(new HeapWatch(), HEAP_WARN, HEAP_LIMIT),
                NodeChecks.dispatcher(dispatcher, MAX_THREADS)),
            MAX_AGE,
            TIMEOUT,
            true,
            clock);
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    var info = new NodeInfo(settings.host(), Version.text(), started, () -> phase);
    return new SidecarHealth(sidecar, checks, new HealthViews(info, clock), dispatcher, closed);
  }

  /** What its administration asks. */
  TelemetryControl control() {
    return sidecar;
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
    phase = "draining";
    hush.run();
    try {
      Patience.await(sidecar.unbind(), "telemetry: unbind");
      Patience.await(sidecar.quiet(QUIET, READING), PATIENCE, "telemetry: connections are read");
      Patience.await(sidecar.drain(), PATIENCE, "telemetry: connections are open");
    } catch (StartException | IllegalStateException e) { // also when the cluster ended the actors
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
    if (ticks != null) {
      ticks.cancel();
      ticks = null;
    }
  }
}
