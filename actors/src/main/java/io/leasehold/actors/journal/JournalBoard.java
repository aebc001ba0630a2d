package io.leasehold.actors.journal;

import io.leasehold.domain.lock.JournalView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What the partitions of a node share, and where each shows how its journal is. Safe for any
 * thread.
 */
public final class JournalBoard {
  private record Shown(JournalView view, boolean ready) {}

  private final ConcurrentSkipListMap<Integer, Shown> shown = new ConcurrentSkipListMap<>();
  private final JournalMetrics metrics;
  private final JournalCleaner cleaner;
  private final SnapshotPolicy snapshots;

  public JournalBoard(JournalMetrics metrics, JournalCleaner cleaner, SnapshotPolicy snapshots) {
    this.metrics = metrics;
    this.cleaner = cleaner;
    this.snapshots = snapshots;
  }

  /** Of a service without journals. */
  public static JournalBoard withoutJournals() {
    return new JournalBoard(
        JournalMetrics.NONE,
        (id, number) -> CompletableFuture.completedFuture(null),
        SnapshotPolicy.NEVER);
  }

  public JournalMetrics metrics() {
    return metrics;
  }

  public JournalCleaner cleaner() {
    return cleaner;
  }

  public SnapshotPolicy snapshots() {
    return snapshots;
  }

  /** Replaces what was shown of a partition. */
  public void show(int partition, JournalView view, boolean ready) {
    shown.put(partition, new Shown(view, ready));
  }

  /** The partition is not here any more. */
  public void hide(int partition) {
    shown.remove(partition);
  }

  /** The journals on this node, by partition; a quarter of a second old at most. */
  public List<JournalView> views() {
    var views = new ArrayList<JournalView>();
    shown.values().forEach(each -> views.add(each.view()));
    return views;
  }
}
