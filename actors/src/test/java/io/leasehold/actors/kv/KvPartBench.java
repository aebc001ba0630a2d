package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.actors.journal.GroupCommitJournal;
import io.leasehold.actors.journal.JournalSignal;
import io.leasehold.actors.lock.LockMessage;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvCapacity;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;

/**
 * Real shards without a cluster, on journals that keep everything in memory and can be made to lose
 * what a restart loses: the history. Around them the watches and the transfers of one node.
 */
final class KvPartBench implements AutoCloseable {
  static final int SHARDS = 4;
  static final String DATA = "data";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The shard is started again with what its journal holds, which is no history. */
  private record Restart(int shard, ActorRef<Done> replyTo) implements KvMessage {}

  final ActorTestKit kit = ActorTestKit.create();
  final Map<Integer, List<KvChange>> log = new ConcurrentHashMap<>();
  final Map<String, Integer> gaps = new ConcurrentHashMap<>();
  final ActorRef<KvMessage> region;
  final KvWatches watches;
  final KvBackup backup;
  final KvRestore restore;
  private final Map<Integer, KvModel> models = new ConcurrentHashMap<>();
  private final KvImage.HistoryBounds history;
  private final AtomicLong numbers = new AtomicLong();

  private boolean isCut;

  KvPartBench(KvSettings.WatchSettings watch) {
    history = new KvImage.HistoryBounds(watch.historyEvents(), watch.historyBytes());
    var way = new RegionRef<KvMessage>();
    var node = node(way);
    region = kit.spawn(Behaviors.setup(context -> router(context, node, new HashMap<>())));
    way.set(region);
    watches =
        new KvWatches(
            kit.system(),
            SHARDS,
            watch,
            DATA,
            Clock.system(),
            reason -> gaps.merge(reason, 1, Integer::sum),
            this::askUnlessCut);
    AtomicLong random = new AtomicLong(1);
    backup =
        new KvBackup(
            kit.system(), region, SHARDS, PATIENCE, Clock.system(), random::incrementAndGet);
    restore =
        new KvRestore(kit.system(), region, SHARDS, PATIENCE, () -> random.addAndGet(1L << 20));
  }

  /** From now on the questions of the watches get lost on their way, or not; none is between. */
  synchronized void cut(boolean cut) {
    isCut = cut;
  }

  private synchronized void askUnlessCut(KvMessage ask) {
    if (!isCut) {
      region.tell(ask);
    }
  }

  static KvSettings.WatchSettings roomy() {
    return new KvSettings.WatchSettings(100, 4_096, 1L << 20, 1_000, 4L << 20);
  }

  private KvNode node(RegionRef<KvMessage> way) {
    ActorRef<LockMessage> locks = kit.createTestProbe(LockMessage.class).getRef();
    return new KvNode(
        Clock.system(),
        "127.0.0.1:1",
        SHARDS,
        new KvGroup.Rules(64L << 20, new KvMarks.Rules(16, false, lock -> 0)),
        new KvCapacity(1L << 30),
        KvMetrics.NONE,
        (owner, shard) -> new Kept(shard),
        new ShardBoard(),
        new ShardRouter(way, SHARDS, Clock.system()),
        new ShardViews(SHARDS, 0, Clock.system()),
        new KvCalls(
            Clock.system(), new ShardRouter(way, SHARDS, Clock.system()), KvMetrics.NONE, 1 << 20),
        locks,
        null,
        UUID::randomUUID,
        InstanceSetup.DEFAULTS,
        List.of(KvHistoryReaders::new, ShardFreezer::new, ShardRestorer::new));
  }

  private Behavior<KvMessage> router(
      ActorContext<KvMessage> context, KvNode node, Map<Integer, ActorRef<KvMessage>> shards) {
    return Behaviors.receiveMessage(
        message -> {
          int shard = message.shard();
          if (message instanceof Restart restart) {
            context.stop(shards.remove(shard));
            KvModel reread = new KvModel(history);
            reread.load(models.get(shard).image());
            models.put(shard, reread);
            restart.replyTo.tell(Done.getInstance());
            return Behaviors.same();
          }
          shards
              .computeIfAbsent(
                  shard, number -> context.spawnAnonymous(KvShard.create(node, number)))
              .tell(message);
          return Behaviors.same();
        });
  }

