package io.leasehold.actors.lock;

import io.leasehold.actors.cluster.PartitionBoard;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockMonitor;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Looks after the lock service of a node: keeps every partition running, so that the timers of all
 * live leases run too; sweeps for what a lost timer would leave behind; starts listings.
 */
final class LockKeeper extends AbstractBehavior<LockKeeper.Message> {
  sealed interface Message extends NoSerializationVerificationNeeded {}

  /**
   * Draw a page and complete {@code result} with it.
   *
   * @param ofCluster or of this node only
   */
  record List(LockLister.Query query, boolean ofCluster, CompletableFuture<LockMonitor.Page> result)
      implements Message {}

  /** This node is a member: there is somebody to ask. */
  enum Joined implements Message {
    INSTANCE
  }

  /** The node of this address is no member any more. */
  record NodeLeft(Address address) implements Message {}

  /** A message that a region or shard would not take. */
  record Undelivered(Object message) implements Message {}

  private record PartitionSaid(LockPartition.Status status) implements Message {}

  private enum Tick implements Message {
    WATCH,
    SWEEP
  }

  private static final Duration WATCH_EVERY = Duration.ofMillis(500);
  private static final Duration WATCH_AT_START = Duration.ofMillis(50);

  /** A lease this far past its deadline has lost its timer. */
  private static final long OVERDUE_NANOS = 1_000_000_000L;

  /** Keys woken by one sweep; the next goes on. */
  private static final int MAX_REPAIRS = 10_000;

  private final LockNode node;
  private final Upkeep upkeep;
  private final PartitionBoard board;
  private final CompletableFuture<Done> ready;
  private final TimerScheduler<Message> timers;
  private final ActorRef<LockPartition.Status> statusTo;
  private final BitSet readyPartitions = new BitSet();

  private LockKeeper(
      ActorContext<Message> context,
      TimerScheduler<Message> timers,
      LockNode node,
      Upkeep upkeep,
      PartitionBoard board,
      CompletableFuture<Done> ready) {
    super(context);
    this.board = board;
    this.node = node;
    this.upkeep = upkeep;
    this.ready = ready;
    this.timers = timers;
    this.statusTo = context.messageAdapter(LockPartition.Status.class, PartitionSaid::new);
  }

  /**
   * Starts the keeper.
   *
   * @param sweepEvery the safety sweep; no expiry depends on it
   * @param ready completed when every partition has its leases back for the first time
   */
  static Behavior<Message> create(
      LockNode node,
      Upkeep upkeep,
      PartitionBoard board,
      Duration sweepEvery,
      CompletableFuture<Done> ready) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Tick.SWEEP, sweepEvery);
                  return new LockKeeper(context, timers, node, upkeep, board, ready);
                }));
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessageEquals(Joined.INSTANCE, this::onJoined)
        .onMessageEquals(Tick.WATCH, this::onWatch)
        .onMessageEquals(Tick.SWEEP, this::onSweep)
        .onMessage(PartitionSaid.class, this::onPartitionSaid)
        .onMessage(List.class, this::onList)
        .onMessage(NodeLeft.class, this::onNodeLeft)
        .onMessage(Undelivered.class, this::onUndelivered)
        .build();
  }

  /** Not before: a node that is no member has nobody to ask, and its questions would pile up. */
  private Behavior<Message> onJoined() {
    timers.startTimerWithFixedDelay(Tick.WATCH, WATCH_AT_START);
    return this;
  }

  private Behavior<Message> onWatch() {
    for (int i = 0; i < node.partitions().count(); i++) {
      node.region().tell(new LockPartition.Watch(i, statusTo));
    }
    return this;
  }

  private Behavior<Message> onPartitionSaid(PartitionSaid said) {
    var status = said.status();
    board.seen(status.partition(), status.node(), status.ready());
    readyPartitions.set(status.partition(), status.ready());
    if (!ready.isDone() && readyPartitions.cardinality() == node.partitions().count()) {
      ready.complete(Done.getInstance());
      timers.startTimerWithFixedDelay(Tick.WATCH, WATCH_EVERY);
    }
    return this;
  }

  private Behavior<Message> onSweep() {
    long now = node.clock().nanos();
    int overdue = 0;
    for (var each : node.directory().from("", true).entrySet()) {
      if (each.getValue().isOverdue(now, OVERDUE_NANOS)) {
        if (overdue++ < MAX_REPAIRS) {
          node.region().tell(new LockActor.WakeUp(each.getKey()));
        }
      }
    }
    upkeep.swept(now, overdue);
    return this;
  }

  private Behavior<Message> onList(List list) {
    getContext()
        .spawnAnonymous(
            list.ofCluster()
                ? LockGatherer.ofCluster(node, list.query(), list.result())
                : LockGatherer.ofNode(node, list.query(), list.result()));
    return this;
  }

  /** A region drops what reaches it while it hands a partition over: whoever asked, asks again. */
  private Behavior<Message> onUndelivered(Undelivered undelivered) {
    if (undelivered.message instanceof LockActor.Deliver deliver) {
      var replies = new LockReplies(node.self().lockAddress());
      for (LockActor.Request request : deliver.requests()) {
        replies.add(request.sequence(), LockAnswer.Moved.INSTANCE);
      }
      deliver.replyTo().tell(replies);
    }
    return this;
  }

  /** Nobody answers the connections of a node that is gone: their waits leave the queues. */
  private Behavior<Message> onNodeLeft(NodeLeft left) {
    for (var each : node.directory().from("", true).entrySet()) {
      if (each.getValue().waiters() > 0) {
        node.region().tell(new LockActor.NodeGone(each.getKey(), left.address()));
      }
    }
    return this;
  }
}
