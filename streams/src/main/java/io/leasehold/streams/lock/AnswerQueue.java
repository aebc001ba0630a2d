package io.leasehold.streams.lock;

import io.leasehold.domain.lock.LockOperation;
import io.leasehold.streams.lock.wire.Action;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.RequestId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The unanswered requests of one connection, and the order in which their answers leave: a request
 * with an id when it is ready, all others in the order in which they came. Not thread safe.
 *
 * <p>A request is known by a sequence number: the place of its slot in the low bits, a count that
 * never repeats above.
 */
final class AnswerQueue {
  private static final int INDEX_BITS = 20;
  private static final int MAX_SLOTS = 1 << INDEX_BITS;

  /** A slot keeps its buffer for early answers up to this size. */
  private static final int KEPT_BYTES = 4_096;

  /** One request. Reused when it has been answered. */
  static final class Slot {
    private final int index;
    private long sequence;
    private boolean open;
    private boolean answered;
    private boolean ordered;
    private boolean registered;
    private boolean page;
    private int heldBytes;
    private @Nullable LineBuffer early;
    private @Nullable Slot next;

    @Nullable RequestId id;
    @Nullable Action action;
    String key = "";
    long startedNanos;
    long deadlineNanos;

    /** It may stand in a queue: of the waits, cancel and the end of input reach these. */
    boolean isWait;

    /** What its key was asked; null for what is no question to a key. */
    @Nullable LockOperation operation;

    /** Of a wait: what was asked. */
    LockOperation.@Nullable Acquire wait;

    /** Of a wait: its owner was told again of it, so that more than one answer may come. */
    boolean confirmed;

    /** Of a cancel: the wait it is for. */
    @Nullable RequestId target;

    private Slot(int index) {
      this.index = index;
    }

    long sequence() {
      return sequence;
    }

    /** A wait with an id does not hold back anybody, so it does not count as unanswered. */
    private boolean counts() {
      return !isWait || ordered;
    }
  }

  private LineBuffer out;
  private final Map<RequestId, Slot> byId = new HashMap<>(4);
  private Slot[] slots = {};
  private int[] free = {};
  private int freeCount;
  private long count;
  private int unanswered;
  private int waits;
  private int pages;
  private long heldBytes;
  private @Nullable Slot first;
  private @Nullable Slot last;

  /** Writes answers into {@code out} when their time has come. */
  AnswerQueue(LineBuffer out) {
    this.out = out;
  }

  /** From now on answers are written elsewhere; nothing is unanswered. */
  void writeTo(LineBuffer other) {
    out = other;
  }

  /** Requests without their answer, waits with an id not counted. */
  int unanswered() {
    return unanswered;
  }

  int waits() {
    return waits;
  }

  /** Requests with a long answer that has not left. */
  int pages() {
    return pages;
  }

  /** The answer to this request may be long. */
  void expectPage(Slot slot) {
    slot.page = true;
    pages++;
  }

  /**
   * What the node holds of this request, or may come to hold of its answer, until the answer
   * leaves. The last call counts.
   */
  void hold(Slot slot, int bytes) {
    heldBytes += bytes - slot.heldBytes;
    slot.heldBytes = bytes;
  }

  /** Of all requests whose answers have not left. */
  long heldBytes() {
    return heldBytes;
  }

  boolean isEmpty() {
    return freeCount == slots.length;
  }

  /** The unanswered request with this id, null if there is none. */
  @Nullable Slot withId(RequestId id) {
    return byId.isEmpty() ? null : byId.get(id);
  }

  /** The unanswered request with this number, null if it has been answered. */
  @Nullable Slot at(long sequence) {
    int index = (int) (sequence & (MAX_SLOTS - 1));
    if (sequence < 0 || index >= slots.length) {
      return null;
    }
    Slot slot = slots[index];
    return slot.open && !slot.answered && slot.sequence == sequence ? slot : null;
  }

  /**
   * A request has come.
   *
   * @param id null: its answer leaves in order
   * @param unique false if the id belongs to another request and only is echoed
   */
  Slot open(@Nullable RequestId id, boolean unique, boolean isWait, long nowNanos) {
    if (freeCount == 0) {
      grow();
    }
    Slot slot = slots[free[--freeCount]];
    slot.sequence = (++count << INDEX_BITS) | slot.index;
    slot.open = true;
    slot.answered = false;
    slot.ordered = id == null;
    slot.registered = id != null && unique;
    slot.id = id;
    slot.action = null;
    slot.key = "";
    slot.isWait = isWait;
    slot.target = null;
    slot.wait = null;
    slot.operation = null;
    slot.confirmed = false;
    slot.startedNanos = nowNanos;
    slot.deadlineNanos = nowNanos;
    if (id != null && unique) {
      byId.put(id, slot);
    }
    if (slot.ordered) {
      if (last == null) {
        first = slot;
      } else {
        last.next = slot;
      }
      last = slot;
    }
    if (slot.counts()) {
      unanswered++;
    }
    if (isWait) {
      waits++;
    }
    return slot;
  }

  /** Where the answer to this request is to be written; then call {@link #end}. */
  LineBuffer begin(Slot slot) {
    if (!slot.ordered || slot == first) {
      return out;
    }
    var early = slot.early;
    if (early == null) {
      early = new LineBuffer(64);
      slot.early = early;
    }
    return early;
  }

  /** The answer has been written: it leaves, and those it held back with it. */
  void end(Slot slot) {
    slot.answered = true;
    if (slot.registered) {
      byId.remove(slot.id);
    }
    if (slot.isWait) {
      waits--;
    }
    if (!slot.ordered) {
      if (slot.counts()) {
        unanswered--;
      }
      recycle(slot);
      return;
    }
    while (first != null && first.answered) {
      Slot done = first;
      first = done.next;
      done.next = null;
      if (first == null) {
        last = null;
      }
      var early = done.early;
      if (early != null) {
        out.append(early);
        boolean large = done.page || early.size() > KEPT_BYTES;
        early.clear();
        if (large) {
          done.early = null; // would be kept as large for the life of the connection
        }
      }
      unanswered--;
      recycle(done);
    }
  }

  /** Whether another unanswered request is for the same key. */
  boolean hasAnotherOn(Slot slot) {
    for (Slot other : slots) {
      if (other.open && !other.answered && other != slot && other.key.equals(slot.key)) {
        return true;
      }
    }
    return false;
  }

  /** Calls {@code action} with every unanswered request; it may answer the one it is given. */
  void forEachUnanswered(Consumer<Slot> action) {
    for (Slot slot : slots) {
      if (slot.open && !slot.answered) {
        action.accept(slot);
      }
    }
  }

  private void recycle(Slot slot) {
    slot.open = false;
    slot.wait = null;
    slot.operation = null;
    hold(slot, 0);
    if (slot.page) {
      slot.page = false;
      pages--;
    }
    slot.id = null;
    slot.key = "";
    free[freeCount++] = slot.index;
  }

  private void grow() {
    int size = slots.length == 0 ? 4 : slots.length * 2;
    if (size > MAX_SLOTS) {
      throw new IllegalStateException(slots.length + " requests are open on one connection");
    }
    int old = slots.length;
    slots = Arrays.copyOf(slots, size);
    free = new int[size];
    freeCount = 0;
    for (int i = size - 1; i >= old; i--) {
      slots[i] = new Slot(i);
      free[freeCount++] = i;
    }
  }
}
