package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.LineSlab;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.spool.Cut;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait in a buffer, in the order in which they came, with what they amount to.
 * What is dropped is counted. For one thread at a time: the buffer holds its lock.
 */
final class WaitingLines {
  private static final int MAX_SPARES = 4;

  /** Levels of importance, from 0. */
  static final int IMPORTANCES = 4;

  /** Lines of a chunk of which the first may be gone already. */
  private static final class Waiting {
    Lines lines;
    int head;
    Cut cut;

    /** Whose arrays the lines are in, if nobody else has them; else null. */
    @Nullable LineSlab slab;

    Waiting(Lines lines, Cut cut, @Nullable LineSlab slab) {
      this.lines = lines;
      this.cut = cut;
      this.slab = slab;
    }

    int messages() {
      return lines.size() - head;
    }

    long bytes() {
      long sum = 0;
      for (int i = head; i < lines.size(); i++) {
        sum += lines.length(i);
      }
      return head == 0 ? lines.byteCount() : sum;
    }
  }

  private final TargetCounts counts;
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private final int[] byImportance = new int[IMPORTANCES];
  private long bytes;
  private int messages;

  /** Batches of before a restart that are here to their last chunk. */
  private int ends;

  /** Something had no room here: what waits need not wait for more. */
  private boolean crowded;

  /** Whether what comes is copied into slabs. */
  private boolean packing;

  /** The last lines that wait, behind those of the queue; may be empty. */
  private @Nullable LineSlab open;

  /** Some are filled more than others, so that at times more come free than are needed. */
  private final ArrayDeque<LineSlab> spares = new ArrayDeque<>(MAX_SPARES);

  WaitingLines(TargetCounts counts) {
    this.counts = counts;
  }

  boolean isEmpty() {
    return queue.isEmpty() && (open == null || open.isEmpty());
  }

  /**
   * From now on what comes is copied into memory that is used again when it is dropped: for a
   * target that takes nothing, whose lines go round.
   */
  void pack() {
    packing = true;
  }

  /** From now on chunks are kept as they come. */
  void packNoMore() {
    packing = false;
    spares.clear();
    seal();
  }

  long bytes() {
    return bytes;
  }

  int messages() {
    return messages;
  }

  /** Whether one of them flushes its batch at once. */
  boolean hasUrgent() {
    return byImportance[IMPORTANCES - 1] > 0;
  }

  /** When the first of them was received; there must be one. */
  long oldestNanos() {
    LineSlab last = open;
    return queue.isEmpty() && last != null
        ? last.receivedNanos()
        : queue.getFirst().lines.receivedNanos();
  }

  /** Whether a batch of them may begin. */
  boolean isReady(BackendSettings.Batching batch, boolean draining, long now) {
    return !isEmpty()
        && !isHeldBack()
        && (draining
            || crowded
            || ends > 0
            || messages >= batch.trigger()
            || bytes >= batch.triggerBytes()
            || hasUrgent()
            || now - oldestNanos() >= batch.linger().toNanos());
  }

  /** How long until the oldest has lingered; {@code patience} if that is not what it waits for. */
  long dueNanos(BackendSettings.Batching batch, long now, long patience) {
    return isEmpty() || isHeldBack() ? patience : oldestNanos() + batch.linger().toNanos() - now;
  }

  void append(Lines lines) {
    append(lines, Cut.FREE);
  }

  void append(Lines lines, Cut cut) {
    if (!packing || cut != Cut.FREE || !isPacked(lines)) {
      seal();
      queue.addLast(new Waiting(lines, cut, null));
    }
    ends += cut == Cut.END ? 1 : 0;
    bytes += lines.byteCount();
    messages += lines.size();
    for (int i = 0; i < lines.size(); i++) {
      byImportance[lines.importance(i)]++;
    }
  }

  private boolean isPacked(Lines lines) {
    if (!LineSlab.isFor(lines)) {
      return false;
    }
    LineSlab slab = open;
    if (slab == null || !slab.add(lines)) {
      seal();
      slab = open != null ? open : spares.isEmpty() ? new LineSlab() : spares.pop();
      open = slab;
      return slab.add(lines);
    }
    return true;
  }

  /** What was packed last becomes a chunk like the others. */
  private void seal() {
    LineSlab slab = open;
    if (slab != null && !slab.isEmpty()) {
      if (slab.isNearlyFull()) {
        queue.addLast(new Waiting(slab.view(), Cut.FREE, slab));
        open = null;
      } else {
        queue.addLast(new Waiting(slab.copy(), Cut.FREE, null));
        slab.clear();
      }
    }
    open = packing ? open : null;
  }

  /** Whether the first are of a batch of before a restart, and more of it must come. */
  boolean isHeldBack() {
    return !queue.isEmpty() && queue.getFirst().cut == Cut.INSIDE && ends == 0;
  }

  /** Whether the last are of such a batch; then there is room for the rest of it. */
  boolean isCutShort() {
    return !queue.isEmpty() && queue.getLast().cut == Cut.INSIDE;
  }

  /** Nothing more comes of it. */
  void endBatch() {
    if (isCutShort()) {
      queue.getLast().cut = Cut.END;
      ends++;
    }
  }

