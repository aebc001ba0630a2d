package io.leasehold.actors.journal;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.JournalPersistFailed;
import org.apache.pekko.persistence.typed.JournalPersistRejected;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.RecoveryFailed;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.SnapshotCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.jspecify.annotations.Nullable;

/**
 * Commits groups of changes, one event each, and remembers what they add up to.
 *
 * <p>The journal's primary key, persistence id and sequence number, is the fence between two
 * writers of one id: the second commit of a number fails. After a failure the writer restarts with
 * back-off, reads the journal again and offers itself with what it found. It is sent one group at a
 * time, so nothing is ever stashed.
 *
 * @param <C> one change
 */
final class GroupWriter<C>
    extends EventSourcedBehavior<GroupWriter.Command<C>, GroupEvent, GroupWriter.State<C>> {

  /** What the writer is asked. */
  sealed interface Command<C> extends NoSerializationVerificationNeeded {}

  /** Commit these changes, which have the numbers from {@code firstNumber}. */
  record Commit<C>(long firstNumber, List<C> changes) implements Command<C> {}

  /**
   * The journal has been read; the writer takes groups.
   *
   * @param model a copy of the state, the receiver's own
   * @param sequenceNumber of the last event, 0 = there is none
   * @param snapshotBytes of the snapshot that was read, 0 = there is none
   * @param eventBytes of the events behind it
   */
  record Recovered<C>(
      long lastNumber,
      GroupModel<C> model,
      long sequenceNumber,
      long snapshotBytes,
      long eventBytes)
      implements JournalSignal<C> {}

  /**
   * @param sequenceNumber of the event
   * @param eventBytes of it
   */
  record Committed<C>(long sequenceNumber, long eventBytes) implements JournalSignal<C> {}

  /** A commit or a recovery failed; a {@link Recovered} follows when the journal works again. */
  record Failed<C>(String reason) implements JournalSignal<C> {}

  /**
   * The state up to this event is in a snapshot: earlier events and snapshots may go.
   *
   * @param snapshotBytes of it
   * @param eventBytes of the events behind it
   */
  record SnapshotTaken<C>(long sequenceNumber, long snapshotBytes, long eventBytes)
      implements JournalSignal<C> {}

  /**
   * What the events add up to. Confined to this actor.
   *
   * <p>The model is made by the first event or snapshot, because a restarted writer begins with the
   * same empty state object again.
   */
  static final class State<C> {
    private final @Nullable GroupModel<C> model;
    private long lastNumber;
    private long changesSinceSnapshot;
    private long bytesSinceSnapshot;
    private long snapshotBytes;

    private State(@Nullable GroupModel<C> model, long lastNumber) {
      this.model = model;
      this.lastNumber = lastNumber;
    }
  }

  private final Supplier<GroupModel<C>> models;
  private final GroupModel<C> codec;
  private final SnapshotPolicy snapshots;
  private final long headStart;
  private final Consumer<JournalSignal<C>> gate;
  private final ActorContext<Command<C>> context;

  private GroupWriter(
      ActorContext<Command<C>> context,
      PersistenceId id,
      Supplier<GroupModel<C>> models,
      SnapshotPolicy snapshots,
      Consumer<JournalSignal<C>> gate) {
    super(
        id,
        // not logged here: the message of a failed statement quotes all it was to write
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(100), Duration.ofSeconds(2), 0.1)
            .withLoggingEnabled(false));
    this.models = models;
    this.codec = models.get();
    this.snapshots = snapshots;
    this.headStart = snapshots.headStart(id.id());
    this.context = context;
    this.gate = gate;
  }

  static <C> Behavior<Command<C>> create(
      String persistenceId,
      Supplier<GroupModel<C>> models,
      SnapshotPolicy snapshots,
      Consumer<JournalSignal<C>> gate) {
    return Behaviors.setup(
        context ->
            new GroupWriter<>(
                context, PersistenceId.ofUniqueId(persistenceId), models, snapshots, gate));
  }

  @Override
  public State<C> emptyState() {
    return new State<>(null, 0);
  }

  @Override
  public CommandHandler<Command<C>, GroupEvent, State<C>> commandHandler() {
    return (state, command) -> {
      var commit = (Commit<C>) command;
      byte[] bytes = codec.encode(commit.firstNumber(), commit.changes());
      var event =
          new GroupEvent(commit.firstNumber(), commit.changes().size(), bytes, commit.changes());
      return Effect()
          .persist(event)
          .thenRun(
              committed -> gate.accept(new Committed<>(lastSequenceNumber(context), bytes.length)));
    };
  }

  @Override
  public EventHandler<State<C>, GroupEvent> eventHandler() {
    return (before, event) -> {
      State<C> state = before;
      GroupModel<C> model = state.model;
      if (model == null) {
        model = models.get();
        state = new State<>(model, 0);
        state.changesSinceSnapshot = headStart;
      }
      for (C change : event.changes(model)) {
        model.apply(change);
      }
      state.lastNumber = event.lastNumber();
      state.changesSinceSnapshot += event.count();
      state.bytesSinceSnapshot += event.bytes().length;
      return state;
    };
  }

  @Override
  public SignalHandler<State<C>> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), state -> gate.accept(recovered(state)))
        .onSignal(RecoveryFailed.class, (state, signal) -> gate.accept(failed(signal.getFailure())))
        .onSignal(
            JournalPersistFailed.class, (state, signal) -> gate.accept(failed(signal.failure())))
        .onSignal(
            JournalPersistRejected.class, (state, signal) -> gate.accept(failed(signal.failure())))
        .onSignal(
            SnapshotCompleted.class,
            (state, signal) ->
                gate.accept(
                    new SnapshotTaken<>(
                        signal.getSnapshotMetadata().sequenceNr(),
                        state.snapshotBytes,
                        state.bytesSinceSnapshot)))
        .build();
  }

  @Override
  public boolean shouldSnapshot(State<C> state, GroupEvent event, long sequenceNumber) {
    GroupModel<C> model = state.model;
    if (!snapshots.isDue(
        state.changesSinceSnapshot, state.bytesSinceSnapshot, model == null ? 0 : model.size())) {
      return false;
    }
    state.changesSinceSnapshot = 0;
    state.bytesSinceSnapshot = 0;
    return true;
  }

  @Override
  public SnapshotAdapter<State<C>> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(State<C> state) {
        // here, in the writer's own thread: the store serialises in another one, later
        GroupModel<C> model = state.model == null ? models.get() : state.model;
        byte[] image = model.image();
        state.snapshotBytes = image.length;
        return new GroupSnapshot(state.lastNumber, image);
      }

      @Override
      public State<C> fromJournal(Object from) {
        var snapshot = (GroupSnapshot) from;
        GroupModel<C> model = models.get();
        model.load(snapshot.image());
        var state = new State<C>(model, snapshot.lastNumber());
        state.snapshotBytes = snapshot.image().length;
        return state;
      }
    };
  }

  private Recovered<C> recovered(State<C> state) {
    return new Recovered<>(
        state.lastNumber,
        state.model == null ? models.get() : state.model.copy(),
        lastSequenceNumber(context),
        state.snapshotBytes,
        state.bytesSinceSnapshot);
  }

  private static <C> Failed<C> failed(Throwable cause) {
    return new Failed<>(JournalException.rootMessage(cause));
  }
}
