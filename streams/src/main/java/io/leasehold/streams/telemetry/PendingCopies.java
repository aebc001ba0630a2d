package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.ChunkCopies.Handover;
import java.util.ArrayDeque;
import java.util.List;

/** Copies of one connection that their targets have not taken yet. Confined to it. */
final class PendingCopies {
  private final ArrayDeque<Handover> copies = new ArrayDeque<>(4);
  private final MemoryBudget memory;
  private boolean hungry;

  PendingCopies(MemoryBudget memory) {
    this.memory = memory;
  }

  void add(List<Handover> more) {
    for (Handover each : more) {
      memory.take(each.lines().byteCount());
      copies.add(each);
    }
  }

  boolean isEmpty() {
    return copies.isEmpty();
  }

  /** Whether nothing may be read now: copies are here still, or there is no memory. */
  boolean waitForRoom() {
    return !isEmpty() || !hasRoom();
  }

  /** Whether there is memory for what is read next; each time that begins to be false counts. */
  boolean hasRoom() {
    boolean room = memory.hasRoom();
    if (!room && !hungry) {
      memory.waits().count();
    }
    hungry = !room;
    return room;
  }

  /**
   * Hands over what can be, and keeps the rest.
   *
   * @param roomAgain is run by any thread when there may be room for it
   */
  void handOver(Runnable roomAgain) {
    for (int i = copies.size(); i > 0; i--) {
      Handover each = copies.remove();
      if (each.target().offer(each.lines(), roomAgain)) {
        memory.give(each.lines().byteCount());
      } else {
        copies.add(each); // the others must not wait for it
      }
    }
  }

  /** Gives up all of them. */
  void lose(DropReason why) {
    for (Handover each = copies.poll(); each != null; each = copies.poll()) {
      memory.give(each.lines().byteCount());
      each.target().lost(why, each.lines());
    }
  }
}
