package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.actors.lock.HandClock;
import io.leasehold.actors.lock.LockActor;
import io.leasehold.actors.lock.LockMessage;
import io.leasehold.actors.lock.LockReplies;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvCapacity;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvListing;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.domain.lock.LockAnswer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The actor of one shard, with everything around it in the hands of a test: the clock, the timers
 * of Pekko apart from it, the locks, the prover, and the journal, which commits when the test says
 * so.
 */
final class KvShardBench implements AutoCloseable {
  static final Duration LEASE = Duration.ofSeconds(1);
  static final UUID ID = new UUID(1, 2);
  static final String NAME = "10.0.0.1:25520/" + ID;

  /** Close to where the monotonic clock wraps, so that every test crosses it. */
  private static final long START_NANOS = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

  final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  final ManualTime timers = ManualTime.get(kit.system());
  final HandClock clock = new HandClock(START_NANOS);
  final TestProbe<KvAnswer> client = kit.createTestProbe(KvAnswer.class);
  final TestProbe<LockMessage> locks = kit.createTestProbe(LockMessage.class);
  final TestProbe<OwnerProver.Message> prover = kit.createTestProbe(OwnerProver.Message.class);
  final KvCapacity capacity = new KvCapacity(1L << 30);
  final HandJournal journal = new HandJournal(clock);
  final ActorRef<KvMessage> shard;

  /** What was answered to this node without its actor. */
  final BlockingQueue<KvAnswer> answeredHere = new LinkedBlockingQueue<>();

  private final KvNode node;
  private final ActorRef<KvAnswer> own = kit.createTestProbe(KvAnswer.class).getRef();
  private final AnswerDesk desk =
      new AnswerDesk() {
        @Override
        public ActorRef<KvAnswer> ref() {
          return own;
        }

        @Override
        public void answered(KvAnswer answer) {
          answeredHere.add(answer);
        }
      };
  private final ArrayDeque<KvAnswer.Result> results = new ArrayDeque<>();
  private long lastNumber;

  private KvShardBench(boolean shared, boolean verify, List<ShardPart.Factory> parts) {
    node =
        new KvNode(
            clock,
            "10.0.0.1:25520",
            1,
            new KvGroup.Rules(64L << 20, new KvMarks.Rules(16, verify, lock -> 0)),
            capacity,
            KvMetrics.NONE,
            (owner, number) -> journal,
            new ShardBoard(),
            new ShardRouter(new RegionRef<>(), 1, clock),
            new ShardViews(1, shared ? LEASE.toNanos() : 0, clock),
            desk,
            locks.getRef(),
            shared ? new KvNode.Lease(LEASE.toNanos(), prover.getRef()) : null,
            () -> ID,
            InstanceSetup.DEFAULTS,
            parts);
    shard = kit.spawn(KvShard.create(node, 0));
  }

  /** A shard that nobody else can own, with its journal being read. */
  static KvShardBench unread() {
    return new KvShardBench(false, false, List.of());
  }

  /** A shard that nobody else can own, and that is empty. */
  static KvShardBench alone(ShardPart.Factory... parts) {
    return new KvShardBench(false, false, Arrays.asList(parts))
        .read(new KvModel(HandJournal.HISTORY));
  }

  /** The same; a token is believed only if its lock says so. */
  static KvShardBench verifying() {
    return new KvShardBench(false, true, List.of()).read(new KvModel(HandJournal.HISTORY));
  }

  /**
   * A shard that other nodes may own.
   *
   * @param before who has it according to the journal, empty = nobody
   */
  static KvShardBench shared(String before, KvOperation... stored) {
    var bench = new KvShardBench(true, false, List.of());
    KvModel model = bench.modelOf(stored);
    model.apply(new KvChange.TakenOver(before));
    return bench.read(model);
  }

  /** A shard that nobody else can own, after these operations. */
  static KvShardBench holding(KvOperation... stored) {
    var bench = new KvShardBench(false, false, List.of());
    return bench.read(bench.modelOf(stored));
  }

  private KvModel modelOf(KvOperation... stored) {
    var model = new KvModel(HandJournal.HISTORY);
    for (KvOperation each : stored) {
      var group = groupOn(model);
      group.run(each, KvMarks.Proof.NOT_ASKED);
      group.changes().forEach(model::apply);
    }
    return model;
  }

  private KvGroup groupOn(KvModel model) {
    return new KvGroup(
        model.kv(),
        new KvTime.Source(clock).now(),
        new KvGroup.Rules(64L << 20, new KvMarks.Rules(16, false, lock -> 0)),
        new KvCapacity(1L << 30));
  }

  /** The journal has been read. */
  KvShardBench read(KvModel model) {
    signal(HandJournal.read(model));
    return this;
  }

