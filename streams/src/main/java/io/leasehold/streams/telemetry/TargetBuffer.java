package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings.Overflow;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.spool.Cut;
import io.leasehold.streams.telemetry.spool.SpoolFeed;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait for one target, and those under way to it: bounded in bytes and, if
 * wanted, in messages. Connections put chunks in, the threads of the target take batches out. Safe
 * for any thread; {@link #offer} holds a lock for as long as a chunk takes, {@link #take} waits.
 */
final class TargetBuffer {
  private final TargetCounts counts;
  private final Clock clock;
  private final BooleanSupplier isOpen;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final WaitingLines waiting;

  /**
   * Copies that are on the disk too: no policy drops them, and one that has no room waits there.
   */
  private final WaitingLines spooled;

  private final OverflowDrops drops;
  private final Set<Runnable> blocked = new LinkedHashSet<>();
  private BufferLimits limits;
  private long bytesUnderWay;
  private int messagesUnderWay;
  private int spooledUnderWay;
  private volatile @Nullable SpoolFeed feed;
  private long lastProgress;
  private boolean down;
  private boolean draining;
  private @Nullable DropReason closed;

  /**
   * Starts empty.
   *
   * @param isOpen whether the breaker lets batches through
   */
  TargetBuffer(TargetCounts counts, BufferLimits limits, Clock clock, BooleanSupplier isOpen) {
    this.counts = counts;
    this.limits = limits;
    this.clock = clock;
    this.isOpen = isOpen;
    this.waiting = new WaitingLines(counts);
    this.spooled = new WaitingLines(counts);
    this.drops = new OverflowDrops(counts, waiting, this::fits);
    this.lastProgress = clock.nanos();
  }

  void limits(BufferLimits next) {
    lock.lock();
    try {
      limits = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Where its spooled copies come from, and are settled. */
  void feed(SpoolFeed next) {
    feed = next;
  }

  /** Takes copies in that are spooled, if there is room: half of it is theirs at most. */
  boolean take(Lines lines, Cut cut) {
    lock.lock();
    try {
      if (closed != null) {
        return false;
      }
      boolean first = spooled.isEmpty();
      boolean wasReady = isReady(spooled, clock.nanos());
      boolean room = hasRoomFor(lines.byteCount());
      spooled.appendOrCrowd(room, lines, cut);
      if (first || (!wasReady && isReady(spooled, clock.nanos()))) {
        changed.signal();
      }
      return room;
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more comes of a batch of before a restart, part of which waits. */
  void endBatch() {
    lock.lock();
    try {
      spooled.endBatch();
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Whether spooled copies of so many bytes have room; the first always have. */
  boolean hasRoomFor(long bytes) {
    lock.lock();
    try {
      long half = limits.maxBytes() / 2;
      return spooled.isEmpty()
          || (spooled.isCutShort() && spooled.isHeldBack())
          || (spooled.bytes() + bytes <= half && heldHere() + bytes <= limits.maxBytes());
    } finally {
      lock.unlock();
    }
  }

  /** Takes out all spooled copies that wait. */
  Batch takeSpooled() {
    lock.lock();
    try {
      return spooled.takeAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes copies in, all or some of them, as the overflow policy has it.
   *
   * @param retry called, by any thread, when there may be room again after {@link BufferOffer#WAIT}
   */
  BufferOffer offer(Lines lines, Runnable retry) {
    lock.lock();
    try {
      DropReason over = closed;
      if (over != null) {
        counts.dropped(over, lines, 0, lines.size());
        return BufferOffer.DONE;
      }
      if (waiting.messages() + spooled.messages() + messagesUnderWay == 0) {
        lastProgress = clock.nanos(); // it has only now something to do
      }
      if (fits(lines.byteCount(), lines.size())) {
        append(lines);
        return BufferOffer.DONE;
      }
      Overflow policy = policy();
      if (policy == Overflow.BLOCK) {
        blocked.add(retry);
        waiting.crowd(); // it waits for the batch: the batch must not wait for it
        changed.signal();
        return BufferOffer.WAIT;
      }
      Lines kept = drops.makeRoom(policy, lines, standsStill());
      if (kept != null) {
        append(kept);
      }
      return BufferOffer.DONE;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes copies in if they leave half of the buffer to what comes from connections: nothing is
   * dropped for them.
   *
   * @param retry called, by any thread, when there may be room again after {@link BufferOffer#WAIT}
   */
  BufferOffer offerSpare(Lines lines, Runnable retry) {
    lock.lock();
    try {
      if (closed != null || draining) {
        return BufferOffer.CLOSED;
      }
      int all = waiting.messages() + messagesUnderWay;
      if (all > 0 && !fits(limits.maxBytes() / 2, limits.maxMessages() / 2 + lines.size())) {
        blocked.add(retry);
        return BufferOffer.WAIT;
      }
      if (all == 0) {
        lastProgress = clock.nanos(); // it has only now something to do
      }
      append(lines);
      return BufferOffer.DONE;
    } finally {
      lock.unlock();
    }
  }

  private boolean fits(long moreBytes, int moreMessages) {
    int all = waiting.messages() + messagesUnderWay;
    boolean inBytes = heldHere() + moreBytes <= limits.maxBytes();
    boolean inMessages = limits.maxMessages() == 0 || all + moreMessages <= limits.maxMessages();
    // a chunk larger than the whole buffer must get through a block some time
    return (inBytes && inMessages) || (limits.overflow() == Overflow.BLOCK && all == 0);
  }

  private Overflow policy() {
    if (limits.overflow() != Overflow.BLOCK) {
      return limits.overflow();
    }
    down = standsStill(); // until a batch arrives
    return down ? limits.whenDown() : Overflow.BLOCK;
  }

  private boolean standsStill() {
    return down || !isOpen.getAsBoolean() || clock.nanos() - lastProgress > limits.blockNanos();
  }

  private long heldHere() {
    return waiting.bytes() + spooled.bytes() + bytesUnderWay;
  }

  private void append(Lines lines) {
    boolean first = waiting.isEmpty();
    boolean wasReady = isReady(waiting, clock.nanos());
    waiting.append(lines);
    if (first || (!wasReady && isReady(waiting, clock.nanos()))) {
      changed.signal(); // the first one starts the linger
    }
  }

  private boolean isReady(WaitingLines lines, long now) {
    // of a small buffer no batch is larger than half
    return lines.isReady(limits.batch(), draining || lines.bytes() >= limits.maxBytes() / 2, now);
  }

  /** Which of the two a batch begins from now: of two the one whose first has waited longer. */
  private @Nullable WaitingLines ready(long now) {
    boolean one = isReady(waiting, now);
    boolean other = isReady(spooled, now);
    if (one && other) {
      return waiting.oldestNanos() - spooled.oldestNanos() <= 0 ? waiting : spooled;
    }
    return one ? waiting : other ? spooled : null;
  }

  /**
   * Waits for a batch.
   *
   * @param patienceNanos at most so long
   * @return null if there is none yet, see {@link #isFinished}
   */
  @Nullable Batch take(long patienceNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long patience = patienceNanos;
      long now = clock.nanos();
      WaitingLines from = ready(now);
      while (from == null) {
        if (patience <= 0 || closed != null) {
          return null;
        }
        long due =
            Math.min(
                waiting.dueNanos(limits.batch(), now, patience),
                spooled.dueNanos(limits.batch(), now, patience));
        changed.await(Math.max(1, Math.min(patience, due)), TimeUnit.NANOSECONDS);
        long after = clock.nanos();
        patience -= after - now;
        now = after;
        from = ready(now);
      }
      return batch(from);
    } finally {
      lock.unlock();
    }
  }

  private Batch batch(WaitingLines from) {
    // a batch of the whole buffer would leave no room for what comes meanwhile
    long maxBytes = Math.min(limits.batch().maxBytes(), Math.max(1, limits.maxBytes() / 2));
    int maxMessages = limits.batch().maxMessages();
    Batch batch =
        from == spooled ? from.takeChunks(maxMessages, maxBytes) : from.take(maxMessages, maxBytes);
    bytesUnderWay += batch.bytes();
    messagesUnderWay += batch.size();
    spooledUnderWay += from == spooled ? batch.size() : 0;
    return batch;
  }

  /**
   * Gives back the room of a batch, or of a part of one, that is settled.
   *
   * @param delivered it arrived: the target makes progress
   */
  void settled(Batch batch, boolean delivered) {
    ended(batch, delivered);
    SpoolFeed from = feedOf(batch);
    if (from != null) {
      from.settled(batch); // after there is room: it asks for more
    }
  }

  /** The feed whose copies these are; null if they are only in memory. */
  @Nullable SpoolFeed feedOf(Batch batch) {
    SpoolFeed from = feed;
    return from != null && batch.parts().get(0).lines().origin() == from.origin() ? from : null;
  }

  /** Gives back the room alone: what is spooled stays there. */
  void ended(Batch batch, boolean delivered) {
    boolean wasSpooled = feedOf(batch) != null;
    List<Runnable> woken;
    lock.lock();
    try {
      bytesUnderWay -= batch.bytes();
      messagesUnderWay -= batch.size();
      spooledUnderWay -= wasSpooled ? batch.size() : 0;
      if (delivered) {
        lastProgress = clock.nanos();
        down = false;
        waiting.packNoMore();
      }
      woken = wakeAll();
    } finally {
      lock.unlock();
    }
    woken.forEach(Runnable::run);
  }

  private List<Runnable> wakeAll() {
    List<Runnable> woken = List.copyOf(blocked);
    blocked.clear();
    return woken;
  }

  /** From now on batches start at once, whatever their size. */
  void drain() {
    lock.lock();
    try {
      draining = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Drops what waits, and all that comes, with this reason. */
  void close(DropReason reason) {
    List<Runnable> woken;
    lock.lock();
    try {
      closed = reason;
      waiting.dropAll(reason);
      changed.signalAll();
      woken = wakeAll();
    } finally {
      lock.unlock();
    }
    woken.forEach(Runnable::run);
  }

  /** Closed, or drained to the last message. */
  boolean isFinished() {
    lock.lock();
    try {
      if (closed != null) {
        return waiting.isEmpty();
      }
      if (!draining || !waiting.isEmpty() || !(spooled.isEmpty() || spooled.isHeldBack())) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    SpoolFeed from = feed;
    return from == null || !from.isGiving(); // asked without our lock: it calls us with its own
  }

  /** Copies that wait or are under way, and are nowhere else. */
  int held() {
    lock.lock();
    try {
      return waiting.messages() + messagesUnderWay - spooledUnderWay;
    } finally {
      lock.unlock();
    }
  }

  /** Bytes of them. */
  long heldBytes() {
    lock.lock();
    try {
      return heldHere();
    } finally {
      lock.unlock();
    }
  }
}
