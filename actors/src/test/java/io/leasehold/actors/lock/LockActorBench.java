package io.leasehold.actors.lock;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockChange;
import io.leasehold.domain.lock.LockOperation;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;

/**
 * The actor of one key, with everything around it in the hands of a test: the clock, the timers of
 * Pekko apart from it, and the journal, which commits when the test says so.
 */
final class LockActorBench implements AutoCloseable {
  static final String KEY = "job";

  /** Close to where the monotonic clock wraps, so that every test crosses it. */
  private static final long START_NANOS = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

  final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  final ManualTime timers = ManualTime.get(kit.system());
  final HandClock clock = new HandClock(START_NANOS);
  final TestProbe<LockMessage> partition = kit.createTestProbe(LockMessage.class);
  final TestProbe<LockReplies> client = kit.createTestProbe(LockReplies.class);
  final LockNode node =
      new LockNode(
          clock,
          new Partitions(1),
          new LockCapacity(0, 0, true),
          new LockDirectory(),
          LockMetrics.NONE,
          0,
          Duration.ofHours(1).toNanos(),
          null,
          new RegionRef<>(),
          new LockNode.Self("127.0.0.1:1"));
  final ActorRef<LockMessage> actor;
  private long nextNumber = 1;
  private long sequence;

  /** Starts the actor of a key of which the journal holds nothing. */
  LockActorBench() {
    node.region().set(partition.getRef());
    var shard = kit.createTestProbe(ClusterSharding.ShardCommand.class);
    actor = kit.spawn(LockActor.create(KEY, shard.getRef(), node));
    answerLoad(null);
  }

  /** The actor asks the journal what it holds; null is nothing. */
  void answerLoad(PartitionImage.StoredKey stored) {
    partition.expectMessageClass(LockPartition.Load.class);
    var found = stored == null ? new PartitionImage().of(KEY) : stored;
    actor.tell(new LockActor.Loaded(KEY, found, partition.getRef(), 1));
  }

  /** The journal has been read again, and this partition has more than the actor knew. */
  void restore(PartitionImage.StoredKey stored, long generation) {
    actor.tell(new LockActor.Restore(KEY, stored, partition.getRef(), generation));
    partition.expectMessageClass(LockPartition.Restored.class);
  }

  long send(LockOperation operation) {
    actor.tell(
        new LockActor.Deliver(
            KEY, List.of(new LockActor.Request(sequence, operation)), client.getRef()));
    return sequence++;
  }

  /** The changes the actor wants committed next. */
  List<LockChange> appended() {
    List<LockChange> changes = partition.expectMessageClass(LockPartition.Append.class).changes();
    changes.forEach(change -> change.assignNumber(nextNumber++));
    return changes;
  }

  void commit(List<LockChange> changes) {
    actor.tell(new LockActor.Committed(KEY, changes.get(0).number(), changes.size()));
  }

  /** Waits for changes, commits them, and returns them. */
  List<LockChange> commitNext() {
    List<LockChange> changes = appended();
    commit(changes);
    return changes;
  }

  LockAnswer answerTo(long number) {
    LockReplies replies = client.receiveMessage();
    if (replies.size() != 1 || replies.sequence(0) != number) {
      throw new AssertionError("one answer to " + number + " expected, got " + replies);
    }
    return replies.answer(0);
  }

  /** Of an operation that changes nothing. */
  LockAnswer ask(LockOperation operation) {
    return answerTo(send(operation));
  }

  /** Of an operation whose changes are committed as they come. */
  LockAnswer askAndCommit(LockOperation operation) {
    long number = send(operation);
    commitNext();
    return answerTo(number);
  }

  /**
   * Whether a live lease exists. Answered after everything that came to the actor before: by then
   * it has also asked for the commits that follow from that.
   */
  boolean exists() {
    return ask(LockOperation.Exists.INSTANCE) instanceof LockAnswer.Exists;
  }

  /** Fails if the actor has asked for any commit that was not looked at. */
  void expectNothingAppended() {
    exists();
    var last = new LockActor.WakeUp("a mark");
    partition.getRef().tell(last);
    partition.expectMessage(last);
  }

  @Override
  public void close() {
    kit.shutdownTestKit();
  }
}
