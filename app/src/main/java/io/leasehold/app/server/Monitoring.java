package io.leasehold.app.server;

import io.leasehold.actors.access.account.ExternalGate;
import io.leasehold.actors.access.account.Overview;
import io.leasehold.actors.health.ClusterFigures;
import io.leasehold.actors.health.DatabaseChecks;
import io.leasehold.actors.health.DependencyCheck;
import io.leasehold.actors.health.DispatcherWatch;
import io.leasehold.actors.health.EveryNode;
import io.leasehold.actors.health.GcPauses;
import io.leasehold.actors.health.HealthGate;
import io.leasehold.actors.health.HealthService;
import io.leasehold.actors.health.HeapWatch;
import io.leasehold.actors.health.NodeChecks;
import io.leasehold.actors.health.TelemetryChecks;
import io.leasehold.actors.journal.DatabaseClaim;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.kv.KvMonitor;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.metrics.KvFigures;
import io.leasehold.app.Version;
import io.leasehold.config.Settings;
import io.leasehold.config.health.DependencySettings;
import io.leasehold.config.value.Port;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.Door;
import io.leasehold.http.debug.DebugRoutes;
import io.leasehold.http.lock.LockRoutes;
import io.leasehold.http.observability.MonitorRoutes;
import io.leasehold.http.observability.NodeInfo;
import io.prometheus.client.CollectorRegistry;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The monitoring side of a node: checks, metrics, and the two ports that show them. */
final class Monitoring implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");

  private static final Duration STALLED = Duration.ofSeconds(30);

  private final ActorSystem<?> actors;
  private final Settings settings;
  private final LockMonitor locks;
  private final KvMonitor store;
  private final @Nullable JournalDatabase database;
  private final Supplier<DatabaseClaim.State> claim;
  private final Supplier<Optional<TelemetryControl>> telemetry;
  private final Clock clock;
  private final EveryNode everyNode;
  private final DatabaseChecks.Probes probes;
  private final GcPauses gcPauses = new GcPauses();
  private final DispatcherWatch dispatcher;
  private final List<Cancellable> dispatcherTimers = new ArrayList<>();
  private final DebugRoutes.MostAskedFor topKeys;
  private final List<ServerBinding> bindings = new ArrayList<>();
  private final List<HealthCheck> more = new ArrayList<>();
  private Supplier<Map<UUID, ExternalGate.State>> externals = Map::of;
  private List<IntFunction<DoorClient.Page>> doors = List.of();
  private @Nullable HealthService health;
  private @Nullable Views views;
  private volatile @Nullable String phase = "starting";
  private volatile int lockPort;

  Monitoring(
      ActorSystem<?> actors,
      Settings settings,
      LockMonitor locks,
      KvMonitor store,
      DebugRoutes.MostAskedFor topKeys,
      @Nullable JournalDatabase database,
      Supplier<DatabaseClaim.State> claim,
      DatabaseChecks.Probes probes,
      Supplier<Optional<TelemetryControl>> telemetry,
      Clock clock) {
    this.actors = actors;
    this.settings = settings;
    this.locks = locks;
    this.store = store;
    this.topKeys = topKeys;
    this.database = database;
    this.claim = claim;
    this.probes = probes;
    this.telemetry = telemetry;
    this.clock = clock;
    this.everyNode = new EveryNode(actors);
    this.dispatcher = new DispatcherWatch(clock);
    dispatcherTimers.add(dispatcher.start(actors));
  }

  /** By which the nodes ask each other. */
  EveryNode everyNode() {
    return everyNode;
  }

  /**
   * External instances are shown too, and the clients of the store and of the gateway; to be told
   * before {@link #open}.
   *
   * @param gateway null = there is none
   */
  void add(StoreSetup setup, @Nullable GatewaySetup gateway) {
    more.add(GatewaySetup.health(gateway));
    externals = GatewaySetup.externals(gateway);
    doors = List.of(setup::watchers, GatewaySetup.clients(gateway));
  }

  /**
   * Opens the ports; a port that is off is left out of {@code ports}.
   *
   * @param service whose locks the views show
   * @param storeStats figures of all shards
   * @param accounts what there is to the gateway; null if it does not run
   * @return what the application port shows of this node
   */
  List<ApiRoute> open(
      CollectorRegistry registry,
      ApiKeys keys,
      LockRoutes lockRoutes,
      LockService service,
      Supplier<CompletionStage<KvStore.Stats>> storeStats,
      @Nullable Supplier<Overview> accounts,
      Map<String, Integer> ports)
      throws StartException {
    String node =
        Cluster.get(actors).selfMember().address().getHost().get()
            + ":"
            + Cluster.get(actors).selfMember().address().getPort().get();
    var checked =
        new HealthService(
            checks(),
            settings.health().maxAge(),
            settings.health().timeout(),
            settings.health().enabled(),
            clock);
    health = checked;
    HealthGate.of(Adapter.toClassic(actors))
        .set(
            () ->
                checked
                    .report()
                    .thenApply(report -> phase == null && report.heldBackBy().isEmpty()),
            () -> !dispatcher.isStalledFor(STALLED));
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    boolean keysRequired = settings.access().required();
    var guarded = EnumSet.noneOf(ApiKeys.Right.class);
    if (keysRequired) {
      guarded.add(ApiKeys.Right.READ_MONITORING);
    }
    var info = new NodeInfo(node, Version.text(), started, () -> phase);
    var routes =
        new MonitorRoutes(
            locks,
            checked,
            dispatcher,
            registry,
            settings.metrics().enabled(),
            keysRequired,
            info,
            everyNode,
            clock);
    var debug =
        new DebugRoutes(
            locks,
            store,
            topKeys,
            database == null ? null : database.dataSource(),
            externals,
            telemetry,
            doors,
            everyNode,
            node);
    var monitor = settings.monitor();
    var paths = new ArrayList<>(routes.routes());
    paths.addAll(lockRoutes.routes());
    registry.register(gcPauses.durations());
    registry.register(new ClusterFigures(actors, locks, settings.partitions(), store));
    registry.register(new KvFigures(store));
    var monitorDoor = new Door("monitor", paths, keys, guarded, clock);
    var debugDoor = new Door("debug", debug.routes(), keys, guarded, clock);
    registry.register(monitorDoor.requests());
    registry.register(debugDoor.requests());
    bind("monitor", "health and metrics", monitorDoor, monitor.port(), ports);
    bind("debug", "debug", debugDoor, monitor.debugPort(), ports);
    if (!settings.metrics().port().isOff()) {
      var metricsDoor = new Door("metrics", routes.metricsOnly(), keys, guarded, clock);
      registry.register(metricsDoor.requests());
      bind("metrics", "metrics", metricsDoor, settings.metrics().port(), ports);
    }
    var shown = new Views(actors, settings, registry, checked, routes, info, clock);
    views = shown;
    return shown.start(locks, service, storeStats, accounts, everyNode, telemetry);
  }

  private void bind(String name, String what, Door door, Port port, Map<String, Integer> ports)
      throws StartException {
    if (port.isOff()) {
      LOG.info("{} off", what);
      return;
    }
    String host = settings.monitor().host();
    ServerBinding binding =
        Patience.await(
            door.bind(actors, host, port.bindNumber()),
            what + " port " + port + ": cannot be bound");
    bindings.add(binding);
    ports.put(name, binding.localAddress().getPort());
    LOG.info("{} on {}:{}", what, host, binding.localAddress().getPort());
  }

  private List<HealthCheck> checks() {
    var checks = new ArrayList<HealthCheck>();
    checks.add(NodeChecks.cluster(actors));
    checks.add(NodeChecks.sharding(locks, store));
    if (database != null) {
      checks.add(
          DatabaseChecks.database(
              database.dataSource(), claim, database.executor(), clock, probes));
    }
    checks.add(NodeChecks.storage(locks, store));
    checks.add(NodeChecks.protocol(locks, () -> lockPort));
    checks.add(NodeChecks.dispatcher(dispatcher, settings.health().maxThreads()));
    if (database != null) {
      checks.add(DatabaseChecks.clock(database, clock, probes));
    }
    checks.add(NodeChecks.connectionPool(locks));
    checks.add(
        NodeChecks.memory(
            locks,
            store,
            new HeapWatch(),
            settings.health().heapWarn(),
            settings.health().heapLimit()));
    checks.add(NodeChecks.locks(locks));
    checks.add(TelemetryChecks.telemetry(telemetry, false));
    checks.addAll(more);
    for (DependencySettings each : settings.health().dependencies()) {
      checks.add(
          DependencyCheck.of(
              HttpClient.newHttpClient(),
              each.name(),
              each.uri(),
              each.timeout(),
              each.critical(),
              clock));
    }
    return checks;
  }

  /** Watches threads beside those of the default dispatcher. */
  void watch(Executor threads) {
    dispatcherTimers.add(dispatcher.watch(actors, threads));
  }

  /**
   * Everything else is up.
   *
   * @param port of the lock protocol, -1 if it is off
   */
  void ready(int port) {
    lockPort = port;
    var service = health;
    if (service != null) {
      service.forget(); // what it found last knows nothing of the port yet
    }
    phase = null;
  }

  void draining() {
    phase = "draining";
  }

  @Override
  public void close() {
    dispatcherTimers.forEach(Cancellable::cancel);
    gcPauses.close();
    if (views != null) {
      views.close();
    }
    bindings.forEach(ServerBinding::unbind);
  }
}
