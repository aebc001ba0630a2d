package io.leasehold.actors.lock;

import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.LockState;
import io.leasehold.domain.lock.Now;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ExtensibleBehavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one lock key: has the rules decide, has their changes committed, answers, expires.
 *
 * <p>One instance per key in the cluster. It starts with the first message for its key, reads what
 * the journal of its partition holds, and leaves memory when the key has been free for a while. A
 * move to another node loses the queue of waiters and nothing else.
 *
 * <p>An {@link ExtensibleBehavior} and not a table of handlers, because there may be 100,000 of
 * them: a table costs each some 700 bytes.
 */
public final class LockActor extends ExtensibleBehavior<LockMessage> {

  /** What the actor of a key is asked. */
  public sealed interface Command extends LockMessage {
    String key();

    @Override
    default String entityId() {
      return key();
    }
  }

  /** One request of a connection. */
  public record Request(long sequence, LockOperation operation) {}

  /** Requests of one connection on this key, in the order sent. Each is answered once. */
  public record Deliver(String key, List<Request> requests, ActorRef<LockReplies> replyTo)
      implements Command {}

  /**
   * Takes the wait of request {@code target} of the same connection out of the queue.
   *
   * @param sequence of the request that asks for it, or {@link #INPUT_ENDED}, or {@link #GONE}
   */
  public record Cancel(String key, long target, long sequence, ActorRef<LockReplies> replyTo)
      implements Command {
    /** The connection still reads answers, and is told of the end of its wait only. */
    public static final long INPUT_ENDED = -2;

    /** The connection is no more: a grant that is on its way to it is given back. */
    public static final long GONE = -1;
  }

  /** What the journal holds of a key: sent after a restart, and when others have written to it. */
  record Restore(
      String key, PartitionImage.StoredKey stored, ActorRef<LockMessage> partition, long generation)
      implements Command, NoSerializationVerificationNeeded {}

  /** The answer to {@link LockPartition.Load}. */
  record Loaded(
      String key, PartitionImage.StoredKey stored, ActorRef<LockMessage> partition, long generation)
      implements Command, NoSerializationVerificationNeeded {}

  /** The other answer to {@link LockPartition.Load}: the journal cannot be asked now. */
  record NotLoaded(String key, Trouble.Cause cause)
      implements Command, NoSerializationVerificationNeeded {}

  record Committed(String key, long firstNumber, int count)
      implements Command, NoSerializationVerificationNeeded {}

  record CommitFailed(String key, int count, Trouble.Cause cause, boolean outcomeUnknown)
      implements Command, NoSerializationVerificationNeeded {}

  /** The node of this address is no member any more: nobody answers its connections. */
  record NodeGone(String key, Address address)
      implements Command, NoSerializationVerificationNeeded {}

  /** A hint that something may be due: timers fire early and late. Also sent by the sweep. */
  record WakeUp(String key) implements Command, NoSerializationVerificationNeeded {}

  private static final long STOP_PATIENCE_NANOS = 1_000_000_000L;
  private static final long RELOAD_AFTER_NANOS = 250_000_000L;

  private final ActorContext<LockMessage> context;
  private final ActorRef<ClusterSharding.ShardCommand> shard;
  private final LockNode node;
  private final String key;
  private final int partition;
  private final LockDirectory.Entry entry;
  private final WakeUp wakeUp;

  private LockState<Requester> state;
  private final LockOutbox out;

  private boolean loaded;
  private @Nullable EarlyMessages early;
  private @Nullable ActorRef<LockMessage> journal;
  private long generation;
  private int uncommitted;
  private int unknown;
  private Trouble trouble = Trouble.UNREAD;

  private final WakeTimer timer;
  private long lastUsedNanos;
  private final CleanUpTime cleanUp = new CleanUpTime();
  private boolean passivating;
  private boolean stopping;
  private long stopByNanos;

