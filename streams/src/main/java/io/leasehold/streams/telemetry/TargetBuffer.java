package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.BackendSettings.Overflow;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.Lines;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
    WAIT
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

  private static final int IMPORTANCES = 4;

  private final TargetCounts counts;
  private final Clock clock;
  private final BooleanSupplier isOpen;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private final Set<Runnable> blocked = new LinkedHashSet<>();
  private final int[] byImportance = new int[IMPORTANCES];
  private Limits limits;
  private long bytes;
  private int messages;
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
    this.lastProgress = clock.nanos();
  }

  /** Lines of a chunk of which the first may be gone already. */
  private static final class Waiting {
    Lines lines;
    int head;

    Waiting(Lines lines) {
      this.lines = lines;
    }
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
      if (messages + messagesUnderWay == 0) {
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

  private boolean fits(long moreBytes, int moreMessages) {
    int all = messages + messagesUnderWay;
    boolean inBytes = bytes + bytesUnderWay + moreBytes <= limits.maxBytes;
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
        while (!fits(lines.byteCount(), lines.size()) && messages > 0) {
          dropHead();
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

  private void dropHead() {
    Waiting head = queue.getFirst();
    removed(head.lines, head.head);
    counts.dropped(DropReason.OVERFLOW, head.lines, head.head, head.head + 1);
    if (++head.head == head.lines.size()) {
      queue.removeFirst();
    }
  }

  /** Drops the lowest first, oldest first within it; returns what is left of {@code lines}. */
  private @Nullable Lines dropLowest(Lines lines) {
    Lines arriving = lines;
    for (int level = 0; level < IMPORTANCES; level++) {
      if (byImportance[level] > 0) {
        dropWaiting(level, arriving);
      }
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

  private void dropWaiting(int level, Lines room) {
    var all = queue.iterator();
    while (all.hasNext() && byImportance[level] > 0 && !fits(room.byteCount(), room.size())) {
      Waiting each = all.next();
      int[] kept = new int[each.lines.size()];
      int count = 0;
      boolean any = false;
      for (int i = each.head; i < each.lines.size(); i++) {
        if (each.lines.importance(i) == level && !fits(room.byteCount(), room.size())) {
          removed(each.lines, i);
          counts.dropped(DropReason.OVERFLOW, each.lines, i, i + 1);
          any = true;
        } else {
          kept[count++] = i;
        }
      }
      if (count == 0) {
        all.remove();
      } else if (any) {
        each.lines = each.lines.pick(kept, count, new byte[0]);
        each.head = 0;
      }
    }
  }

  private @Nullable Lines dropArriving(int level, Lines lines) {
    int[] kept = new int[lines.size()];
    int count = 0;
    long needed = lines.byteCount() + bytes + bytesUnderWay - limits.maxBytes;
    int surplus =
        limits.maxMessages == 0
            ? 0
            : lines.size() + messages + messagesUnderWay - limits.maxMessages;
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
    queue.addLast(new Waiting(lines));
    bytes += lines.byteCount();
    messages += lines.size();
    for (int i = 0; i < lines.size(); i++) {
      byImportance[lines.importance(i)]++;
    }
    if (queue.size() == 1 || (!wasReady && isReady(clock.nanos()))) {
      changed.signal(); // the first one starts the linger
    }
  }

  private void removed(Lines lines, int line) {
    bytes -= lines.length(line);
    messages--;
    byImportance[lines.importance(line)]--;
  }

  private boolean isReady(long now) {
    Waiting head = queue.peekFirst();
    return head != null
        && (draining
            || messages >= limits.batch.trigger()
            || bytes >= limits.batch.triggerBytes()
            || byImportance[IMPORTANCES - 1] > 0
            || now - head.lines.receivedNanos() >= limits.batch.linger().toNanos());
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
        if (patience <= 0 || (closed != null && queue.isEmpty())) {
          return null;
        }
        Waiting head = queue.peekFirst();
        long due =
            head == null
                ? patience
                : head.lines.receivedNanos() + limits.batch.linger().toNanos() - now;
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
    List<Batch.Part> parts = new ArrayList<>();
    int count = 0;
    long size = 0;
    while (!queue.isEmpty() && count < limits.batch.maxMessages()) {
      Waiting head = queue.getFirst();
      int from = head.head;
      int to = from;
      while (to < head.lines.size()
          && count < limits.batch.maxMessages()
          && (count == 0 || size + head.lines.length(to) <= maxBytes)) {
        size += head.lines.length(to);
        byImportance[head.lines.importance(to)]--;
        count++;
        to++;
      }
      if (to > from) {
        parts.add(new Batch.Part(head.lines, from, to));
      }
      if (to < head.lines.size()) {
        head.head = to;
        break;
      }
      queue.removeFirst();
    }
    bytes -= size;
    messages -= count;
    bytesUnderWay += size;
    messagesUnderWay += count;
    return Batch.of(parts);
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
      while (!queue.isEmpty()) {
        Waiting head = queue.removeFirst();
        for (int i = head.head; i < head.lines.size(); i++) {
          removed(head.lines, i);
        }
        counts.dropped(reason, head.lines, head.head, head.lines.size());
      }
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
      return queue.isEmpty() && (closed != null || draining);
    } finally {
      lock.unlock();
    }
  }

  /** Copies that wait or are under way. */
  int held() {
    lock.lock();
    try {
      return messages + messagesUnderWay;
    } finally {
      lock.unlock();
    }
  }

  /** Bytes of them. */
  long heldBytes() {
    lock.lock();
    try {
      return bytes + bytesUnderWay;
    } finally {
      lock.unlock();
    }
  }
}
