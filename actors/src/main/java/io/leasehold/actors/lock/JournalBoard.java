package io.leasehold.actors.lock;

import io.leasehold.actors.journal.JournalCleaner;
import io.leasehold.actors.journal.JournalMetrics;
import io.leasehold.domain.lock.JournalView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What the partitions of a node share, and where each shows how its journal is. Safe for any
 * thread.
 */
final class JournalBoard {
  private record Shown(JournalView view, boolean ready) {}

  private final ConcurrentSkipListMap<Integer, Shown> shown = new ConcurrentSkipListMap<>();
  private final JournalMetrics metrics;
  private final JournalCleaner cleaner;
  private final long snapshotChanges;

  JournalBoard(JournalMetrics metrics, JournalCleaner cleaner, long snapshotChanges) {
    this.metrics = metrics;
    this.cleaner = cleaner;
    this.snapshotChanges = snapshotChanges;
  }

  JournalMetrics metrics() {
    return metrics;
  }

  JournalCleaner cleaner() {
    return cleaner;
  }

  long snapshotChanges() {
    return snapshotChanges;
  }

  void show(int partition, JournalView view, boolean ready) {
    shown.put(partition, new Shown(view, ready));
  }

  void hide(int partition) {
    shown.remove(partition);
  }

  /** The journals on this node, by partition; a quarter of a second old at most. */
  List<JournalView> views() {
    var views = new ArrayList<JournalView>();
    shown.values().forEach(each -> views.add(each.view()));
    return views;
  }
}