  void signal(HandJournal.Signal signal) {
    shard.tell(new KvShard.WriterSaid(0, signal));
  }

  static Bytes key(String text) {
    return Bytes.utf8(text);
  }

  static KvOperation put(String key, String value) {
    return put(key, value, Ttl.NONE, null);
  }

  static KvOperation put(String key, String value, Ttl ttl, Fence fence) {
    return new KvOperation.Put(
        key(key), Bytes.utf8(value), Map.of(), ttl, Precondition.NONE, fence);
  }

  static KvOperation get(String key) {
    return new KvOperation.Get(key(key), Precondition.NONE, null);
  }

  static KvOperation delete(String key) {
    return new KvOperation.Delete(key(key), Precondition.NONE, null);
  }

  /** Sends operations in one message; returns the number of the first. */
  long send(KvOperation... operations) {
    return send(false, operations);
  }

  long send(boolean stale, KvOperation... operations) {
    long first = lastNumber + 1;
    List<KvShard.Request> requests =
        Arrays.stream(operations)
            .map(operation -> new KvShard.Request(++lastNumber, operation))
            .toList();
    shard.tell(new KvShard.Run(0, "cor_1", stale, requests, client.getRef()));
    return first;
  }

  /** The same as an operation of this node; its answer goes to its desk. */
  void sendFromHere(KvOperation operation) {
    var request = new KvShard.Request(++lastNumber, operation);
    shard.tell(new KvShard.Run(0, "cor_1", false, List.of(request), own));
  }

  /** What a thread that is not the shard's sees of a key; null = it has to ask. */
  KvResult seen(boolean stale, String key) {
    return node.views().get(0, (KvOperation.Get) get(key), stale);
  }

  /** The next result, which is that of this request. */
  KvResult resultOf(long number) {
    while (results.isEmpty()) {
      results.addAll(client.expectMessageClass(KvAnswer.Results.class).results());
    }
    KvAnswer.Result next = results.remove();
    if (next.number() != number) {
      throw new AssertionError("result of " + number + " expected, got " + next);
    }
    return next.result();
  }

  /** Of an operation that is answered at once. */
  KvResult ask(KvOperation operation) {
    return resultOf(send(operation));
  }

  /** Of an operation whose changes are committed as they come. */
  KvResult askAndCommit(KvOperation operation) throws InterruptedException {
    long number = send(operation);
    commitNext();
    return resultOf(number);
  }

  String valueOf(KvResult result) {
    return ((KvResult.Found) result).entry().value().text();
  }

  /** What the shard wants committed next. */
  List<KvChange> appended() throws InterruptedException {
    List<KvChange> changes = journal.appended.poll(3, TimeUnit.SECONDS);
    if (changes == null) {
      throw new AssertionError("nothing to be committed");
    }
    return changes;
  }

  List<KvChange> commitNext() throws InterruptedException {
    List<KvChange> changes = appended();
    signal(HandJournal.commit());
    return changes;
  }

  /** Waits until everything that came before has been handled. */
  KvStore.ShardStats stats() {
    shard.tell(new KvShard.Ask(0, -1, true, new KvShard.Measure(), client.getRef()));
    while (true) {
      KvAnswer answer = client.receiveMessage();
      if (answer instanceof KvAnswer.Results more) {
        results.addAll(more.results());
      } else if (((KvAnswer.Report) answer).content() instanceof KvAnswer.Measured measured) {
        return measured.stats();
      } else {
        throw new AssertionError("figures expected, got " + answer);
      }
    }
  }

  /** Fails if anything was answered or is to be committed that was not looked at. */
  void expectNothing() {
    stats();
    if (!results.isEmpty() || !journal.appended.isEmpty()) {
      throw new AssertionError("results " + results + ", to be committed " + journal.appended);
    }
  }

  KvAnswer.Content report(KvShard.Question question, boolean stale) {
    shard.tell(new KvShard.Ask(0, ++lastNumber, stale, question, client.getRef()));
    return client.expectMessageClass(KvAnswer.Report.class).content();
  }

  static KvShard.Page page(String prefix) {
    return new KvShard.Page(new KvListing.Query(key(prefix), null, 100, 1 << 20, false));
  }

  /** Time passes for the clock and for timers. */
  void pass(Duration time) {
    clock.advance(time);
    timers.timePasses(time);
  }

  /** The lock is asked about a token. */
  LockActor.Deliver asked() {
    return locks.expectMessageClass(LockActor.Deliver.class);
  }

  void lockSays(LockActor.Deliver question, LockAnswer answer) {
    question.replyTo().tell(LockReplies.of(question.requests().get(0).sequence(), answer));
  }

  /** The database says how far the journal goes. */
  void proof(long startedNanos, long highest) {
    shard.tell(new KvShard.Proof(0, startedNanos, highest, null));
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }
}
