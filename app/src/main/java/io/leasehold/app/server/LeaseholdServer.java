package io.leasehold.app.server;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.journal.JournalException;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.lock.TokenSource;
import io.leasehold.actors.metrics.LockMeter;
import io.leasehold.app.Version;
import io.leasehold.config.Durability;
import io.leasehold.config.Settings;
import io.leasehold.config.access.Secret;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.lock.LockServer;
import io.leasehold.streams.lock.LockTraffic;
import io.leasehold.streams.lock.NodeMonitor;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node, from its settings to its open ports and back. Starting and stopping block; one thread
 * does both.
 */
public final class LeaseholdServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");
  private static final Duration START_PATIENCE = Duration.ofSeconds(60);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

  private final Settings settings;
  private final Clock clock = Clock.system();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final List<Cancellable> timers = new ArrayList<>();
  private @Nullable DataDirectory directory;
  private @Nullable JournalDatabase database;
  private @Nullable ActorSystem<Void> system;
  private @Nullable LockServer lockServer;

  private LeaseholdServer(Settings settings) {
    this.settings = settings;
  }

  /**
   * Starts a node. When this returns, every live lease is back and the ports answer.
   *
   * @throws StartException if it cannot run; what was begun is undone
   */
  public static LeaseholdServer start(Settings settings) throws StartException {
    var server = new LeaseholdServer(settings);
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
    boolean durable = settings.durability() == Durability.DURABLE;
    var journal = journal();
    if (durable) {
      database = openDatabase(journal);
    }
    int remotingPort = settings.remotingPort().number();
    var config =
        durable
            ? PekkoSettings.of(
                settings.remotingHost(), remotingPort, settings.partitions(), journal)
            : PekkoSettings.of(settings.remotingHost(), remotingPort, settings.partitions());
    ActorSystem<Void> actors = startSystem(config);
    system = actors;
    var cluster = Cluster.get(actors);
    cluster.manager().tell(Join.create(cluster.selfMember().address()));

    var capacity =
        new LockCapacity(
            settings.lock().limits().maxLocks(),
            settings.lock().limits().maxMemoryMb(),
            settings.lock().limits().rejectRequests());
    var meter = new LockMeter().register(registry);
    var locks = startLocks(actors, capacity, meter, dir);
    await(locks.ready(), "locks were not ready");
    bindLockPort(actors, locks, meter);
    writePorts(dir);
    LOG.info(
        "ready in {} s",
        String.format("%.1f", (clock.nanos() - startedNanos) / 1e9 + sinceJvmStart()));
  }

  /** The JVM was busy before anybody could ask the clock. */
  private static double sinceJvmStart() {
    return 0;
  }

  private PekkoSettings.Journal journal() {
    var database = settings.database();
    String url =
        database.isEmbedded()
            ? PekkoSettings.Journal.embeddedUrl(settings.dataDir())
            : database.url();
    return new PekkoSettings.Journal(
        url,
        database.user(),
        database.password().reveal(),
        database.poolSize(),
        database.connectionTimeout().toMillis());
  }

  private JournalDatabase openDatabase(PekkoSettings.Journal journal) {
    var opened =
        new JournalDatabase(
            journal.url(),
            journal.user(),
            journal.password(),
            settings.database().connectionTimeout());
    database = opened;
    opened.migrate(settings.database().migrate());
    opened.claim(
        Map.of(
            "partitions",
            Integer.toString(settings.partitions()),
            "cluster.name",
            settings.clusterName()));
    return opened;
  }

  private ActorSystem<Void> startSystem(com.typesafe.config.Config config) throws StartException {
    try {
      return ActorSystem.create(Behaviors.empty(), "leasehold", config);
    } catch (RuntimeException e) {
      throw new StartException(
          "remoting.port = "
              + settings.remotingPort().number()
              + ": the node cannot start ("
              + rootMessage(e)
              + ")",
          e);
    }
  }

  private LockService startLocks(
      ActorSystem<Void> actors, LockCapacity capacity, LockMeter meter, DataDirectory dir)
      throws StartException {
    var lock = settings.lock();
    var setup =
        new LockService.Setup(
            settings.partitions(), lock.maxWaiters(), lock.idleLinger(), lock.cleanupInterval());
    var opened = database;
    if (opened == null) {
      try {
        var tokens =
            new TokenSource(
                dir.path().resolve("tokens"),
                clock,
                task -> new Thread(task, "leasehold-tokens").start());
        return LockService.inMemory(actors, setup, clock, capacity, meter, tokens);
      } catch (IOException e) {
        throw new StartException("data-dir = " + dir.path() + ": cannot be used (" + e + ")", e);
      }
    }
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
    var durable = new LockService.Durable(meter.journal(), opened, lock.snapshotChanges());
    return LockService.durable(actors, setup, clock, capacity, meter, durable);
  }

  private void bindLockPort(ActorSystem<Void> actors, LockService locks, LockMeter meter)
      throws StartException {
    var lock = settings.lock();
    var traffic = new LockTraffic(settings.metricsEnabled()).register(registry);
    var server =
        new LockServer(
            actors,
            locks,
            new LockServer.Setup(
                lock.host(),
                lock.port().number(),
                lock.maxConnections(),
                lock.maxConnectionsPerAddress(),
                lock.authRequired(),
                lock.requestTimeout(),
                lock.idleTimeout(),
                Version.text()),
            new ApiKeys(revealed(lock.apiKeys()), revealed(lock.adminApiKeys())),
            traffic,
            new NodeMonitor.Rejections(
                meter::rejectedByMaxLocksTotal, meter::rejectedByMemoryTotal),
            key -> {});
    lockServer = server;
    if (!lock.port().isOn()) {
      LOG.info("lock protocol off");
      return;
    }
    InetSocketAddress bound =
        await(server.bind(), "lock.port = " + lock.port().number() + ": cannot be bound");
    ports.put("lock", bound.getPort());
    LOG.info("lock protocol on {}:{}", lock.host(), bound.getPort());
  }

  private static List<String> revealed(List<Secret> secrets) {
    return secrets.stream().map(Secret::reveal).toList();
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

  /** Ends when the node ends by itself. */
  public CompletionStage<org.apache.pekko.Done> terminated() {
    if (system == null) {
      throw new IllegalStateException("not started");
    }
    return system.getWhenTerminated();
  }

  /** Stops in order: no new connections, open requests answered, actors, database, directory. */
  @Override
  public void close() {
    var server = lockServer;
    if (server != null) {
      step("lock port closed", () -> await(server.unbind(), "unbind"));
      step(
          "connections drained",
          () -> within(server.drain(), settings.lock().drainTimeout(), "drain"));
      lockServer = null;
    }
    timers.forEach(Cancellable::cancel);
    var actors = system;
    if (actors != null) {
      actors.terminate();
      step("actors stopped", () -> within(actors.getWhenTerminated(), STOP_PATIENCE, "actors"));
      system = null;
    }
    var opened = database;
    if (opened != null) {
      opened.close();
      database = null;
    }
    var dir = directory;
    if (dir != null) {
      step("data directory released", dir::close);
      directory = null;
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  private static void step(String what, Step step) {
    try {
      step.run();
      LOG.debug("stopping: {}", what);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("stopping: not {}: {}", what, String.valueOf(e.getMessage()));
    }
  }

  private static <T> T await(CompletionStage<T> stage, String otherwise) throws StartException {
    return within(stage, START_PATIENCE, otherwise);
  }

  private static <T> T within(CompletionStage<T> stage, Duration patience, String otherwise)
      throws StartException {
    try {
      return stage.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new StartException(otherwise + " (" + rootMessage(e) + ")", e);
    } catch (TimeoutException e) {
      throw new StartException(otherwise + " within " + patience.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException(otherwise + " (interrupted)", e);
    }
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
