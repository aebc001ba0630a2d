package io.leasehold.streams.telemetry;

import io.leasehold.actors.telemetry.TraceExchange;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects messages of traces for the nodes that own them: they go by slot, when they are told to
 * or when a slot has a lot. Holds {@value #MAX_SLOT_BYTES} bytes for each slot at most. Not thread
 * safe.
 */
final class TraceSender {
  private static final int MAX_SLOT_BYTES = 256 << 10;
  private static final int MAX_LOST = 1_000;

  private static final class Slot {
    final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    final List<String> tids = new ArrayList<>();
    final Set<String> lost = new LinkedHashSet<>();
  }

  /** Is told how many messages had to be given up. */
  interface Loss {
    void lost(int messages);
  }

  private final TraceExchange exchange;
  private final Loss loss;
  private final @Nullable Slot[] slots = new @Nullable Slot[TraceExchange.SLOTS];

  TraceSender(TraceExchange exchange, Loss loss) {
    this.exchange = exchange;
    this.loss = loss;
  }

  /** Takes a line with its line feed. */
  void add(String tid, byte[] bytes, int from, int to) {
    int number = TraceExchange.slotOf(tid);
    Slot slot = slot(number);
    slot.lines.write(bytes, from, to - from);
    slot.tids.add(tid);
    if (slot.lines.size() >= MAX_SLOT_BYTES) {
      send(number, slot);
    }
  }

  /** A message of this trace was lost on this node: its owner is told. */
  void lost(String tid) {
    Slot slot = slot(TraceExchange.slotOf(tid));
    if (slot.lost.size() < MAX_LOST) {
      slot.lost.add(tid);
    }
  }

  private Slot slot(int number) {
    Slot slot = slots[number];
    if (slot == null) {
      slot = new Slot();
      slots[number] = slot;
    }
    return slot;
  }

  /** Sends all there is. */
  void flush() {
    for (int i = 0; i < slots.length; i++) {
      Slot slot = slots[i];
      if (slot != null) {
        if (slot.tids.isEmpty() && slot.lost.isEmpty()) {
          slots[i] = null;
        } else {
          send(i, slot);
        }
      }
    }
  }

  private void send(int number, Slot slot) {
    boolean sent = exchange.send(number, slot.lines.toByteArray(), List.copyOf(slot.lost));
    slot.lines.reset();
    if (sent) {
      slot.lost.clear();
    } else if (!slot.tids.isEmpty()) {
      loss.lost(slot.tids.size());
      slot.tids.forEach(this::lost);
    }
    slot.tids.clear();
  }
}
