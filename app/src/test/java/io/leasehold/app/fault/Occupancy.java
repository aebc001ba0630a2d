package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** How many permits are taken at each moment: a staircase made of stretches of time. */
final class Occupancy {
  /** Permits taken from this moment (included) to that one (not included). */
  record Stretch(long fromNanos, long toNanos, long permits) {}

  private final long[] times;

  /** Level from the time of the same index to the next. */
  private final long[] levels;

  private record Step(long nanos, long change) {}

  Occupancy(List<Stretch> stretches) {
    var steps = new ArrayList<Step>();
    for (Stretch stretch : stretches) {
      if (stretch.toNanos() > stretch.fromNanos()) {
        steps.add(new Step(stretch.fromNanos(), stretch.permits()));
        steps.add(new Step(stretch.toNanos(), -stretch.permits()));
      }
    }
    steps.sort(Comparator.comparingLong(Step::nanos));
    times = new long[steps.size() + 1];
    levels = new long[steps.size() + 1];
    times[0] = Long.MIN_VALUE;
    for (int i = 0; i < steps.size(); i++) {
      times[i + 1] = steps.get(i).nanos();
      levels[i + 1] = levels[i] + steps.get(i).change();
    }
  }

  private int indexAt(long nanos) {
    int low = 0;
    int high = times.length;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (times[middle] <= nanos) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The highest level between these moments, both included. */
  long highest(long fromNanos, long toNanos) {
    long highest = 0;
    for (int i = indexAt(fromNanos); i < times.length && times[i] <= toNanos; i++) {
      boolean lasts = i + 1 == times.length || times[i + 1] > times[i];
      highest = lasts ? Math.max(highest, levels[i]) : highest;
    }
    return highest;
  }

  /** The longest stretches in time in which the level is not above this one, from 0 on. */
  List<Stretch> notAbove(long level) {
    var found = new ArrayList<Stretch>();
    long from = -1;
    for (int i = 0; i < times.length; i++) {
      boolean lasts = i + 1 == times.length || times[i + 1] > times[i];
      if (!lasts) {
        continue;
      }
      if (levels[i] <= level) {
        from = from < 0 ? Math.max(0, times[i]) : from;
      } else if (from >= 0) {
        found.add(new Stretch(from, times[i], level));
        from = -1;
      }
    }
    if (from >= 0) {
      found.add(new Stretch(from, Long.MAX_VALUE, level));
    }
    return found;
  }
}
