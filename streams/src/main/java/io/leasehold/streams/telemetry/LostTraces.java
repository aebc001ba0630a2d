package io.leasehold.streams.telemetry;

import io.leasehold.actors.telemetry.TraceExchange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Traces of which messages were lost, so that their records say so: by name as long as there are
 * not too many, then by slot. Safe for any thread.
 */
final class LostTraces {
  private static final int MAX_NAMES = 10_000;

  private final Set<String> names = new LinkedHashSet<>();
  private final BitSet slots = new BitSet(TraceExchange.SLOTS);

  /** What was lost since it was asked last. */
  record Losses(List<String> names, BitSet slots) {
    boolean isEmpty() {
      return names.isEmpty() && slots.isEmpty();
    }
  }

  synchronized void add(Collection<String> tids) {
    for (String each : tids) {
      if (names.size() < MAX_NAMES) {
        names.add(each);
      } else {
        slots.set(TraceExchange.slotOf(each));
      }
    }
  }

  /** Some of a slot, whichever. */
  synchronized void addSlot(int slot) {
    slots.set(slot);
  }

  synchronized Losses drain() {
    var losses = new Losses(new ArrayList<>(names), (BitSet) slots.clone());
    names.clear();
    slots.clear();
    return losses;
  }
}
