package io.leasehold.actors.lock;

import io.leasehold.actors.journal.GroupCommitJournal;
import io.leasehold.actors.journal.JournalBoard;
import io.leasehold.actors.journal.JournalSignal;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.LockChange;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the journal of one partition: has the changes of its lock actors committed, tells a new
 * lock actor what is held, and after a start wakes the actors of all live leases so that their
 * timers run.
 *
 * <p>An entity in the same shard as its lock actors, so always on their node. Owns no lock and
 * decides nothing about one.
 */
final class LockPartition extends AbstractBehavior<LockMessage> {

  /** What a partition is asked. */
  sealed interface Command extends LockMessage {
    int partition();

    @Override
    default String entityId() {
      return '\0' + Integer.toString(partition());
    }
  }

  /** Starts the partition if it does not run, and asks how it is. */
  record Watch(int partition, ActorRef<Status> replyTo) implements Command {}

  /**
   * The answer to {@link Watch}.
   *
   * @param ready every live lease is back and its timer runs
   * @param node the member that has the partition, {@code host:port}
   */
  record Status(int partition, boolean ready, String node, JournalView journal) {}

  /** Draw a page of the keys of this partition. */
  record ListKeys(int partition, LockLister.Query query, ActorRef<LockLister.Listed> replyTo)
      implements Command {}

  /** A lock actor has started and asks what is held. */
  record Load(int partition, String key, ActorRef<LockMessage> replyTo)
      implements Command, NoSerializationVerificationNeeded {}

  /**
   * Commit these changes, in this order.
   *
   * @param generation as in {@link LockActor.Loaded}: what was decided on another one is refused
   */
  record Append(
      int partition,
      String key,
      long generation,
      List<LockChange> changes,
      ActorRef<LockMessage> replyTo)
      implements Command, NoSerializationVerificationNeeded {}

  /**
   * A lock actor ended out of step with the journal.
   *
   * @param uncommitted it left changes under commit
   */
  record Abandoned(int partition, String key, boolean uncommitted, ActorRef<LockMessage> actor)
      implements Command, NoSerializationVerificationNeeded {}

  /** A lock actor has taken what {@link LockActor.Restore} brought. */
  record Restored(int partition, String key)
      implements Command, NoSerializationVerificationNeeded {}

  private record WriterSaid(int partition, JournalSignal<LockChange> signal)
      implements Command, NoSerializationVerificationNeeded {}

  private record Tick(int partition) implements Command, NoSerializationVerificationNeeded {}

  private record Lingered(int partition) implements Command, NoSerializationVerificationNeeded {}

  /** Lock actors that are woken at a time, so that no mailbox or buffer is flooded. */
  private static final int RESTORE_WINDOW = 500;

  /** Lock actors that may wait for the first reading of the journal; more are refused. */
  private static final int MAX_EARLY_LOADS = 10_000;

  private static final long STOP_PATIENCE_NANOS = 1_000_000_000L;
  private static final Duration STOP_LINGER = Duration.ofMillis(50);
  private static final Duration TICK = Duration.ofMillis(250);
  private static final Logger LOG = LoggerFactory.getLogger(LockPartition.class);

  private final LockNode node;
  private final JournalBoard board;
  private final int partition;
  private long generation;
  private final GroupCommitJournal<LockChange> journal;

  /** Actors whose changes failed: nothing of theirs is taken until they have loaded again. */
  private final Set<ActorRef<LockMessage>> mustLoad = new HashSet<>();

  private final Set<String> abandoned = new HashSet<>();
  private final ArrayDeque<Load> earlyLoads = new ArrayDeque<>();
  private final ArrayDeque<String> toRestore = new ArrayDeque<>();
  private int restoring;
  private boolean restored;
  private boolean stopping;
  private boolean lingered;
  private long stopByNanos;

  private LockPartition(
      ActorContext<LockMessage> context, LockNode node, JournalBoard board, int partition) {
    super(context);
    this.node = node;
    this.board = board;
    this.partition = partition;
    this.generation = node.clock().nanos();
    this.journal =
        GroupCommitJournal.open(
            context,
            "lock-" + partition,
            PartitionImage::new,
            board.snapshots(),
            node.clock(),
            board.metrics(),
            board.cleaner(),
            LockChange::assignNumber,
            signal -> new WriterSaid(partition, signal));
  }