  private LockActor(
      ActorContext<LockMessage> context,
      ActorRef<ClusterSharding.ShardCommand> shard,
      LockNode node,
      String key) {
    this.context = context;
    this.shard = shard;
    this.node = node;
    this.key = key;
    this.partition = node.partitions().of(key);
    this.wakeUp = new WakeUp(key);
    this.timer = new WakeTimer(context, wakeUp);
    this.out = new LockOutbox(node.metrics(), node.self());
    this.entry = node.directory().enter(key);
    var adopted = node.directory().adopt(key);
    int keyLength = key.getBytes(StandardCharsets.UTF_8).length;
    this.state =
        adopted != null
            ? adopted.state()
            : new LockState<>(key, keyLength, partition, node.capacity(), node.maxWaiters());
    if (adopted != null) {
      journal = adopted.journal();
      generation = adopted.generation();
    }
    loaded = node.tokens() != null || journal != null;
    if (!loaded) {
      early = new EarlyMessages();
      load();
    }
    lastUsedNanos = node.clock().nanos();
  }

  static Behavior<LockMessage> create(
      String key, ActorRef<ClusterSharding.ShardCommand> shard, LockNode node) {
    return Behaviors.setup(context -> new LockActor(context, shard, node, key));
  }

  @Override
  public Behavior<LockMessage> receive(
      TypedActorContext<LockMessage> ignored, LockMessage message) {
    if (message instanceof Deliver deliver) {
      onDeliver(deliver);
    } else if (message instanceof Committed committed) {
      onCommitted(committed);
    } else if (message instanceof WakeUp) {
      onWakeUp();
    } else if (message instanceof Cancel cancel) {
      onCancel(cancel);
    } else if (message instanceof Loaded found) {
      onLoaded(found.stored(), found.partition(), found.generation());
    } else if (message instanceof Restore restore) {
      onLoaded(restore.stored(), restore.partition(), restore.generation());
      restore.partition().tell(new LockPartition.Restored(partition, key));
    } else if (message instanceof CommitFailed failed) {
      onCommitFailed(failed);
    } else if (message instanceof NotLoaded notLoaded) {
      onNotLoaded(notLoaded.cause());
    } else if (message instanceof NodeGone gone) {
      onNodeGone(gone.address());
    } else if (message instanceof StopEntity) {
      beginStop();
    } else {
      return Behaviors.unhandled();
    }
    boolean over = uncommitted == 0 || node.clock().nanos() - stopByNanos >= 0;
    return stopping && over ? stop() : this;
  }

  private void beginStop() {
    stopping = true;
    long now = node.clock().nanos();
    stopByNanos = now + STOP_PATIENCE_NANOS;
    timer.wakeBy(stopByNanos, now); // an answer may never come: the journal may have stopped
    if (!passivating) { // the key moves to another node: whoever asks, asks there
      state.sendWaitersAway(out);
      if (early != null) {
        early.replay(out::sendAway, cancel -> {});
        early = null;
      }
      out.sendReplies();
    }
  }

  @Override
  public Behavior<LockMessage> receiveSignal(
      TypedActorContext<LockMessage> ignored, Signal signal) {
    if (signal instanceof PostStop) {
      node.directory().leave(key, entry, state);
      timer.cancel();
      if (journal != null && (uncommitted > 0 || !loaded)) {
        // if an exception ended this actor, the next one must not read past what is under way
        journal.tell(
            new LockPartition.Abandoned(partition, key, uncommitted > 0, context.getSelf()));
      }
    }
    return this;
  }

  private void onDeliver(Deliver deliver) {
    if (stopping && !passivating) {
      out.sendAway(deliver);
      out.sendReplies();
      return;
    }
    if (!loaded) {
      beforeLoaded(deliver);
      return;
    }
    Now now = Now.of(node.clock());
    for (Request request : deliver.requests()) {
      var requester = new Requester(deliver.replyTo(), request.sequence());
      request.operation().decide(state, requester, now, out);
    }
    lastUsedNanos = now.nanos();
    settle(now);
  }

  private void onCancel(Cancel cancel) {
    if (early != null) { // the wait it means may be among what has not been decided yet
      beforeLoaded(cancel);
      return;
    }
    Now now = Now.of(node.clock());
    state.cancel(
        new Requester(cancel.replyTo(), cancel.target()),
        cancel.sequence() == Cancel.GONE
            ? null
            : new Requester(cancel.replyTo(), cancel.sequence()),
        now,
        out);
    settle(now);
  }

  private void onNodeGone(Address address) {
    Now now = Now.of(node.clock());
    state.dropWaiters(each -> each.replyTo().path().address().equals(address), now, out);
    settle(now);
  }

