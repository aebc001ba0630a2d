package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.BackendSettings.Overflow;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.Lines;
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
  /** What became of an offer. */
  enum Offer {
    /** It is in, or what did not fit was dropped and counted. */
    DONE,
    /** There is no room and the target makes progress: to be offered again. */
    WAIT,
    /** Nothing was taken, and nothing ever will be. */
    CLOSED
  }

  /**
   * Bounds and habits; replaced by a reload.
   *
   * @param maxMessages 0 = bytes only
   */
  record Limits(
      long maxBytes,
      int maxMessages,
      Overflow overflow,
      Overflow whenDown,
      long blockNanos,
      BackendSettings.Batching batch) {}

  private final TargetCounts counts;
  private final Clock clock;
  private final BooleanSupplier isOpen;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final WaitingLines waiting;
  private final Set<Runnable> blocked = new LinkedHashSet<>();
  private Limits limits;
  private long bytesUnderWay;
  private int messagesUnderWay;
  private long lastProgress;
  private boolean down;
  private boolean draining;
  private @Nullable DropReason closed;

  /**
   * Starts empty.
   *
   * @param isOpen whether the breaker lets batches through
   */
  TargetBuffer(TargetCounts counts, Limits limits, Clock clock, BooleanSupplier isOpen) {
    this.counts = counts;
    this.limits = limits;
    this.clock = clock;
    this.isOpen = isOpen;
    this.waiting = new WaitingLines(counts);
    this.lastProgress = clock.nanos();
  }

  void limits(Limits next) {
    lock.lock();
    try {
      limits = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes copies in, all or some of them, as the overflow policy has it.
   *
   * @param retry called, by any thread, when there may be room again after {@link Offer#WAIT}
   */
  Offer offer(Lines lines, Runnable retry) {
    lock.lock();
    try {
      DropReason over = closed;
      if (over != null) {
        counts.dropped(over, lines, 0, lines.size());
        return Offer.DONE;
      }
      if (waiting.messages() + messagesUnderWay == 0) {
        lastProgress = clock.nanos(); // it has only now something to do
      }
      if (fits(lines.byteCount(), lines.size())) {
        append(lines);
        return Offer.DONE;
      }
      Overflow policy = policy();
      if (policy == Overflow.BLOCK) {
        blocked.add(retry);
        return Offer.WAIT;
      }
      overflow(policy, lines);
      return Offer.DONE;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes copies in if they leave half of the buffer to what comes from connections: nothing is
   * dropped for them.
   *
   * @param retry called, by any thread, when there may be room again after {@link Offer#WAIT}
   */
  Offer offerSpare(Lines lines, Runnable retry) {
    lock.lock();
    try {
      if (closed != null || draining) {
        return Offer.CLOSED;
      }
      int all = waiting.messages() + messagesUnderWay;
      if (all > 0 && !fits(limits.maxBytes / 2, limits.maxMessages / 2 + lines.size())) {
        blocked.add(retry);
        return Offer.WAIT;
      }
      if (all == 0) {
        lastProgress = clock.nanos(); // it has only now something to do
      }
      append(lines);
      return Offer.DONE;
    } finally {
      lock.unlock();
    }
  }

  private boolean fits(long moreBytes, int moreMessages) {
    int all = waiting.messages() + messagesUnderWay;
    boolean inBytes = waiting.bytes() + bytesUnderWay + moreBytes <= limits.maxBytes;
    boolean inMessages = limits.maxMessages == 0 || all + moreMessages <= limits.maxMessages;
    // a chunk larger than the whole buffer must get through a block some time
    return (inBytes && inMessages) || (limits.overflow == Overflow.BLOCK && all == 0);
  }

  private Overflow policy() {
    if (limits.overflow != Overflow.BLOCK) {
      return limits.overflow;
    }
    if (!down && isOpen.getAsBoolean() && clock.nanos() - lastProgress <= limits.blockNanos) {
      return Overflow.BLOCK;
    }
    down = true; // until a batch arrives
    return limits.whenDown;
  }

  private void overflow(Overflow policy, Lines lines) {
    switch (policy) {
      case DROP_OLDEST -> {
        while (!fits(lines.byteCount(), lines.size()) && waiting.messages() > 0) {
          waiting.dropOldest();
        }
        appendWhatFits(lines);
      }
      case DROP_LOWEST_PRIORITY -> {
        Lines left = dropLowest(lines);
        if (left != null) {
          appendWhatFits(left);
        }
      }
      case DROP_NEWEST, BLOCK -> appendWhatFits(lines);
    }
  }

  /** Drops the lowest first, oldest first within it; returns what is left of {@code lines}. */
  private @Nullable Lines dropLowest(Lines lines) {
    Lines arriving = lines;
    for (int level = 0; level < WaitingLines.IMPORTANCES; level++) {
      Lines room = arriving;
      waiting.dropLevel(level, () -> fits(room.byteCount(), room.size()));
      if (fits(arriving.byteCount(), arriving.size())) {
        return arriving;
      }
      Lines kept = dropArriving(level, arriving);
      if (kept == null) {
        return null;
      }
      arriving = kept;
      if (fits(arriving.byteCount(), arriving.size())) {
        return arriving;
      }
    }
    return arriving;
  }

  private @Nullable Lines dropArriving(int level, Lines lines) {
    int[] kept = new int[lines.size()];
    int count = 0;
    long needed = lines.byteCount() + waiting.bytes() + bytesUnderWay - limits.maxBytes;
    int surplus =
        limits.maxMessages == 0
            ? 0
            : lines.size() + waiting.messages() + messagesUnderWay - limits.maxMessages;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.importance(i) == level && (needed > 0 || surplus > 0)) {
        needed -= lines.length(i);
        surplus--;
        counts.dropped(DropReason.OVERFLOW, lines, i, i + 1);
      } else {
        kept[count++] = i;
      }
    }
    if (count == 0) {
      return null;
    }
    return count == lines.size() ? lines : lines.pick(kept, count, new byte[0]);
  }

  private void appendWhatFits(Lines lines) {
    int[] kept = new int[lines.size()];
    int count = 0;
    long size = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (count == i && fits(size + lines.length(i), count + 1)) {
        size += lines.length(i);
        kept[count++] = i;
      }
    }
    if (count < lines.size()) {
      counts.dropped(DropReason.OVERFLOW, lines, count, lines.size());
    }
    if (count > 0) {
      append(count == lines.size() ? lines : lines.pick(kept, count, new byte[0]));
    }
  }

  private void append(Lines lines) {
    boolean wasReady = isReady(clock.nanos());
    waiting.append(lines);
    if (waiting.chunks() == 1 || (!wasReady && isReady(clock.nanos()))) {
      changed.signal(); // the first one starts the linger
    }
  }

  private boolean isReady(long now) {
    return !waiting.isEmpty()
        && (draining
            || waiting.messages() >= limits.batch.trigger()
            || waiting.bytes() >= limits.batch.triggerBytes()
            || waiting.hasUrgent()
            || now - waiting.oldestNanos() >= limits.batch.linger().toNanos());
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
      while (!isReady(now)) {
        if (patience <= 0 || (closed != null && waiting.isEmpty())) {
          return null;
        }
        long due =
            waiting.isEmpty()
                ? patience
                : waiting.oldestNanos() + limits.batch.linger().toNanos() - now;
        changed.await(Math.max(1, Math.min(patience, due)), TimeUnit.NANOSECONDS);
        long after = clock.nanos();
        patience -= after - now;
        now = after;
      }
      return batch();
    } finally {
      lock.unlock();
    }
  }

  private Batch batch() {
    // a batch of the whole buffer would leave no room for what comes meanwhile
    long maxBytes = Math.min(limits.batch.maxBytes(), Math.max(1, limits.maxBytes / 2));
    Batch batch = waiting.take(limits.batch.maxMessages(), maxBytes);
    bytesUnderWay += batch.bytes();
    messagesUnderWay += batch.size();
    return batch;
  }

  /**
   * Gives back the room of a batch, or of a part of one, that is settled.
   *
   * @param delivered it arrived: the target makes progress
   */
  void settled(Batch batch, boolean delivered) {
    List<Runnable> woken;
    lock.lock();
    try {
      bytesUnderWay -= batch.bytes();
      messagesUnderWay -= batch.size();
      if (delivered) {
        lastProgress = clock.nanos();
        down = false;
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
      return waiting.isEmpty() && (closed != null || draining);
    } finally {
      lock.unlock();
    }
  }

  /** Copies that wait or are under way. */
  int held() {
    lock.lock();
    try {
      return waiting.messages() + messagesUnderWay;
    } finally {
      lock.unlock();
    }
  }

  /** Bytes of them. */
  long heldBytes() {
    lock.lock();
    try {
      return waiting.bytes() + bytesUnderWay;
    } finally {
      lock.unlock();
    }
  }
}
