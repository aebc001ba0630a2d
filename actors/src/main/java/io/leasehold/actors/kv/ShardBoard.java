package io.leasehold.actors.kv;

import io.leasehold.domain.lock.JournalView;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/** Where the shards of a node show how they are, a quarter of a second old. Safe for any thread. */
final class ShardBoard {
  /**
   * One shard.
   *
   * @param journal with what waits at the gate
   * @param sizeBytes of keys and values
   */
  record Figures(JournalView journal, boolean ready, long entries, long sizeBytes, int marks) {}

  private final ConcurrentSkipListMap<Integer, Figures> shown = new ConcurrentSkipListMap<>();

  void show(int shard, Figures figures) {
    shown.put(shard, figures);
  }

  /** The shard is not here any more. */
  void hide(int shard) {
    shown.remove(shard);
  }

  /** Those of this node by number. */
  List<Figures> figures() {
    return List.copyOf(shown.values());
  }

  /** A shard that is here and has been read, at or behind this number; -1 = there is none. */
  int anyReady(int atOrAfter) {
    int first = -1;
    for (var each : shown.entrySet()) {
      if (each.getValue().ready()) {
        if (each.getKey() >= atOrAfter) {
          return each.getKey();
        }
        first = first < 0 ? each.getKey() : first;
      }
    }
    return first;
  }
}
