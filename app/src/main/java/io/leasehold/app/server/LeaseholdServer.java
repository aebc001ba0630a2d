package io.leasehold.app.server;

import com.typesafe.config.Config;
import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.actors.journal.DatabaseClaim;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.journal.JournalException;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.actors.metrics.KvMeter;
import io.leasehold.actors.metrics.LockMeter;
import io.leasehold.actors.topkeys.TopKeys;
import io.leasehold.app.log.Logging;
import io.leasehold.config.Durability;
import io.leasehold.config.Settings;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.debug.DebugRoutes;
import io.leasehold.streams.lock.LockServer;
import io.leasehold.streams.lock.LockTraffic;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node, from its settings to its open ports and back. Starting and stopping block; one thread
 * does both.
 */
public final class LeaseholdServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  private final Settings settings;
  private final CompletionStage<?> stopAsked;
  private final ApiKeys keys;
  private final Clock clock = Clock.system();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final List<Cancellable> timers = new ArrayList<>();
  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private @Nullable DataDirectory directory;
  private @Nullable JournalDatabase database;
  private @Nullable ActorSystem<Void> system;
  private @Nullable LockServer lockServer;
  private @Nullable Monitoring monitoring;
  private @Nullable StoreSetup storeSetup;
  private @Nullable GatewaySetup gateway;
  private @Nullable ApplicationPort applicationPort;
  private @Nullable Membership membership;
  private @Nullable DatabaseClaim databaseClaim;
  private @Nullable DatabaseWatch databaseWatch;
  private volatile @Nullable SidecarSetup sidecar;
  private boolean clean = true;

  private LeaseholdServer(Settings settings, CompletionStage<?> stopAsked) {
    this.settings = settings;
    this.stopAsked = stopAsked;
    this.keys = KeyRing.of(settings);
  }

  /**
   * Starts a node. When this returns, every live lease is back and the ports answer; or a stop was
   * asked for meanwhile, and the node waits to be closed.
   *
   * @param stopAsked completed when the node should not go on starting
   * @throws StartException if it cannot run; what was begun is undone
   */
  public static LeaseholdServer start(
      Settings settings, Logging logging, CompletionStage<?> stopAsked) throws StartException {
    var server = new LeaseholdServer(settings, stopAsked);
    server.registry.register(logging.droppedLines());
    try {
      server.startAll();
      return server;
    } catch (JournalException e) {
      server.close();
      throw new StartException(String.valueOf(e.getMessage()), e);
    } catch (StartException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private void startAll() throws StartException {
    long startedNanos = clock.nanos();
    var dir = DataDirectory.take(settings.dataDir());
    directory = dir;
    var journal = settings.durability() == Durability.DURABLE ? JournalSetup.of(settings) : null;
    String dataId = "";
    if (journal != null) {
      var setup = new JournalSetup(settings, journal, clock);
      databaseClaim = setup.claim();
      var opened = setup.database();
      database = opened;
      dataId = setup.dataId(opened);
      if (databaseClaim != null) {
        databaseWatch = DatabaseWatch.start(databaseClaim, opened, clock, ended::complete);
      }
    }
    ActorSystem<Void> actors = startSystem(PekkoSettings.of(settings, journal, dataId));
    system = actors;
    actors.getWhenTerminated().thenRun(() -> ended.complete(Membership.whyEnded(actors)));
    var capacity =
        new LockCapacity(
            settings.lock().limits().maxLocks(),
            settings.lock().limits().maxMemoryMb(),
            settings.lock().limits().rejectRequests());
    boolean counting = settings.metrics().enabled();
    var meter = new LockMeter(counting).register(registry);
    var journals = new JournalMeter(counting).register(registry);
    var locks =
        new LocksSetup(settings, capacity, meter, clock)
            .start(actors, dir.path(), database, journals.of(JournalMeter.Kind.LOCK));
    if (database != null) {
      checkpoints(actors, database);
    }
    var setup = new StoreSetup(settings, clock);
    storeSetup = setup;
    var kvMeter = new KvMeter(counting).register(registry);
    var shards = setup.start(actors, locks, kvMeter, journals, database);
    var storeKeys = new TopKeys(clock);
    var store = setup.store(actors, shards, kvMeter, registry, dataId, storeKeys::seen);
    var limits = setup.limits(actors, registry);
    var lockKeys = new TopKeys(clock);
    var traffic = new LockTraffic(settings.metrics().enabled()).register(registry);
    var server =
        LockPort.server(
            actors, settings, keys, locks, meter, traffic, lockKeys::seen, store, limits);
    lockServer = server;
    var monitor =
        new Monitoring(
            actors,
            settings,
            server.monitor(),
            shards,
            new DebugRoutes.MostAskedFor(lockKeys, storeKeys),
            database,
            this::claimState,
            journals::probed,
            () -> Optional.ofNullable(sidecar).map(SidecarSetup::control),
            clock);
    monitoring = monitor;
    var routes = new ArrayList<>(setup.routes(actors, store, dir.path()));
    var redis =
        GatewaySetup.startIfWanted(
            new GatewaySetup.Node(
                actors, settings, dir.path(), registry, clock, monitor.everyNode()),
            shards,
            setup.limiter(actors),
            journals);
    gateway = redis;
    monitor.add(setup, redis);
    if (redis != null) {
      routes.addAll(redis.routes());
    }
    routes.addAll(
        monitor.open(
            registry,
            keys,
            LockPort.routes(actors, settings, keys, locks, traffic),
            locks,
            store::stats,
            redis == null ? null : redis::overview,
            ports));
    applicationPort =
        ApplicationPort.open(
            actors,
            settings,
            keys,
            limits,
            routes,
            redis == null ? null : redis.area(),
            registry,
            clock,
            ports);
    // before it joins: one that a taken port ends must not join and leave for ever
    sidecar =
        SidecarSetup.startIfWanted(actors, settings, dir.path(), registry, clock, keys, ports);
    var member = new Membership(actors, settings);
    membership = member;
    if (databaseWatch != null) {
      member.foundOnlyIf(databaseWatch);
    }
    member.begin(ports);
    writePorts(dir);
    if (!member.awaitReady(
        locks, shards, CompletableFuture.anyOf(stopAsked.toCompletableFuture(), ended))) {
      return;
    }
    timers.add(new LimitWatch(server.monitor(), settings.lock().limits(), clock).start(actors));
    bindLockPort(server, locks);
    if (redis != null) {
      redis.openResp(ports);
    }
    server.executors().forEach(monitor::watch);
    ApplicationPort.executors(applicationPort).forEach(monitor::watch);
    monitor.ready(ports.getOrDefault("lock", -1));
    writePorts(dir);
    LOG.info(
        "ready in {} s", String.format(Locale.ROOT, "%.1f", (clock.nanos() - startedNanos) / 1e9));
  }

  private ActorSystem<Void> startSystem(Config config) throws StartException {
    try {
      return ActorSystem.create(Behaviors.empty(), "leasehold", config);
    } catch (RuntimeException e) {
      throw new StartException(
          "remoting.port = "
              + settings.remoting().port()
              + ": the node cannot start ("
              + Patience.rootMessage(e)
              + ")",
          e);
    }
  }

  private void checkpoints(ActorSystem<Void> actors, JournalDatabase opened) {
    if (!opened.checkpointEvery().isZero()) {
      timers.add(
          actors
              .scheduler()
              .scheduleAtFixedRate(
                  opened.checkpointEvery(),
                  opened.checkpointEvery(),
                  opened::checkpoint,
                  actors.executionContext()));
    }
  }

  private void bindLockPort(LockServer server, LockService locks) throws StartException {
    var lock = settings.lock();
    if (lock.port().isOff()) {
      LOG.info("lock protocol off");
      return;
    }
    InetSocketAddress bound =
        Patience.await(server.bind(), "lock.port = " + lock.port() + ": cannot be bound");
    ports.put("lock", bound.getPort());
    boolean everywhere = bound.getAddress().isAnyLocalAddress();
    locks.announce((everywhere ? settings.remoting().host() : lock.host()) + ":" + bound.getPort());
    LOG.info("lock protocol on {}:{}", lock.host(), bound.getPort());
  }

  private void writePorts(DataDirectory dir) throws StartException {
    try {
      dir.writePorts(ports);
    } catch (IOException e) {
      throw new StartException("data-dir = " + dir.path() + ": cannot be used (" + e + ")", e);
    }
  }

  /** Ports by the name of their door. */
  public Map<String, Integer> ports() {
    return Map.copyOf(ports);
  }

  /** Completed when the node ends by itself, or has to, with the reason for its operator. */
  public CompletionStage<String> ended() {
    return ended;
  }

  private DatabaseClaim.State claimState() {
    return databaseClaim == null ? DatabaseClaim.State.HELD : databaseClaim.state();
  }

  /** Reads the file of telemetry again, if there is a sidecar. */
  public void reload() {
    var telemetry = sidecar;
    if (telemetry != null) {
      telemetry.reload();
    }
  }

  /** Whether every step of the stop went well. */
  public boolean isStoppedCleanly() {
    return clean;
  }

  /** Stops in order: no new connections, open requests answered, actors, database, directory. */
  @Override
  public void close() {
    var watchers = monitoring;
    if (watchers != null) {
      watchers.draining();
    }
    var application = applicationPort;
    if (application != null) {
      application.drain();
    }
    var redis = gateway;
    if (redis != null) {
      redis.drain();
    }
    var server = lockServer;
    if (server != null) {
      step("lock port closed", () -> Patience.await(server.unbind(), "unbind"));
      step("connections drained", () -> drain(server));
      lockServer = null;
    }
    var telemetry = sidecar;
    if (telemetry != null) {
      telemetry.close();
      sidecar = null;
    }
    if (application != null) {
      application.close();
      applicationPort = null;
    }
    if (redis != null) {
      redis.close();
      gateway = null;
    }
    if (watchers != null) {
      watchers.close();
      monitoring = null;
    }
    timers.forEach(Cancellable::cancel);
    var member = membership;
    if (member != null) {
      step("management closed", () -> Patience.await(member.close(), STOP_PATIENCE, "it is open"));
      membership = null;
    }
    var actors = system;
    if (actors != null) {
      actors.terminate();
      step(
          "actors stopped",
          () -> Patience.await(actors.getWhenTerminated(), STOP_PATIENCE, "they run"));
      system = null;
    }
    if (storeSetup != null) {
      storeSetup.close();
      storeSetup = null;
    }
    var watch = databaseWatch;
    if (watch != null) {
      watch.close();
      databaseWatch = null;
    }
    var opened = database;
    if (opened != null) {
      opened.close();
      database = null;
    }
    var claim = databaseClaim;
    if (claim != null) {
      claim.close();
      databaseClaim = null;
    }
    var dir = directory;
    if (dir != null) {
      step("data directory released", dir::close);
      directory = null;
    }
  }

  /** Who does not read what it is sent does not make a clean stop unclean: it is cut off. */
  private void drain(LockServer server) {
    try {
      Patience.await(server.drain(), settings.lock().drainTimeout(), "connections are open");
    } catch (StartException e) {
      LOG.warn(
          "stopping: {}: {} are cut off", String.valueOf(e.getMessage()), server.openSockets());
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  private void step(String what, Step step) {
    try {
      step.run();
      LOG.debug("stopping: {}", what);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      clean = false;
      LOG.warn("stopping: not {}: {}", what, String.valueOf(e.getMessage()));
    }
  }
}