  static Behavior<LockMessage> create(LockNode node, JournalBoard board, int partition) {
    return Behaviors.supervise(
            Behaviors.<LockMessage>withTimers(
                timers ->
                    Behaviors.setup(
                        context -> {
                          timers.startTimerWithFixedDelay(new Tick(partition), TICK);
                          return new LockPartition(context, node, board, partition);
                        })))
        .onFailure(SupervisorStrategy.restart());
  }

  @Override
  public Receive<LockMessage> createReceive() {
    return newReceiveBuilder()
        .onMessage(Append.class, this::onAppend)
        .onMessage(WriterSaid.class, this::onWriterSaid)
        .onMessage(Load.class, this::onLoad)
        .onMessage(Restored.class, this::onRestored)
        .onMessage(Tick.class, this::onTick)
        .onMessage(Watch.class, this::onWatch)
        .onMessage(ListKeys.class, this::onListKeys)
        .onMessage(Abandoned.class, this::onAbandoned)
        .onMessage(StopEntity.class, this::onStop)
        .onMessage(Lingered.class, this::onLingered)
        .onSignal(PreRestart.class, signal -> onEnd())
        .onSignal(PostStop.class, signal -> onEnd())
        .build();
  }

  private Behavior<LockMessage> onAppend(Append append) {
    ActorRef<LockMessage> replyTo = append.replyTo();
    int count = append.changes().size();
    if (append.generation() != generation || mustLoad.contains(replyTo)) {
      mustLoad.add(replyTo);
      replyTo.tell(
          new LockActor.CommitFailed(
              append.key(),
              count,
              cause(append.key(), "decided on a state that is being read again"),
              false));
      return this;
    }
    journal.append(
        append.changes(),
        new GroupCommitJournal.Listener() {
          @Override
          public void committed(long firstNumber) {
            replyTo.tell(new LockActor.Committed(append.key(), firstNumber, count));
          }

          @Override
          public void failed(String reason, boolean outcomeUnknown) {
            mustLoad.add(replyTo);
            replyTo.tell(
                new LockActor.CommitFailed(
                    append.key(),
                    count,
                    cause(append.key(), "journal not writable: " + reason),
                    outcomeUnknown));
          }
        });
    return this;
  }

  private Behavior<LockMessage> onWriterSaid(WriterSaid said) {
    var before = journal.trouble();
    boolean recovered = journal.onSignal(said.signal());
    var after = journal.trouble();
    if (recovered) {
      onRecovered(before);
    } else if (after != null && !after.equals(before)) {
      LOG.warn("partition {}: journal not writable: {}", partition, after);
      refuseEarlyLoads(after);
    }
    return stopIfOver();
  }

  private void onRecovered(@Nullable String before) {
    PartitionImage image = image();
    boolean first = !restored && toRestore.isEmpty() && restoring == 0;
    if (journal.wasAhead()) { // whatever lock actors know may be wrong
      generation++;
      mustLoad.clear(); // whatever they decided is of the last generation
      LOG.warn(
          "partition {}: the journal holds more than was known here (another node wrote to it, or a"
              + " commit of unknown outcome was done): all keys are read again",
          partition);
      toRestore.addAll(image.keys());
      toRestore.addAll(node.directory().keys(each -> node.partitions().of(each) == partition));
    } else if (first) {
      LOG.info("partition {}: journal read, {} leases live", partition, image.size());
      toRestore.addAll(image.keys());
    } else {
      LOG.info("partition {}: journal writable again, after: {}", partition, before);
    }
    restoreNext();
    for (Load load = earlyLoads.poll(); load != null; load = earlyLoads.poll()) {
      onLoad(load);
    }
  }

  private void restoreNext() {
    while (restoring < RESTORE_WINDOW && !toRestore.isEmpty()) {
      String key = toRestore.remove();
      var stored = image().of(key);
      if (!stored.isFree() || node.directory().knows(key)) {
        restoring++;
        node.region().tell(new LockActor.Restore(key, stored, getContext().getSelf(), generation));
      }
    }
    if (!restored && restoring == 0 && toRestore.isEmpty()) {
      restored = true;
      show(); // who is told that it is ready must not read otherwise in the figures
    }
  }

