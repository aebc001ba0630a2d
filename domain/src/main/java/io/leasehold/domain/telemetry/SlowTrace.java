package io.leasehold.domain.telemetry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * A closed trace in a list of those that took the longest. As it was when it was closed. Immutable.
 *
 * @param name of its first root; empty if there is none
 * @param source of its first root, else of its first message
 * @param startMillis since the epoch
 * @param durationMillis 0 or more
 */
public record SlowTrace(
    String tid,
    String name,
    String source,
    long startMillis,
    long durationMillis,
    TraceEnd reason,
    int spans) {
  private static final Comparator<SlowTrace> SLOWEST_FIRST =
      slowestFirst(SlowTrace::durationMillis, SlowTrace::tid);

  /** The order of any list of such traces: the slowest first, equal ones by their ids. */
  public static <T> Comparator<T> slowestFirst(
      ToLongFunction<T> durationMillis, Function<T, String> tid) {
    return Comparator.comparingLong(durationMillis).reversed().thenComparing(tid);
  }

  /** The slowest of these, in their order. Looks at each once, and keeps {@code limit}. */
  static List<SlowTrace> slowest(Iterable<SlowTrace> all, int limit) {
    var found = new PriorityQueue<SlowTrace>(SLOWEST_FIRST.reversed());
    for (SlowTrace each : all) {
      found.add(each);
      if (found.size() > limit) {
        found.remove();
      }
    }
    List<SlowTrace> sorted = new ArrayList<>(found);
    sorted.sort(SLOWEST_FIRST);
    return sorted;
  }
}