  /** Takes a chunk in, if there is room. */
  void appendOrCrowd(boolean room, Lines lines, Cut cut) {
    if (room) {
      append(lines, cut);
    } else {
      crowd();
    }
  }

  /** Something had no room. */
  void crowd() {
    crowded = !isEmpty();
  }

  /** Drops the oldest messages until there is enough room or none left; counted chunk by chunk. */
  void dropOldest(BooleanSupplier isEnough) {
    while (!isEmpty() && !isEnough.getAsBoolean()) {
      if (queue.isEmpty()) {
        seal();
      }
      Waiting head = queue.getFirst();
      int from = head.head;
      do {
        removed(head.lines, head.head++);
      } while (head.head < head.lines.size() && !isEnough.getAsBoolean());
      counts.dropped(DropReason.OVERFLOW, head.lines, from, head.head);
      if (head.head == head.lines.size()) {
        queue.removeFirst();
        reuse(head.slab);
      }
    }
  }

  private void reuse(@Nullable LineSlab slab) {
    if (slab != null && packing && spares.size() < MAX_SPARES) {
      slab.clear();
      spares.push(slab);
    }
  }

  /**
   * Drops messages of this importance, the oldest first, until there is enough room or none left.
   */
  void dropLevel(int level, BooleanSupplier isEnough) {
    seal();
    var all = queue.iterator();
    while (all.hasNext() && byImportance[level] > 0 && !isEnough.getAsBoolean()) {
      Waiting each = all.next();
      int[] kept = new int[each.lines.size()];
      int count = 0;
      boolean any = false;
      for (int i = each.head; i < each.lines.size(); i++) {
        if (each.lines.importance(i) == level && !isEnough.getAsBoolean()) {
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
        each.slab = null; // they may be in its arrays still
        each.head = 0;
      }
    }
  }

  /** Drops all. */
  void dropAll(DropReason reason) {
    seal();
    while (!queue.isEmpty()) {
      Waiting head = queue.removeFirst();
      for (int i = head.head; i < head.lines.size(); i++) {
        removed(head.lines, i);
      }
      counts.dropped(reason, head.lines, head.head, head.lines.size());
    }
    packNoMore();
  }

  /**
   * Takes the oldest out, whole chunks if they fit, but at least one message. Of a batch of before
   * a restart all of it, whatever the bounds are now, and nothing else.
   */
  Batch takeChunks(int maxMessages, long maxBytes) {
    seal();
    Waiting first = queue.getFirst();
    if (first.cut == Cut.FREE && (first.messages() > maxMessages || first.bytes() > maxBytes)) {
      return take(maxMessages, maxBytes);
    }
    List<Batch.Part> parts = new ArrayList<>();
    int count = 0;
    long size = 0;
    Cut last = first.cut;
    while (!queue.isEmpty()) {
      Waiting head = queue.getFirst();
      boolean fits = count + head.messages() <= maxMessages && size + head.bytes() <= maxBytes;
      boolean goesOn = last == Cut.FREE ? head.cut == Cut.FREE && fits : last == Cut.INSIDE;
      if (!parts.isEmpty() && !goesOn) {
        break;
      }
      count += head.messages();
      size += head.bytes();
      last = head.cut;
      parts.add(takeFirst());
    }
    crowded = false;
    return Batch.of(parts);
  }

  /** Takes out all. */
  Batch takeAll() {
    seal();
    List<Batch.Part> parts = new ArrayList<>();
    while (!queue.isEmpty()) {
      parts.add(takeFirst());
    }
    return Batch.of(parts);
  }

  private Batch.Part takeFirst() {
    Waiting head = queue.removeFirst();
    for (int i = head.head; i < head.lines.size(); i++) {
      removed(head.lines, i);
    }
    ends -= head.cut == Cut.END ? 1 : 0;
    return new Batch.Part(head.lines, head.head, head.lines.size());
  }

  /**
   * Takes the oldest out.
   *
   * @param maxBytes of all but a first message that is larger by itself
   */
  Batch take(int maxMessages, long maxBytes) {
    seal();
    List<Batch.Part> parts = new ArrayList<>();
    int count = 0;
    long size = 0;
    while (!queue.isEmpty() && count < maxMessages) {
      Waiting head = queue.getFirst();
      int from = head.head;
      int to = from;
      while (to < head.lines.size()
          && count < maxMessages
          && (count == 0 || size + head.lines.length(to) <= maxBytes)) {
        size += head.lines.length(to);
        byImportance[head.lines.importance(to)]--;
        count++;
        to++;
      }
      if (to > from) {
        parts.add(new Batch.Part(head.lines, from, to));
        head.slab = null; // the batch has its arrays now
      }
      if (to < head.lines.size()) {
        head.head = to;
        break;
      }
      queue.removeFirst();
    }
    bytes -= size;
    messages -= count;
    crowded = false;
    return Batch.of(parts);
  }

  private void removed(Lines lines, int line) {
    bytes -= lines.length(line);
    messages--;
    byImportance[lines.importance(line)]--;
  }
}
