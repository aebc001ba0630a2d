package io.leasehold.actors.cluster;

import io.leasehold.domain.lock.PartitionView;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What a node last heard of every partition of the cluster. Safe for any thread. */
public final class PartitionBoard {
  private record Seen(String node, boolean ready, long atNanos) {}

  private final Clock clock;
  private final long startedNanos;
  private final AtomicReferenceArray<@Nullable Seen> seen;

  public PartitionBoard(Clock clock, int partitions) {
    this.clock = clock;
    this.startedNanos = clock.nanos();
    this.seen = new AtomicReferenceArray<>(partitions);
  }

  /** A partition has said where it is and how it is. */
  public void seen(int partition, String node, boolean ready) {
    seen.set(partition, new Seen(node, ready, clock.nanos()));
  }

  /** All partitions by number. */
  public List<PartitionView> views() {
    long now = clock.nanos();
    var views = new ArrayList<PartitionView>();
    for (int i = 0; i < seen.length(); i++) {
      Seen last = seen.get(i);
      long sinceNanos = now - (last == null ? startedNanos : last.atNanos);
      views.add(
          new PartitionView(
              i,
              last == null ? null : last.node,
              last != null && last.ready,
              Math.max(0, sinceNanos / 1_000_000)));
    }
    return views;
  }
}