  private void onCommitted(Committed committed) {
    uncommitted -= committed.count();
    Now now = Now.of(node.clock());
    cleanUp.committed(uncommitted, now, node.metrics());
    state.committed(committed.firstNumber(), committed.count(), now, out);
    settle(now);
  }

  private void onCommitFailed(CommitFailed failed) {
    loaded = false; // decides nothing more on a state that is not what the journal holds
    trouble = Trouble.of(failed.cause(), key, node);
    uncommitted -= failed.count();
    if (failed.outcomeUnknown()) {
      unknown += failed.count();
    }
    if (uncommitted == 0) {
      state.failed(failed.cause().reason(), unknown, out);
      unknown = 0;
      cleanUp.failed();
      settle(Now.of(node.clock()));
      load();
    }
  }

  private void onWakeUp() {
    timer.fired();
    Now now = Now.of(node.clock());
    if (!loaded && early == null && uncommitted == 0) {
      load();
    }
    int before = uncommitted;
    state.expire(now, out);
    boolean lingered = now.nanos() - lastUsedNanos - node.lingerNanos() >= 0;
    if (loaded && lingered && state.isFree() && !out.hasChanges()) {
      passivate();
    }
    settle(now);
    cleanUp.handled(uncommitted > before, now);
  }

  private void onLoaded(
      PartitionImage.StoredKey stored, ActorRef<LockMessage> from, long fromGeneration) {
    if (uncommitted > 0 || (loaded && fromGeneration - generation <= 0)) {
      return; // woken although it was awake
    }
    if (loaded) {
      state.failed("the journal was changed by another node", 0, out);
    }
    loaded = true;
    journal = from;
    generation = fromGeneration;
    Now now = Now.of(node.clock());
    state.restore(stored.limit(), stored.leases(), now, out);
    settle(now);
    replayEarly();
  }

  private void onNotLoaded(Trouble.Cause cause) {
    if (loaded) {
      return;
    }
    trouble = Trouble.of(cause, key, node);
    replayEarly();
    Now now = Now.of(node.clock());
    settle(now);
    if (state.isFree() && trouble.leaseCount() == 0) {
      passivate(); // costs nothing until somebody asks again
    } else {
      timer.wakeBy(now.nanos() + RELOAD_AFTER_NANOS, now.nanos());
    }
  }

  /** Asks the journal of the partition; it answers with what it holds, or that it cannot. */
  private void load() {
    node.tell(journal, new LockPartition.Load(partition, key, context.getSelf()));
  }

  private void beforeLoaded(Command command) {
    boolean kept = early != null && early.keep(command);
    if (!kept && command instanceof Deliver deliver) {
      trouble.answer(deliver, Now.of(node.clock()), out);
    }
  }

  private void replayEarly() {
    var kept = early;
    early = null;
    if (kept != null) {
      kept.replay(this::onDeliver, this::onCancel);
    }
  }

  /** After every step: changes to the journal, answers to their connections, the timer set. */
  private void settle(Now now) {
    if (out.hasChanges()) {
      var tokens = node.tokens();
      if (tokens != null) {
        out.commitAtOnce(state, tokens, now);
      } else if (journal != null) {
        uncommitted += out.changeCount();
        journal.tell(
            new LockPartition.Append(
                partition, key, generation, out.takeChanges(), context.getSelf()));
      }
    }
    out.sendReplies();
    entry.show(loaded ? state.leaseCount() : trouble.leaseCount(), state.waiterCount());
    armTimer(now);
  }

  private void armTimer(Now now) {
    boolean has = state.hasDeadline();
    long due = has ? state.nextDeadlineNanos() : lastUsedNanos + node.lingerNanos();
    entry.showDeadline(has, due);
    if (!has && (passivating || !loaded || uncommitted > 0)) {
      return;
    }
    timer.wakeBy(due, now.nanos());
  }

  private void passivate() {
    if (!passivating) {
      passivating = true;
      shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
    }
  }

  /** What came between the wish to leave memory and its grant is handed to the next actor. */
  private Behavior<LockMessage> stop() {
    if (uncommitted > 0) {
      state.failed("the partition has moved to another node", uncommitted, out);
      out.sendReplies();
    }
    if (passivating && loaded && !state.isFree()) {
      node.directory().handOver(key, new LockDirectory.Estate(state, journal, generation));
      node.region().tell(wakeUp);
    }
    return Behaviors.stopped();
  }
}