  private void show() {
    board.show(partition, journal.view(), restored);
  }

  private Behavior<LockMessage> onRestored(Restored message) {
    restoring--;
    restoreNext();
    return this;
  }

  private Behavior<LockMessage> onLoad(Load load) {
    var trouble = journal.trouble();
    if (trouble != null) {
      if (journal.state() == null && earlyLoads.size() < MAX_EARLY_LOADS) {
        earlyLoads.add(load);
      } else {
        load.replyTo().tell(notLoaded(load, trouble));
      }
      return this;
    }
    mustLoad.remove(load.replyTo());
    if (abandoned.remove(load.key())) {
      afterWhatIsUnderWay(load);
    } else {
      answer(load);
    }
    return this;
  }

  /** Answers once everything that came before is committed: an append of nothing stands in line. */
  private void afterWhatIsUnderWay(Load load) {
    journal.append(
        List.of(),
        new GroupCommitJournal.Listener() {
          @Override
          public void committed(long firstNumber) {
            answer(load);
          }

          @Override
          public void failed(String reason, boolean outcomeUnknown) {
            load.replyTo().tell(notLoaded(load, reason));
          }
        });
  }

  private void answer(Load load) {
    load.replyTo()
        .tell(
            new LockActor.Loaded(
                load.key(), image().of(load.key()), getContext().getSelf(), generation));
  }

  private void refuseEarlyLoads(String trouble) {
    for (Load load = earlyLoads.poll(); load != null; load = earlyLoads.poll()) {
      load.replyTo().tell(notLoaded(load, trouble));
    }
  }

  private LockActor.NotLoaded notLoaded(Load load, String why) {
    return new LockActor.NotLoaded(load.key(), cause(load.key(), "journal not writable: " + why));
  }

  private Trouble.Cause cause(String key, String why) {
    return new Trouble.Cause(why, journal.state() == null ? null : image().of(key));
  }

  private Behavior<LockMessage> onAbandoned(Abandoned message) {
    mustLoad.remove(message.actor());
    if (message.uncommitted()) {
      abandoned.add(message.key());
    }
    return this;
  }

  private Behavior<LockMessage> onTick(Tick tick) {
    show();
    if (journal.isIdle()) {
      abandoned.clear(); // everything they left is committed or has failed
    }
    return stopIfOver();
  }

  private Behavior<LockMessage> onWatch(Watch watch) {
    watch.replyTo().tell(new Status(partition, restored, node.self().address(), journal.view()));
    return this;
  }

  private Behavior<LockMessage> onListKeys(ListKeys list) {
    if (restored) {
      getContext().spawnAnonymous(LockLister.create(node, partition, list.query(), list.replyTo()));
    } else {
      list.replyTo()
          .tell(LockLister.Listed.failed(partition, "partition " + partition + " is being read"));
    }
    return this;
  }

  /**
   * Stops when what is under way is committed, a second later at most; and not at once, since
   * changes may be on their way from lock actors that stop too.
   */
  private Behavior<LockMessage> onStop(StopEntity stop) {
    stopping = true;
    stopByNanos = node.clock().nanos() + STOP_PATIENCE_NANOS;
    getContext().scheduleOnce(STOP_LINGER, getContext().getSelf(), new Lingered(partition));
    return this;
  }

  private Behavior<LockMessage> onLingered(Lingered message) {
    lingered = true;
    return stopIfOver();
  }

  private Behavior<LockMessage> stopIfOver() {
    boolean over = (lingered && journal.isIdle()) || node.clock().nanos() - stopByNanos >= 0;
    return stopping && over ? Behaviors.stopped() : this;
  }

  private Behavior<LockMessage> onEnd() {
    journal.close("the journal of partition " + partition + " has ended");
    board.hide(partition);
    return this;
  }

  private PartitionImage image() {
    if (journal.state() instanceof PartitionImage image) {
      return image;
    }
    throw new IllegalStateException("the journal has not been read");
  }
}
