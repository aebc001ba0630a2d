package io.leasehold.actors.topkeys;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.datasketches.frequencies.ErrorType;
import org.apache.datasketches.frequencies.ItemsSketch;

/**
 * The keys asked for most, in bounded memory. Safe for any thread.
 *
 * <p>Up to 10,000 requests a second all are recorded; above, every n-th with weight n. Two windows
 * of five minutes take turns, so a picture covers five to ten minutes, less after the start. Counts
 * come from a Misra-Gries sketch (Anderson et al., "A High-Performance Algorithm for Identifying
 * Frequent Items in Data Streams", 2017) and are never too low by more than their error.
 */
public final class TopKeys {
  private static final int ENTRIES = 2_048;
  private static final int FULL_RATE = 10_000;
  private static final int MAX_SAMPLING = 1 << 16;
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long WINDOW_NANOS = 300 * SECOND_NANOS;

  /**
   * One key.
   *
   * @param count at most what it really is plus {@code error}, at least what it is minus it
   * @param sharePercent of all recorded requests
   */
  public record Top(String key, long count, long error, double sharePercent) {}

  /**
   * What is known.
   *
   * @param sampling every so many-th request is recorded
   */
  public record Picture(
      long windowSeconds, long recorded, int sampling, long maxError, List<Top> keys) {}

  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private ItemsSketch<String> current = new ItemsSketch<>(ENTRIES);
  private ItemsSketch<String> previous = new ItemsSketch<>(ENTRIES);
  private long currentSinceNanos;
  private long previousSinceNanos;
  private long secondSinceNanos;
  private long recordedThisSecond;

  /** One less than the sampling, which is a power of two. */
  private volatile int mask;

  /** Counted without care: two threads that count as one only shift the sample. */
  private int ticks;

  /** An empty picture. */
  public TopKeys(Clock clock) {
    this.clock = clock;
    this.currentSinceNanos = clock.nanos();
    this.previousSinceNanos = currentSinceNanos;
    this.secondSinceNanos = currentSinceNanos;
  }

  /** Counts a request for this key. Costs next to nothing, and never waits. */
  public void seen(String key) {
    int m = mask;
    if ((ticks++ & m) == 0) {
      tryRecord(key, m + 1);
    }
  }

  /** The same for a key of the store, whose text is only made if the request is recorded. */
  public void seen(Bytes key) {
    int m = mask;
    if ((ticks++ & m) == 0) {
      tryRecord(key.text(), m + 1);
    }
  }

  private void tryRecord(String key, int weight) {
    if (lock.tryLock()) {
      try {
        record(key, weight);
      } finally {
        lock.unlock();
      }
    }
  }

  private void record(String key, int weight) {
    long now = clock.nanos();
    rotate(now);
    current.update(key, weight);
    recordedThisSecond++;
    if (now - secondSinceNanos >= SECOND_NANOS) {
      long rate = recordedThisSecond * weight;
      int sampling = 1;
      while (rate / sampling > FULL_RATE && sampling < MAX_SAMPLING) {
        sampling *= 2;
      }
      mask = sampling - 1;
      secondSinceNanos = now;
      recordedThisSecond = 0;
    } else if (recordedThisSecond >= FULL_RATE && weight < MAX_SAMPLING) {
      mask = 2 * weight - 1; // at once: the second is not over
      recordedThisSecond = 0;
    }
  }

  private void rotate(long now) {
    if (now - currentSinceNanos >= WINDOW_NANOS) {
      previous = current;
      previousSinceNanos = currentSinceNanos;
      current = new ItemsSketch<>(ENTRIES);
      currentSinceNanos = now;
    }
  }

  /** The {@code limit} keys with the highest counts. */
  public Picture picture(int limit) {
    lock.lock();
    try {
      long now = clock.nanos();
      rotate(now);
      var both = new ItemsSketch<String>(ENTRIES);
      both.merge(previous);
      both.merge(current);
      long recorded = both.getStreamLength();
      var keys = new ArrayList<Top>();
      for (var row : both.getFrequentItems(0, ErrorType.NO_FALSE_NEGATIVES)) {
        keys.add(
            new Top(
                row.getItem(),
                row.getEstimate(),
                row.getUpperBound() - row.getLowerBound(),
                recorded == 0 ? 0 : Math.round(1_000.0 * row.getEstimate() / recorded) / 10.0));
      }
      keys.sort(Comparator.comparingLong(Top::count).reversed());
      return new Picture(
          (now - previousSinceNanos) / SECOND_NANOS,
          recorded,
          mask + 1,
          both.getMaximumError(),
          List.copyOf(keys.subList(0, Math.min(limit, keys.size()))));
    } finally {
      lock.unlock();
    }
  }
}
