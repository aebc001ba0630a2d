package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A map that also is an array: new names stand at its end, an overwritten one keeps its place, and
 * the last one moves into the hole that a removed one leaves. So a random pick costs one step, and
 * a walk from the end down misses nothing that stays, whatever is removed meanwhile: what moves,
 * moves down. Confined to whoever owns it.
 *
 * <p>The index is a {@link HashMap}, whose buckets become trees: names made to collide cost no more
 * than a logarithm.
 */
final class Table<V> {
  private static final class Slot<V> {
    final Bytes name;
    V value;
    int position;

    Slot(Bytes name, V value, int position) {
      this.name = name;
      this.value = value;
      this.position = position;
    }
  }

  private final Map<Bytes, Slot<V>> index = new HashMap<>();
  private final List<Slot<V>> slots = new ArrayList<>();

  int size() {
    return slots.size();
  }

  @Nullable V get(Bytes name) {
    Slot<V> slot = index.get(name);
    return slot == null ? null : slot.value;
  }

  boolean contains(Bytes name) {
    return index.containsKey(name);
  }

  /**
   * @param position 0..size - 1
   */
  Bytes nameAt(int position) {
    return slots.get(position).name;
  }

  /**
   * @param position 0..size - 1
   */
  V valueAt(int position) {
    return slots.get(position).value;
  }

  /** Returns what was there before. */
  @Nullable V put(Bytes name, V value, Undo undo) {
    Slot<V> slot = index.get(name);
    if (slot == null) {
      slot = new Slot<>(name, value, slots.size());
      index.put(name, slot);
      slots.add(slot);
      undo.add(() -> index.remove(slots.remove(slots.size() - 1).name));
      return null;
    }
    V before = slot.value;
    Slot<V> there = slot;
    slot.value = value;
    undo.add(() -> there.value = before);
    return before;
  }

  /** Returns what was there. */
  @Nullable V remove(Bytes name, Undo undo) {
    Slot<V> slot = index.remove(name);
    if (slot == null) {
      return null;
    }
    Slot<V> last = slots.remove(slots.size() - 1);
    if (last != slot) {
      place(last, slot.position);
    }
    undo.add(
        () -> {
          index.put(slot.name, slot);
          slots.add(slot);
          if (last != slot) {
            place(last, slots.size() - 1);
            place(slot, slot.position);
          }
        });
    return slot.value;
  }

  private void place(Slot<V> slot, int position) {
    slots.set(position, slot);
    slot.position = position;
  }

  /** The same again, in the same order, of the same values. Cost: one step a name. */
  Table<V> copy() {
    var copy = new Table<V>();
    for (Slot<V> slot : slots) {
      copy.put(slot.name, slot.value, Undo.NEVER);
    }
    return copy;
  }
}
