package io.leasehold.streams.telemetry.spool;

import java.util.ArrayList;
import java.util.List;

/**
 * Which units of the spool went into a batch together, of those that are not settled for sure: a
 * destination that names what it stores by what is in it must get the same batch again, also after
 * a restart. Safe for any thread; {@link #keep} waits for the disk, and others do not wait for it.
 */
final class KeptBatches {
  /** Units {@code from} to {@code to} (exclusive), by their sequence. */
  record Range(long from, long to) {}

  private final SpoolFeeds spool;
  private final String target;
  private final List<Range> ranges = new ArrayList<>();

  /** Held while they are written: an older list must not replace a newer one. */
  private final Object writing = new Object();

  /**
   * Begins with what was stored.
   *
   * @param stored as {@link #keep} has left it
   * @param passed what is before this unit does not come again
   */
  KeptBatches(SpoolFeeds spool, String target, long[] stored, long passed) {
    this.spool = spool;
    this.target = target;
    for (int i = 0; i + 1 < stored.length; i += 2) {
      ranges.add(new Range(stored[i], stored[i + 1]));
    }
    passed(passed);
  }

  /** Adds one. On the disk when it returns. */
  void keep(Range range) throws SpoolException {
    synchronized (writing) {
      long[] all;
      synchronized (ranges) {
        if (ranges.contains(range)) {
          return; // from before a restart
        }
        ranges.add(range);
        all = new long[2 * ranges.size()];
        for (int i = 0; i < ranges.size(); i++) {
          all[2 * i] = ranges.get(i).from;
          all[2 * i + 1] = ranges.get(i).to;
        }
      }
      spool.keep(target, all);
    }
  }

  /** Forgets those that end at or before this unit: the position on the disk is there. */
  void passed(long sequence) {
    synchronized (ranges) {
      ranges.removeIf(each -> each.to <= sequence);
    }
  }

  Cut cutAt(long sequence) {
    synchronized (ranges) {
      for (Range each : ranges) {
        if (each.from <= sequence && sequence < each.to) {
          return sequence == each.to - 1 ? Cut.END : Cut.INSIDE;
        }
      }
      return Cut.FREE;
    }
  }
}
