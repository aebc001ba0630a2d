package io.leasehold.domain.kv;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last changes of a shard that watchers see, by revision without gaps. Bounded in number and in
 * accounted bytes: the oldest go first. Confined to whoever owns the shard's state.
 */
public final class KvHistory {
  /** A power of two, as every length of the ring is. */
  private static final int MIN_RING = 16;

  private final int maxEvents;
  private final long maxBytes;
  private @Nullable KvChange[] ring = new KvChange[MIN_RING];

  /** Of the changes in the ring: whoever drops one need not look at it, it is long out of reach. */
  private int[] weights = new int[MIN_RING];

  private long first = 1;
  private long last;
  private long bytes;

  /**
   * Starts empty behind a revision.
   *
   * @param maxEvents 0 or more
   * @param maxBytes 0 or more
   */
  public KvHistory(int maxEvents, long maxBytes, long behindRevision) {
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
    this.last = behindRevision;
    this.first = behindRevision + 1;
  }

  /** The same changes again, independent of this one. */
  public KvHistory copy() {
    var copy = new KvHistory(maxEvents, maxBytes, last);
    copy.ring = ring.clone();
    copy.weights = weights.clone();
    copy.first = first;
    copy.bytes = bytes;
    return copy;
  }

  /** Takes the change with the next revision; one without a revision is not kept. */
  public void add(KvChange change) {
    if (change.revision() == 0) {
      return;
    }
    if (change.revision() != last + 1) {
      throw new IllegalStateException("revision " + change.revision() + " follows " + last);
    }
    if (last - first + 1 == ring.length) {
      grow();
    }
    int slot = slot(++last);
    ring[slot] = change;
    weights[slot] = Math.toIntExact(change.weight());
    bytes += weights[slot];
    while (first <= last && (last - first + 1 > maxEvents || bytes > maxBytes)) {
      int oldest = slot(first++);
      bytes -= weights[oldest];
      ring[oldest] = null;
    }
  }

  private void grow() {
    @Nullable KvChange[] before = ring;
    int[] weightsBefore = weights;
    ring = new KvChange[before.length * 2];
    weights = new int[ring.length];
    for (long revision = first; revision <= last; revision++) {
      int from = slot(revision, before.length);
      ring[slot(revision)] = before[from];
      weights[slot(revision)] = weightsBefore[from];
    }
  }

  private int slot(long revision) {
    return slot(revision, ring.length);
  }

  private static int slot(long revision, int length) {
    return (int) revision & (length - 1);
  }

  private KvChange at(long revision) {
    KvChange change = ring[slot(revision)];
    if (change == null) {
      throw new IllegalStateException("revision " + revision + " is not kept");
    }
    return change;
  }

  /** The newest revision there is, kept or not. */
  public long lastRevision() {
    return last;
  }

  /** Changes with a greater revision than this are all kept. */
  public long trimmedTo() {
    return first - 1;
  }

  /**
   * Changes behind a revision, oldest first.
   *
   * @param behindRevision not below {@link #trimmedTo}
   * @param max at most so many
   */
  public List<KvChange> behind(long behindRevision, int max) {
    if (behindRevision < trimmedTo()) {
      throw new IllegalArgumentException(
          "revision " + behindRevision + ": what follows is not kept, only from " + first);
    }
    var changes = new ArrayList<KvChange>();
    for (long i = behindRevision + 1; i <= last && changes.size() < max; i++) {
      changes.add(at(i));
    }
    return changes;
  }
}
