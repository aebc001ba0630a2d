package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.actors.journal.JournalBoard;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.journal.JournalMetrics;
import io.leasehold.actors.journal.JournalNumbers;
import io.leasehold.actors.journal.SnapshotPolicy;
import io.leasehold.actors.lock.LockMetrics;
import io.leasehold.actors.lock.LockService;
import io.leasehold.actors.lock.TokenSource;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.time.Clock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.jspecify.annotations.Nullable;

/** A store on one node in this JVM, or a node more for another one. */
final class KvClusterHarness implements AutoCloseable {
  static final KvStore.Caller CALLER =
      new KvStore.Caller("cor_1", KvStore.Consistency.CONSISTENT, true);
  static final KvImage.HistoryBounds HISTORY = new KvImage.HistoryBounds(4_096, 1 << 20);

  final ActorTestKit kit;
  final LockService locks;
  final KvService service;
  final KvClient store;
  private final @Nullable JournalDatabase own;

  private KvClusterHarness(
      ActorTestKit kit, LockService locks, KvService service, @Nullable JournalDatabase own) {
    this.kit = kit;
    this.locks = locks;
    this.service = service;
    this.store = service.client();
    this.own = own;
  }

  private static KvService.Setup setup(int shards) {
    return new KvService.Setup(
        shards,
        64L << 20,
        512L << 20,
        4_096,
        false,
        HISTORY,
        Duration.ofSeconds(10),
        InstanceSetup.DEFAULTS);
  }

  private static void join(ActorTestKit kit, @Nullable KvClusterHarness first) {
    var cluster = Cluster.get(kit.system());
    var target = first == null ? cluster : Cluster.get(first.kit.system());
    cluster.manager().tell(Join.create(target.selfMember().address()));
  }

  /**
   * A store in memory.
   *
   * @param first whose cluster is joined; null = a new one
   */
  static KvClusterHarness inMemory(Path dir, int shards, @Nullable KvClusterHarness first)
      throws Exception {
    var kit = ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1));
    join(kit, first);
    Clock clock = Clock.system();
    var locks =
        LockService.inMemory(
            kit.system(),
            lockSetup(),
            clock,
            new LockCapacity(0, 0, true),
            LockMetrics.NONE,
            new TokenSource(
                dir.resolve("tokens-" + kit.system().hashCode()), clock, Runnable::run));
    var service = KvService.inMemory(kit.system(), setup(shards), clock, locks, KvMetrics.NONE);
    return new KvClusterHarness(kit, locks, service, null).ready();
  }

  private static LockService.Setup lockSetup() {
    return new LockService.Setup(1, 10_000, Duration.ofMillis(200), Duration.ofSeconds(5));
  }

  /** A store on an H2 file. */
  static KvClusterHarness embedded(Path dir, int shards, SnapshotPolicy snapshots)
      throws Exception {
    String url = PekkoSettings.Journal.embeddedUrl(dir.toAbsolutePath());
    var database = new JournalDatabase(url, "sa", "", Duration.ofSeconds(3));
    database.migrate(true);
    var journal = new PekkoSettings.Journal(url, "sa", "", 8, 3_000);
    return durable(journal, database, database, shards, snapshots, null, null);
  }

  /**
   * A node of a store on a database that nodes share.
   *
   * @param first whose cluster is joined; null = a new one
   */
  static KvClusterHarness shared(
      PekkoSettings.Journal journal,
      JournalDatabase database,
      int shards,
      JournalNumbers numbers,
      @Nullable KvClusterHarness first)
      throws Exception {
    var lease = new KvService.ReadLease(Duration.ofSeconds(1), numbers);
    return durable(journal, database, null, shards, SnapshotPolicy.after(5_000), lease, first);
  }

  private static KvClusterHarness durable(
      PekkoSettings.Journal journal,
      JournalDatabase database,
      @Nullable JournalDatabase own,
      int shards,
      SnapshotPolicy snapshots,
      KvService.@Nullable ReadLease lease,
      @Nullable KvClusterHarness first)
      throws Exception {
    var kit = ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1, journal));
    join(kit, first);
    Clock clock = Clock.system();
    var locks =
        LockService.durable(
            kit.system(),
            lockSetup(),
            clock,
            new LockCapacity(0, 0, true),
            LockMetrics.NONE,
            new LockService.Durable(JournalMetrics.NONE, database, 20_000));
    var service =
        KvService.durable(
            kit.system(),
            setup(shards),
            clock,
            locks,
            KvMetrics.NONE,
            new KvService.Durable(
                new JournalBoard(JournalMetrics.NONE, database, snapshots), lease));
    return new KvClusterHarness(kit, locks, service, own).ready();
  }

  private KvClusterHarness ready() throws Exception {
    service.ready().toCompletableFuture().get(30, TimeUnit.SECONDS);
    return this;
  }

  static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(15, TimeUnit.SECONDS);
  }

  KvResult run(KvOperation operation) throws Exception {
    return await(store.run(operation, CALLER));
  }

  List<KvResult> runAll(List<KvOperation> operations) throws Exception {
    return await(store.runAll(operations, CALLER));
  }

  String address() {
    var address = Cluster.get(kit.system()).selfMember().address();
    return address.getHost().get() + ":" + address.getPort().get();
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
    if (own != null) {
      own.close();
    }
  }
}
