package io.leasehold.actors.lock;

import com.typesafe.config.ConfigFactory;
import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.actors.journal.JournalMetrics;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Mode;
import io.leasehold.domain.time.Clock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;

/** A lock service of one node in this JVM, on a real H2 file or without a journal. */
final class LockServiceHarness implements AutoCloseable {
  static final String OWNER = "w7";

  final ActorTestKit kit;
  final LockService service;
  final TestProbe<LockReplies> client;
  final JournalDatabase database;
  private long sequence;

  private LockServiceHarness(ActorTestKit kit, LockService service, JournalDatabase database) {
    this.kit = kit;
    this.service = service;
    this.database = database;
    this.client = kit.createTestProbe(LockReplies.class);
  }

  static LockServiceHarness durable(Path dataDir, int partitions, long snapshotChanges)
      throws Exception {
    return durable(dataDir, partitions, snapshotChanges, Clock.system());
  }

  static LockServiceHarness durable(Path dataDir, int partitions, long snapshotChanges, Clock clock)
      throws Exception {
    return durable(dataDir, partitions, snapshotChanges, clock, JournalMetrics.NONE);
  }

  static LockServiceHarness durable(
      Path dataDir, int partitions, long snapshotChanges, Clock clock, JournalMetrics metrics)
      throws Exception {
    return durable(embedded(dataDir), setup(partitions), snapshotChanges, clock, metrics, "");
  }

  /** The same, and what the database does not do within a second has failed. */
  static LockServiceHarness impatient(Path dataDir, int partitions, JournalMetrics metrics)
      throws Exception {
    String more = "jdbc-journal.circuit-breaker.call-timeout = 1s";
    return durable(embedded(dataDir), setup(partitions), 20_000, Clock.system(), metrics, more);
  }

  private static PekkoSettings.Journal embedded(Path dataDir) {
    String url = PekkoSettings.Journal.embeddedUrl(dataDir.toAbsolutePath());
    return new PekkoSettings.Journal(url, "sa", "", 8, 3_000);
  }

  /** On a PostgreSQL; keys that are free stay in memory. */
  static LockServiceHarness durable(PekkoSettings.Journal journal) throws Exception {
    var setup = new LockService.Setup(1, 10_000, Duration.ofHours(1), Duration.ofSeconds(5));
    return durable(journal, setup, 20_000, Clock.system(), JournalMetrics.NONE, "");
  }

  private static LockServiceHarness durable(
      PekkoSettings.Journal journal,
      LockService.Setup setup,
      long snapshotChanges,
      Clock clock,
      JournalMetrics metrics,
      String more)
      throws Exception {
    int partitions = setup.partitions();
    var database =
        new JournalDatabase(
            journal.url(), journal.user(), journal.password(), Duration.ofSeconds(3));
    database.migrate(true);
    database.claim(Map.of("partitions", Integer.toString(partitions)));
    var kit =
        ActorTestKit.create(
            "leasehold",
            ConfigFactory.parseString(more)
                .withFallback(PekkoSettings.of("127.0.0.1", 0, partitions, journal)));
    join(kit);
    var service =
        LockService.durable(
            kit.system(),
            setup,
            clock,
            new LockCapacity(0, 0, true),
            LockMetrics.NONE,
            new LockService.Durable(metrics, database, snapshotChanges));
    return ready(new LockServiceHarness(kit, service, database));
  }

  static LockServiceHarness inMemory(Path dataDir, Clock clock, Duration linger) throws Exception {
    var kit = ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 4));
    join(kit);
    var service =
        LockService.inMemory(
            kit.system(),
            new LockService.Setup(4, 10_000, linger, Duration.ofSeconds(5)),
            clock,
            new LockCapacity(0, 0, true),
            LockMetrics.NONE,
            new TokenSource(dataDir.resolve("tokens"), clock, Runnable::run));
    return ready(new LockServiceHarness(kit, service, null));
  }

  private static LockServiceHarness ready(LockServiceHarness harness) throws Exception {
    harness.service.ready().toCompletableFuture().get(20, TimeUnit.SECONDS);
    return harness;
  }

  private static LockService.Setup setup(int partitions) {
    return new LockService.Setup(partitions, 10_000, Duration.ofMillis(200), Duration.ofSeconds(5));
  }

  private static void join(ActorTestKit kit) {
    var cluster = Cluster.get(kit.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
  }

  static LockOperation.Acquire acquire(String owner, Duration ttl) {
    return acquire(owner, ttl, Duration.ZERO);
  }

  static LockOperation.Acquire acquire(String owner, Duration ttl, Duration wait) {
    return new LockOperation.Acquire(
        owner, ttl.toMillis(), wait.toMillis(), 1, 1, Mode.EXCLUSIVE, false, null, null);
  }

  static LockOperation.Release release(String owner) {
    return new LockOperation.Release(owner, 0, null);
  }

  /** Sends without waiting for an answer; returns the number of the first request. */
  long send(String key, LockOperation... operations) {
    long first = sequence;
    List<LockActor.Request> requests =
        IntStream.range(0, operations.length)
            .mapToObj(i -> new LockActor.Request(first + i, operations[i]))
            .toList();
    sequence += operations.length;
    service.region().tell(new LockActor.Deliver(key, requests, client.getRef()));
    return first;
  }

  /** Sends one request and returns its answer; no other request is open. */
  LockAnswer ask(String key, LockOperation operation) {
    long number = send(key, operation);
    LockReplies replies = client.receiveMessage(Duration.ofSeconds(10));
    if (replies.size() != 1 || replies.sequence(0) != number) {
      throw new AssertionError("one answer to " + number + " expected, got " + replies);
    }
    return replies.answer(0);
  }

  List<LockAnswer> askAll(String key, LockOperation... operations) {
    long first = send(key, operations);
    var answers = new LockAnswer[operations.length];
    int left = operations.length;
    while (left > 0) {
      LockReplies replies = client.receiveMessage(Duration.ofSeconds(10));
      for (int i = 0; i < replies.size(); i++) {
        answers[(int) (replies.sequence(i) - first)] = replies.answer(i);
        left--;
      }
    }
    return Arrays.asList(answers);
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
    if (database != null) {
      database.close();
    }
  }
}