  void restart(int shard) {
    TestProbe<Done> probe = kit.createTestProbe();
    region.tell(new Restart(shard, probe.getRef()));
    probe.expectMessage(Done.getInstance());
  }

  static KvOperation put(String key, String value) {
    return put(key, Bytes.utf8(value), Ttl.NONE);
  }

  static KvOperation put(String key, Bytes value, Ttl ttl) {
    return new KvOperation.Put(Bytes.utf8(key), value, Map.of(), ttl, Precondition.NONE, null);
  }

  static KvOperation delete(String key) {
    return new KvOperation.Delete(Bytes.utf8(key), Precondition.NONE, null);
  }

  static int shardOf(String key) {
    return KvKeys.shardOf(Bytes.utf8(key), SHARDS);
  }

  /** Runs them all at once and waits for their results. */
  List<KvResult> run(List<KvOperation> operations) {
    TestProbe<KvAnswer> probe = kit.createTestProbe(KvAnswer.class);
    var numbered = new HashMap<Long, Integer>();
    for (int i = 0; i < operations.size(); i++) {
      long number = numbers.incrementAndGet();
      numbered.put(number, i);
      region.tell(
          new KvShard.Run(
              KvKeys.shardOf(operations.get(i).key(), SHARDS),
              "test",
              false,
              List.of(new KvShard.Request(number, operations.get(i))),
              probe.getRef()));
    }
    var results = new ArrayList<KvResult>(Collections.nCopies(operations.size(), null));
    for (int left = operations.size(); left > 0; ) {
      var answer = (KvAnswer.Results) probe.receiveMessage(PATIENCE);
      for (KvAnswer.Result each : answer.results()) {
        results.set(numbered.get(each.number()), each.result());
        left--;
      }
    }
    return results;
  }

  KvResult run(KvOperation operation) {
    return run(List.of(operation)).get(0);
  }

  /** Live entries of the whole store, by key. */
  Map<Bytes, KvEntry> entries() {
    var all = new TreeMap<Bytes, KvEntry>();
    models.values().forEach(model -> all.putAll(model.kv().entries()));
    return all;
  }

  KvImage image(int shard) {
    return models.get(shard).kv();
  }

  /** Everybody who reads a watch. */
  Reader read(KvStore.Watch watch) {
    return new Reader(
        watch
            .events()
            .mapConcat(together -> together)
            .runWith(
                Sink.<KvStore.WatchEvent>queue().withAttributes(Attributes.inputBuffer(1, 1)),
                kit.system()));
  }

  /** Takes events one by one. */
  static final class Reader {
    final SinkQueueWithCancel<KvStore.WatchEvent> queue;

    Reader(SinkQueueWithCancel<KvStore.WatchEvent> queue) {
      this.queue = queue;
    }

    /** The next event; null at the end. */
    KvStore.WatchEvent next() {
      try {
        return queue.pull().toCompletableFuture().get(15, TimeUnit.SECONDS).orElse(null);
      } catch (Exception e) {
        throw new AssertionError("no event", e);
      }
    }

    void cancel() {
      queue.cancel();
    }
  }

  /** Commits at once, and survives the actor that writes. */
  private final class Kept implements ShardJournal {
    private final int shard;
    private long groups;

    Kept(int shard) {
      this.shard = shard;
      models.computeIfAbsent(shard, none -> new KvModel(history));
    }

    @Override
    public boolean onSignal(JournalSignal<KvChange> signal) {
      throw new IllegalStateException("there is no writer");
    }

    @Override
    public KvModel state() {
      return models.get(shard);
    }

    @Override
    public String trouble() {
      return null;
    }

    @Override
    public void append(List<KvChange> changes, GroupCommitJournal.Listener listener) {
      changes.forEach(state()::apply);
      log.computeIfAbsent(shard, none -> new CopyOnWriteArrayList<>()).addAll(changes);
      listener.committed(++groups);
    }

    @Override
    public long sequenceNumber() {
      return groups;
    }

    @Override
    public long commitStartedNanos() {
      return 0;
    }

    @Override
    public long snapshotBytes() {
      return 0;
    }

    @Override
    public long eventBytes() {
      return 0;
    }

    @Override
    public JournalView view() {
      return new JournalView("kv-" + shard, true, 0, 0, 0, 0, 0, null, groups, 0);
    }

    @Override
    public void close(String reason) {}
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }
}
