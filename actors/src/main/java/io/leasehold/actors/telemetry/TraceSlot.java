package io.leasehold.actors.telemetry;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.jspecify.annotations.Nullable;

/**
 * The place in the cluster where the traces of one slot are put together. Where it runs is what it
 * is there for: it hands what comes to the owner of its node, which keeps to the bounds of the
 * node, and has the traces closed when the slot moves. Without traces it goes to sleep.
 *
 * <p>A node that dies takes the open traces of its slots with it, and never a message: those go to
 * their targets from the node that received them.
 */
final class TraceSlot extends AbstractBehavior<TraceSlot.Command> {
  sealed interface Command {
    /** Which one it is for; -1 of what never travels. */
    int slot();
  }

  /** Messages of traces of this slot. Not changed once it is made. */
  static final class Records implements Command {
    private final int slot;
    private final long number;
    private final byte[] lines;
    private final List<String> lost;
    private final ActorRef<Taken> replyTo;

    /**
     * The array is not copied.
     *
     * @param number of the sender, told with {@link Taken}
     * @param lines accepted lines, each with its line feed
     * @param lost traces of which the sender had to give up messages
     */
    Records(int slot, long number, byte[] lines, List<String> lost, ActorRef<Taken> replyTo) {
      this.slot = slot;
      this.number = number;
      this.lines = lines;
      this.lost = List.copyOf(lost);
      this.replyTo = replyTo;
    }

    @Override
    public int slot() {
      return slot;
    }

    long number() {
      return number;
    }

    byte[] lines() {
      return lines;
    }

    List<String> lost() {
      return lost;
    }

    ActorRef<Taken> replyTo() {
      return replyTo;
    }
  }

  /** Records have arrived. */
  record Taken(long number) {}

  /** Show a trace. Answered once, or not at all if its owner cannot say. */
  record Find(int slot, String tid, ActorRef<Found> replyTo) implements Command {}

  /**
   * What there is of it.
   *
   * @param document JSON, null = nobody knows it
   */
  record Found(@Nullable String document) {}

  private record Shown(Optional<String> document, ActorRef<Found> replyTo)
      implements Command, NoSerializationVerificationNeeded {
    @Override
    public int slot() {
      return -1;
    }
  }

  private record Rested(boolean idle) implements Command, NoSerializationVerificationNeeded {
    @Override
    public int slot() {
      return -1;
    }
  }

  private enum Signal implements Command, NoSerializationVerificationNeeded {
    STOP,
    NOTHING_CAME,
    /** The owner cannot say: that must not pass for nobody knowing the trace. */
    NO_ANSWER;

    @Override
    public int slot() {
      return -1;
    }
  }

  /** Sent by sharding when the slot has to go. */
  static final Command STOP = Signal.STOP;

  private final int slot;
  private final TraceOwner owner;
  private final ActorRef<ClusterSharding.ShardCommand> shard;

  private TraceSlot(
      ActorContext<Command> context,
      int slot,
      TraceOwner owner,
      ActorRef<ClusterSharding.ShardCommand> shard,
      Duration rest) {
    super(context);
    this.slot = slot;
    this.owner = owner;
    this.shard = shard;
    context.setReceiveTimeout(rest, Signal.NOTHING_CAME);
  }

  /**
   * One slot.
   *
   * @param rest after so long without a message it asks whether it may sleep
   */
  static Behavior<Command> create(
      int slot, TraceOwner owner, ActorRef<ClusterSharding.ShardCommand> shard, Duration rest) {
    return Behaviors.setup(context -> new TraceSlot(context, slot, owner, shard, rest));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Records.class, this::onRecords)
        .onMessage(Find.class, this::onFind)
        .onMessage(Shown.class, this::onShown)
        .onMessage(Rested.class, this::onRested)
        .onMessageEquals(Signal.NOTHING_CAME, this::onNothingCame)
        .onMessageEquals(Signal.NO_ANSWER, Behaviors::same)
        .onMessageEquals(Signal.STOP, this::onStop)
        .build();
  }

  private Behavior<Command> onRecords(Records records) {
    owner.take(slot, records.lines, records.lost);
    records.replyTo.tell(new Taken(records.number));
    return this;
  }

  private Behavior<Command> onFind(Find find) {
    getContext()
        .pipeToSelf(
            owner.shown(find.tid),
            (document, failure) ->
                failure == null ? new Shown(document, find.replyTo) : Signal.NO_ANSWER);
    return this;
  }

  private Behavior<Command> onShown(Shown shown) {
    shown.replyTo.tell(new Found(shown.document.orElse(null)));
    return this;
  }

  private Behavior<Command> onNothingCame() {
    getContext()
        .pipeToSelf(owner.isIdle(slot), (idle, failure) -> new Rested(failure == null && idle));
    return this;
  }

  private Behavior<Command> onRested(Rested rested) {
    if (rested.idle) {
      shard.tell(new ClusterSharding.Passivate<>(getContext().getSelf()));
    }
    return this;
  }

  private Behavior<Command> onStop() {
    owner.moved(slot); // of one that only goes to sleep there is nothing to close
    return Behaviors.stopped();
  }
}
