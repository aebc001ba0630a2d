package io.leasehold.actors.kv;

import io.leasehold.actors.journal.GroupCommitJournal;
import io.leasehold.actors.lock.LockReplies;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvDeadlines;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.lock.JournalView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The gate of a shard: works wait here while a commit is under way, then run in the order in which
 * they came, each on what the one before left; what they changed is committed together, and then
 * all are told. What is past its deadline is removed in the same groups. Confined to the actor of
 * the shard, which calls {@link #proceed} after everything that may have opened the gate.
 *
 * <p>When the journal fails, the group under way is told that its outcome is unknown, everything
 * behind it that it was not applied, and new works are turned away until the journal has been read
 * again.
 */
final class KvGate {
  static final int MAX_GROUP = 512;
  static final long MAX_GROUP_BYTES = 4L << 20;

  /** Removals of one group: mass expiry must not hold requests up. */
  static final int MAX_EXPIRIES = 512;

  /**
   * A group that is being committed, or one without changes that waits for proof.
   *
   * @param expired keys that it removes at their deadline
   */
  private record Flight(
      List<GateWork> works, KvGroup group, List<KvChange> changes, List<Bytes> expired) {}

  private final KvNode node;
  private final ShardJournal journal;
  private final ShardOwner owner;
  private final FenceAsker fences;
  private final KvTime.Source time;
  private final Consumer<List<KvChange>> listener;
  private final GateQueue queue = new GateQueue();
  private @Nullable KvDeadlines deadlines;
  private @Nullable Flight inFlight;
  private @Nullable String closedBy;
  private long countedBytes;
  private boolean running;
  private boolean stopping;
  private boolean over;

  /**
   * @param listener is told of committed changes, which are in the image then
   */
  KvGate(
      KvNode node,
      ShardJournal journal,
      ShardOwner owner,
      FenceAsker fences,
      KvTime.Source time,
      Consumer<List<KvChange>> listener) {
    this.node = node;
    this.journal = journal;
    this.owner = owner;
    this.fences = fences;
    this.time = time;
    this.listener = listener;
  }

  /** The journal has been read: there is a new image. */
  void open() {
    KvImage image = image();
    closedBy = null;
    deadlines = new KvDeadlines(image);
    count(image.accountedBytes());
  }

  /** The journal has failed. What is under way has been told so already. */
  void close(String reason) {
    closedBy = reason;
    refuseAll(new KvResult.Unavailable(reason, false));
  }

  private void refuseAll(KvResult why) {
    fences.clear();
    queue.drain().forEach(work -> work.refused(why));
  }

  /** Takes a work in, or tells it why not. */
  void add(GateWork work) {
    if (stopping) {
      work.moved();
    } else if (closedBy != null) {
      work.refused(new KvResult.Unavailable(closedBy, false));
    } else {
      var full = queue.whyFull(work);
      if (full != null) {
        work.refused(new KvResult.Overloaded(full));
      } else {
        queue.add(work);
      }
    }
  }

  /** Whether a work with this order key has not been told its end. From any thread. */
  boolean isBusy(Bytes orderKey) {
    return queue.isBusy(orderKey);
  }

  /** Runs and commits whatever can be. */
  void proceed() {
    if (running) {
      return; // a work that was told its end has added another: it is seen by the loop below
    }
    running = true;
    try {
      while (inFlight == null && !over && canCommit()) {
        if (!next()) {
          break;
        }
      }
    } finally {
      running = false;
    }
  }

  private boolean canCommit() {
    return journal.state() != null && journal.trouble() == null;
  }

  /** Begins the next group. Returns false if there is nothing to do, or nothing may be done. */
  private boolean next() {
    if (stopping) {
      var handOver = owner.handOver();
      if (handOver == null) {
        over = true;
      } else {
        commitAlone(handOver);
      }
      return true;
    }
    var claim = owner.claim();
    if (claim != null) {
      commitAlone(claim);
      return true;
    }
    return owner.heldNanos() == 0 && nextGroup();
  }

  private void commitAlone(KvChange change) {
    KvModel model = model();
    String before = model.owner();
    var group = newGroup(time.now());
    group.add(change);
    commit(new Flight(List.of(), group, group.changes(), List.of()), () -> owner.claimed(before));
  }

  private boolean nextGroup() {
    KvTime now = time.now();
    KvImage image = image();
    List<Bytes> due = dues().takeDue(image, now.shardMillis(), MAX_EXPIRIES);
    long instancesDue = image.keyspaces().nextDeadlineMillis();
    boolean anyDue = !due.isEmpty() || (instancesDue != 0 && instancesDue <= now.shardMillis());
    if (!anyDue && queue.isEmpty()) {
      return false;
    }
    var group = newGroup(now);
    group.expire(due);
    group.instances().expire(MAX_EXPIRIES - due.size());
    var works = new ArrayList<GateWork>();
    long bytes = 0;
    for (GateWork work = queue.peek();
        work != null
            && works.size() < MAX_GROUP
            && (works.isEmpty() || bytes + work.weight() <= MAX_GROUP_BYTES);
        work = queue.peek()) {
      queue.take();
      Fence fence = work.toAsk(group);
      if (fence != null) {
        queue.park(work);
        fences.ask(fence, work);
        continue;
      }
      bytes += work.weight();
      work.run(group);
      works.add(work);
    }
    group.instances().takeBack(); // what is not committed is not to be seen
    var flight = new Flight(works, group, group.changes(), due);
    if (!flight.changes.isEmpty()) {
      commit(flight, () -> {});
    } else if (works.isEmpty() || owner.isProven()) {
      tell(flight);
    } else {
      inFlight = flight;
      owner.ask();
    }
    return true;
  }

  private KvGroup newGroup(KvTime now) {
    return new KvGroup(image(), now, node.rules(), node.capacity());
  }

  private void commit(Flight flight, Runnable committed) {
    inFlight = flight;
    journal.append(
        flight.changes,
        new GroupCommitJournal.Listener() {
          @Override
          public void committed(long firstNumber) {
            onCommitted(flight);
            committed.run();
          }

          @Override
          public void failed(String reason, boolean outcomeUnknown) {
            onFailed(flight, reason, outcomeUnknown);
          }
        });
  }

  private void onCommitted(Flight flight) {
    KvImage image = image();
    owner.committed(journal.commitStartedNanos());
    countedBytes = image.accountedBytes(); // what the group took on top is part of the image now
    int expired = 0;
    for (KvChange change : flight.changes) {
      dues().apply(change, image);
      expired += change instanceof KvChange.Removed removed && removed.expired() ? 1 : 0;
    }
    if (expired > 0) {
      node.metrics().expired(expired);
    }
    inFlight = null;
    listener.accept(flight.changes);
    tell(flight);
  }

  private void onFailed(Flight flight, String reason, boolean outcomeUnknown) {
    if (outcomeUnknown) {
      owner.failed(); // before its keys are busy no more
    }
    flight.group.drop();
    if (deadlines != null) {
      deadlines.putBack(image(), flight.expired);
    }
    refuse(flight, new KvResult.Unavailable(reason, outcomeUnknown));
  }

  private void tell(Flight flight) {
    inFlight = null;
    for (GateWork work : flight.works) {
      queue.ended(work);
      work.done();
    }
  }

  private void refuse(Flight flight, KvResult why) {
    inFlight = null;
    for (GateWork work : flight.works) {
      queue.ended(work);
      work.refused(why);
    }
  }

  /**
   * There is proof of ownership, or there is none.
   *
   * @param trouble why there is none
   */
  void onProof(@Nullable String trouble) {
    Flight flight = inFlight;
    if (flight != null && flight.changes.isEmpty()) {
      if (trouble == null) {
        tell(flight);
      } else {
        refuse(flight, new KvResult.Unavailable(trouble, false));
      }
    }
  }

  /** A lock has answered. */
  void onLockSaid(LockReplies replies) {
    fences.onReplies(replies, this::onToken);
  }

  /** Called a few times a second. */
  void onTick() {
    fences.expire(this::onToken);
  }

  private void onToken(GateWork work, KvMarks.@Nullable Proof proof, String trouble) {
    if (proof == null) {
      queue.unparkWithout(work);
      work.refused(new KvResult.Unavailable(trouble, false));
    } else {
      work.told(proof);
      queue.unpark(work);
    }
  }

  /** When {@link #proceed} should be called at the latest, time of the shard; 0 = no matter. */
  long nextWakeMillis() {
    if (inFlight != null || stopping || deadlines == null || !canCommit()) {
      return 0; // what ends that is a message
    }
    long held = owner.heldNanos();
    return held > 0 ? time.now().shardMillis() + held / 1_000_000 + 1 : nextDeadlineMillis();
  }

  private long nextDeadlineMillis() {
    long entries = dues().nextMillis(image());
    long instances = image().keyspaces().nextDeadlineMillis();
    return entries == 0 || (instances != 0 && instances < entries) ? instances : entries;
  }

  /** Nothing is taken from here on; what was not run is sent away. */
  void stop() {
    stopping = true;
    fences.clear();
    queue.drain().forEach(GateWork::moved);
  }

  /** Whether a stop is complete. */
  boolean isOver() {
    return over || (stopping && inFlight == null && !canCommit());
  }

  /** The actor ends. The journal tells what is under way. */
  void end(String reason) {
    if (inFlight != null && inFlight.changes.isEmpty()) {
      refuse(inFlight, new KvResult.Unavailable(reason, false));
    }
    stopping = true;
    refuseAll(new KvResult.Unavailable(reason, false));
    count(0);
    owner.end();
  }

  private void count(long bytes) {
    node.capacity().count(bytes - countedBytes);
    countedBytes = bytes;
  }

  /** Works that have not been told their end. */
  int waiting() {
    return queue.size();
  }

  /** The journal as monitoring sees it, with what waits here. */
  JournalView journalView() {
    JournalView view = journal.view();
    return new JournalView(
        view.id(),
        view.recovered(),
        queue.size(),
        view.inFlight(),
        view.lastCommitMillis(),
        view.inFlightMillis(),
        view.downMillis(),
        view.trouble(),
        view.groups(),
        view.changes());
  }

  private KvModel model() {
    KvModel model = journal.state();
    if (model == null) {
      throw new IllegalStateException("the journal has not been read");
    }
    return model;
  }

  private KvImage image() {
    return model().kv();
  }

  private KvDeadlines dues() {
    if (deadlines == null) {
      throw new IllegalStateException("the journal has not been read");
    }
    return deadlines;
  }
}
