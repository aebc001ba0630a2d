package io.leasehold.app.server;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.actors.access.RateLimiter;
import io.leasehold.actors.journal.DatabaseNumbers;
import io.leasehold.actors.journal.JournalBoard;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.journal.SnapshotPolicy;
import io.leasehold.actors.kv.InstanceSetup;
import io.leasehold.actors.kv.KvService;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.actors.kv.NodeKvStore;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.actors.metrics.KvMeter;
import io.leasehold.app.Version;
import io.leasehold.config.Settings;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.kv.KvRoutes;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Gauge;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/** Starts the key-value store of a node as it is set up. */
final class StoreSetup implements AutoCloseable {
  private final Settings settings;
  private final Clock clock;
  private @Nullable DatabaseNumbers numbers;
  private @Nullable RateLimiter limiter;
  private volatile @Nullable KvRoutes routes;

  StoreSetup(Settings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Starts it.
   *
   * @param database null with memory durability
   */
  KvService start(
      ActorSystem<?> actors,
      LockService locks,
      KvMeter meter,
      JournalMeter journals,
      @Nullable JournalDatabase database) {
    KvSettings kv = settings.kv();
    var setup =
        new KvService.Setup(
            kv.shards(),
            kv.maxShardBytes(),
            kv.maxBytes() == 0 ? Runtime.getRuntime().maxMemory() / 2 : kv.maxBytes(),
            kv.fence().maxMarks(),
            kv.fence().verify() == KvSettings.Verify.ISSUED,
            new KvImage.HistoryBounds(kv.watch().historyEvents(), kv.watch().historyBytes()),
            kv.requestTimeout(),
            instances());
    if (database == null) {
      return KvService.inMemory(actors, setup, clock, locks, meter);
    }
    var board =
        new JournalBoard(
            journals.of(JournalMeter.Kind.KV),
            database,
            new SnapshotPolicy(kv.snapshotChanges(), kv.snapshotBytes()));
    return KvService.durable(
        actors, setup, clock, locks, meter, new KvService.Durable(board, lease(database)));
  }

  private InstanceSetup instances() {
    var gateway = settings.gateway();
    return new InstanceSetup(
        gateway.embedded().maxKey(),
        gateway.embedded().maxValue(),
        gateway.embedded().maxCommand(),
        gateway.maxResponse(),
        Version.text());
  }

  /**
   * The limits of those who call it; null if nobody is limited. What keeps them is started only
   * then.
   */
  @Nullable CallerLimits limits(ActorSystem<?> actors, CollectorRegistry registry) {
    var limits = new CallerLimits(this::take, settings.kv().rateLimit(), settings.access().keys());
    registry.register(limits.refusals());
    if (!limits.inForce()) {
      return null;
    }
    limiter(actors);
    return limits;
  }

  /** What keeps all limits of this node; started when it is asked for first. */
  RateLimiter limiter(ActorSystem<?> actors) {
    var started = limiter;
    if (started == null) {
      var rates = settings.gateway().rateLimit();
      started =
          new RateLimiter(
              actors,
              clock,
              new RateLimiter.Setup(rates.maxBuckets(), rates.idle(), rates.lease()));
      limiter = started;
    }
    return started;
  }

  private CompletionStage<RateDecision> take(String bucket, RatePolicy policy, int cost) {
    return Objects.requireNonNull(limiter, "no limit is in force").take(bucket, policy, cost);
  }

  /** All that the store offers on this node. */
  NodeKvStore store(
      ActorSystem<?> actors,
      KvService shards,
      KvMeter meter,
      CollectorRegistry registry,
      String dataId,
      Consumer<Bytes> keySeen) {
    String data = dataId.isEmpty() ? UUID.randomUUID().toString() : dataId;
    var random = new SecureRandom();
    NodeKvStore store =
        NodeKvStore.start(
            actors,
            shards,
            settings.kv().watch(),
            settings.kv().requestTimeout(),
            data,
            meter,
            random::nextLong,
            keySeen);
    Gauge.build("leasehold_kv_watchers", "Watchers of this node.")
        .create()
        .setChild(
            new Gauge.Child() {
              @Override
              public double get() {
                return store.watchers();
              }
            })
        .<Gauge>register(registry);
    return store;
  }

  /**
   * Its routes over HTTP.
   *
   * @param dataDir where the files of restores stand while they run
   */
  List<ApiRoute> routes(ActorSystem<?> actors, KvStore store, Path dataDir) throws StartException {
    Path spool = dataDir.resolve("restore");
    try {
      Files.createDirectories(spool);
      try (DirectoryStream<Path> left = Files.newDirectoryStream(spool, "restore-*.tmp")) {
        for (Path each : left) {
          Files.delete(each); // a process that was killed left it
        }
      }
    } catch (IOException e) {
      throw new StartException("data-dir = " + dataDir + ": cannot be used (" + e + ")", e);
    }
    long started = ManagementFactory.getRuntimeMXBean().getStartTime();
    var made =
        new KvRoutes(
            store,
            new KvRoutes.Setup(spool, settings.kv().restoreMaxBytes(), Version.text(), started),
            actors,
            clock);
    routes = made;
    return made.routes();
  }

  /** At most so many of those who watch over HTTP, the oldest first. */
  DoorClient.Page watchers(int limit) {
    KvRoutes made = routes;
    return made == null ? DoorClient.Page.NONE : made.watchers(limit);
  }

  /** Null where the database belongs to one process: nobody else can own a shard. */
  private KvService.@Nullable ReadLease lease(JournalDatabase database) {
    if (!settings.cluster().isShared() || settings.database().isH2()) {
      return null;
    }
    var opened = new DatabaseNumbers(database.dataSource());
    numbers = opened;
    return new KvService.ReadLease(settings.kv().readLease(), opened);
  }

  @Override
  public void close() {
    if (limiter != null) {
      limiter.close();
    }
    if (numbers != null) {
      numbers.close();
    }
  }
}
