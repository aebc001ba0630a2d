package io.leasehold.app.fault;

import java.util.Arrays;
import java.util.List;

/** When grants were received, of all keys together and of each key. Of keys many want only. */
final class GrantTimes {
  private final long[] all;
  private final long[][] byKey;

  /**
   * @param keys how many of the first keys count
   */
  GrantTimes(History history, int keys) {
    int[] counts = new int[keys];
    for (int i = 0; i < history.size(); i++) {
      Operation operation = history.get(i);
      if (operation.isGrant() && operation.key() < keys) {
        counts[operation.key()]++;
      }
    }
    byKey = new long[keys][];
    for (int key = 0; key < keys; key++) {
      byKey[key] = new long[counts[key]];
    }
    all = new long[Arrays.stream(counts).sum()];
    int next = 0;
    for (int i = 0; i < history.size(); i++) {
      Operation operation = history.get(i);
      if (operation.isGrant() && operation.key() < keys) {
        all[next++] = operation.answeredNanos();
        byKey[operation.key()][--counts[operation.key()]] = operation.answeredNanos();
      }
    }
    Arrays.sort(all);
    List.of(byKey).forEach(Arrays::sort);
  }

  /** The longest time between a grant and the next, of whichever key. */
  long longestGapNanos() {
    return longestGap(all, 0, Long.MAX_VALUE);
  }

  /**
   * The longest time that a single key was without a grant and that began, ended or lay between
   * these moments: what a fault cost the clients of the key it hit most.
   */
  long longestGapOfAKeyNanos(long fromNanos, long toNanos) {
    long longest = 0;
    for (long[] times : byKey) {
      longest = Math.max(longest, longestGap(times, fromNanos, toNanos));
    }
    return longest;
  }

  private static long longestGap(long[] times, long from, long to) {
    long longest = 0;
    for (int i = 1; i < times.length; i++) {
      if (times[i] >= from && times[i - 1] <= to) {
        longest = Math.max(longest, times[i] - times[i - 1]);
      }
    }
    return longest;
  }
}
