package io.leasehold.actors.journal;

import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate in front of one journal: collects changes while a commit is under way, then has them
 * committed together. Confined to the actor that owns it, which passes on what the writer says.
 *
 * <p>Every change gets the next number of the journal when its group leaves, in the order in which
 * it came. One group is under way at a time; who asked is told after its commit. When the journal
 * fails, the group under way is told that its outcome is unknown, everything behind it that it was
 * not applied, and new changes are turned away until the writer has read the journal again and an
 * empty group has been committed.
 *
 * <p>Bounds: a group holds at most {@value #MAX_GROUP} changes (one append more, if that is what it
 * takes), and at most {@value #MAX_WAITING} changes wait.
 *
 * @param <C> one change
 */
public final class GroupCommitJournal<C> {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommitJournal.class);

  /** Larger groups are no faster: the cost of a commit is spread over enough changes by then. */
  static final int MAX_GROUP = 512;

  /** Some seconds of work at full speed; what comes on top is turned away. */
  static final int MAX_WAITING = 100_000;

  /** Tokens are JSON integers that every language can read exactly. */
  private static final long MAX_NUMBER = (1L << 53) - 1;

  /** The year 2100: a wall clock beyond it is wrong, and would use the numbers up. */
  private static final long MAX_WALL_MILLIS = 4_102_444_800_000L;

  private static final long NUMBERS_PER_MILLI = 1_024;

  /** Who is told how the changes of one append went. */
  public interface Listener {
    /** All changes are committed; the first has {@code firstNumber}, the others follow. */
    void committed(long firstNumber);

    /**
     * None of the changes may be relied on.
     *
     * @param outcomeUnknown the commit was under way: it may have been applied
     */
    void failed(String reason, boolean outcomeUnknown);
  }

  private record Append<C>(List<C> changes, Listener listener) {}

  private final String id;
  private final Clock clock;
  private final JournalMetrics metrics;
  private final JournalCleaner cleaner;
  private final Numbering<C> numbering;
  private final ActorRef<GroupWriter.Command<C>> writer;
  private final ArrayDeque<Append<C>> waiting = new ArrayDeque<>();
  private List<Append<C>> inFlight = List.of();
  private List<C> inFlightChanges = List.of();
  private @Nullable GroupModel<C> state;
  private @Nullable String trouble = "the journal is being read";
  private boolean proving;
  private boolean ahead;
  private int waitingChanges;
  private long lastNumber;

  /** Of the last change that is committed as far as this gate knows. */
  private long committedNumber;

  private long commitStartedNanos;
  private long downSinceNanos;
  private long lastCommitNanos;
  private long sequenceNumber;
  private long snapshotBytes;
  private long eventBytes;
  private long groups;
  private long changes;

  /** Gives a change its number. */
  public interface Numbering<C> {
    void assign(C change, long number);
  }

  private GroupCommitJournal(
      String id,
      Clock clock,
      JournalMetrics metrics,
      JournalCleaner cleaner,
      Numbering<C> numbering,
      ActorRef<GroupWriter.Command<C>> writer) {
    this.id = id;
    this.clock = clock;
    this.metrics = metrics;
    this.cleaner = cleaner;
    this.numbering = numbering;
    this.writer = writer;
    this.downSinceNanos = clock.nanos();
  }

  /**
   * Opens the journal {@code id} with a writer that is a child of {@code owner}.
   *
   * @param models makes empty states
   * @param wrap how the owner is told what the writer says; it calls {@link #onSignal} with it
   */
  public static <C, M> GroupCommitJournal<C> open(
      ActorContext<M> owner,
      String id,
      Supplier<GroupModel<C>> models,
      SnapshotPolicy snapshots,
      Clock clock,
      JournalMetrics metrics,
      JournalCleaner cleaner,
      Numbering<C> numbering,
      Function<JournalSignal<C>, M> wrap) {
    ActorRef<M> self = owner.getSelf(); // told straight: an adapter costs more than what it does
    Behavior<GroupWriter.Command<C>> behavior =
        Behaviors.supervise(
                GroupWriter.<C>create(
                    id, models, snapshots, signal -> self.tell(wrap.apply(signal))))
            .onFailure(
                RuntimeException.class,
                SupervisorStrategy.restartWithBackoff(
                        Duration.ofMillis(200), Duration.ofSeconds(3), 0.1)
                    .withLoggingEnabled(false));
    return new GroupCommitJournal<>(
        id, clock, metrics, cleaner, numbering, owner.spawn(behavior, "writer"));
  }

  /** Takes what the writer says. Returns true if the journal has just become usable. */
  public boolean onSignal(JournalSignal<C> signal) {
    if (signal instanceof GroupWriter.Committed<C> committed) {
      sequenceNumber = committed.sequenceNumber();
      eventBytes += committed.eventBytes();
      boolean usable = proving;
      if (proving) {
        proven();
      }
      committed();
      return usable;
    } else if (signal instanceof GroupWriter.Failed<C> failed) {
      metrics.failed(proving || !inFlight.isEmpty());
      failed(failed.reason());
    } else if (signal instanceof GroupWriter.Recovered<C> recovered) {
      sequenceNumber = recovered.sequenceNumber();
      snapshotBytes = recovered.snapshotBytes();
      eventBytes = recovered.eventBytes();
      recovered(recovered.lastNumber(), recovered.model());
      return trouble == null;
    } else if (signal instanceof GroupWriter.SnapshotTaken<C> snapshot) {
      metrics.snapshotTaken();
      snapshotBytes = snapshot.snapshotBytes();
      eventBytes = snapshot.eventBytes();
      cleanUp(snapshot.sequenceNumber());
    }
    return false;
  }

  private void cleanUp(long snapshotSequenceNumber) {
    long started = clock.nanos();
    cleaner
        .deleteBefore(id, snapshotSequenceNumber)
        .whenComplete(
            (done, failure) -> {
              metrics.cleanedUp(clock.nanos() - started, failure == null);
              if (failure != null) {
                LOG.warn("{}: old events stay until the next snapshot: {}", id, failure.toString());
              }
            });
  }

  /** The committed state; null until the journal has been read for the first time. */
  public @Nullable GroupModel<C> state() {
    return state;
  }

  /** Why nothing can be committed now, null if it can. */
  public @Nullable String trouble() {
    return trouble;
  }

  /** Number of the last event that is known to be committed, 0 = none. */
  public long sequenceNumber() {
    return sequenceNumber;
  }

  /** When the commit under way, or the last one, was begun. */
  public long commitStartedNanos() {
    return commitStartedNanos;
  }

  /** Bytes of the last snapshot, 0 = there is none. */
  public long snapshotBytes() {
    return snapshotBytes;
  }

  /** Bytes of the events behind it. */
  public long eventBytes() {
    return eventBytes;
  }

  /** Whether every change that came has been committed or turned away. */
  public boolean isIdle() {
    return inFlight.isEmpty() && waiting.isEmpty();
  }

  /** Takes changes that are committed together or not at all. */
  public void append(List<C> added, Listener listener) {
    var why = trouble;
    if (why == null && waitingChanges + added.size() > MAX_WAITING) {
      why = waitingChanges + " changes wait for the journal already, of at most " + MAX_WAITING;
    }
    if (why != null) {
      listener.failed(why, false);
      return;
    }
    waiting.add(new Append<>(added, listener));
    waitingChanges += added.size();
    commitNext();
  }

  /** The writer has read the journal. */
  private void recovered(long foundNumber, GroupModel<C> model) {
    long wallMillis = clock.wallMillis();
    if (wallMillis > MAX_WALL_MILLIS) {
      trouble = "wall clock = " + wallMillis + " ms: beyond the year 2100, tokens would run out";
      return;
    }
    boolean again = state != null;
    ahead = again && foundNumber != committedNumber;
    committedNumber = foundNumber;
    // continues above everything ever handed out, also if the store was emptied or put back
    lastNumber = Math.max(Math.max(lastNumber, foundNumber), wallMillis * NUMBERS_PER_MILLI - 1);
    state = model;
    if (again && !ahead) {
      // it can be read, which proves nothing: a full disk can be, too. Where another has written
      // it can be written, and nobody is disturbed by a proof.
      proving = true;
      commitStartedNanos = clock.nanos();
      writer.tell(new GroupWriter.Commit<>(lastNumber + 1, List.of()));
    } else {
      proven();
      commitNext();
    }
  }

  private void proven() {
    proving = false;
    trouble = null;
    metrics.recovered(clock.nanos() - downSinceNanos);
  }

  /**
   * Whether the journal, when it was read last, held something that this gate did not know to be
   * committed: changes of another writer, or a group of its own whose outcome was unknown. What was
   * made of its state before is out of date.
   */
  public boolean wasAhead() {
    return ahead;
  }

  /** The group under way is committed. */
  private void committed() {
    lastCommitNanos = clock.nanos() - commitStartedNanos;
    committedNumber = lastNumber;
    groups++;
    changes += inFlightChanges.size();
    metrics.committed(lastCommitNanos, inFlightChanges.size());
    GroupModel<C> model = state;
    if (model != null) {
      model.applyAll(inFlightChanges);
    }
    List<Append<C>> done = inFlight;
    long number = lastNumber - inFlightChanges.size() + 1;
    inFlight = List.of();
    inFlightChanges = List.of();
    commitNext(); // the journal works on while the answers go out
    for (Append<C> append : done) {
      append.listener.committed(number);
      number += append.changes.size();
    }
  }

  /** A commit or a recovery failed, or none will follow. */
  private void failed(String reason) {
    if (trouble == null) {
      downSinceNanos = clock.nanos();
    }
    proving = false;
    trouble = reason;
    List<Append<C>> unknown = inFlight;
    inFlight = List.of();
    inFlightChanges = List.of();
    for (Append<C> append : unknown) {
      append.listener.failed(reason, true);
    }
    for (Append<C> append = waiting.poll(); append != null; append = waiting.poll()) {
      append.listener.failed(reason, false);
    }
    waitingChanges = 0;
  }

  /** The owner ends: everybody who waits is told that the outcome is unknown. */
  public void close(String reason) {
    failed(reason);
  }

  /** A picture for monitoring. */
  public JournalView view() {
    long now = clock.nanos();
    return new JournalView(
        id,
        state != null,
        waitingChanges,
        inFlightChanges.size(),
        millis(lastCommitNanos),
        inFlight.isEmpty() ? 0 : millis(now - commitStartedNanos),
        trouble == null ? 0 : Math.max(1, millis(now - downSinceNanos)),
        trouble,
        groups,
        changes);
  }

  private void commitNext() {
    if (!inFlight.isEmpty() || waiting.isEmpty() || trouble != null) {
      return;
    }
    var group = new ArrayList<Append<C>>();
    var all = new ArrayList<C>();
    for (Append<C> next = waiting.peek();
        next != null && (all.isEmpty() || all.size() + next.changes.size() <= MAX_GROUP);
        next = waiting.peek()) {
      group.add(waiting.remove());
      all.addAll(next.changes);
    }
    if (lastNumber + all.size() > MAX_NUMBER) {
      throw new IllegalStateException("number " + lastNumber + ": no number is left below 2^53");
    }
    long first = lastNumber + 1;
    for (C change : all) {
      numbering.assign(change, ++lastNumber);
    }
    waitingChanges -= all.size();
    inFlight = group;
    inFlightChanges = all;
    commitStartedNanos = clock.nanos();
    writer.tell(new GroupWriter.Commit<>(first, all));
  }

  private static long millis(long nanos) {
    return nanos / 1_000_000;
  }
}
