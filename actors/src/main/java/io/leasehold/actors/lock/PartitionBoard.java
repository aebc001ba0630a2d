package io.leasehold.actors.lock;

import io.leasehold.domain.lock.PartitionView;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What a node last heard of every partition of the cluster. Safe for any thread. */
final class PartitionBoard {
  private record Seen(String node, boolean ready, long atNanos) {}

  private final Clock clock;
  private final long startedNanos;
  private final AtomicReferenceArray<@Nullable Seen> seen;

  PartitionBoard(Clock clock, int partitions) {
    this.clock = clock;
    this.startedNanos = clock.nanos();
    this.seen = new AtomicReferenceArray<>(partitions);
  }

  void seen(LockPartition.Status status, long nowNanos) {
    seen.set(status.partition(), new Seen(status.node(), status.ready(), nowNanos));
  }

  /** All partitions by number. */
  List<PartitionView> views() {
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
