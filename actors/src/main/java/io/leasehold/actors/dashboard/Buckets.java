package io.leasehold.actors.dashboard;

import io.leasehold.domain.health.alert.Quantile;
import java.util.Map;
import java.util.TreeMap;

/**
 * Cumulative counts by upper bound in seconds. Immutable once handed out.
 *
 * @param counts the last bound is infinite, if there is any
 */
public record Buckets(TreeMap<Double, Double> counts) {
  public static final Buckets EMPTY = new Buckets(new TreeMap<>());

  /** What came since an earlier reading. */
  Buckets since(Buckets earlier) {
    var rise = new TreeMap<Double, Double>();
    counts.forEach(
        (bound, count) ->
            rise.put(bound, Math.max(0, count - earlier.counts.getOrDefault(bound, 0.0))));
    return new Buckets(rise);
  }

  /** Both together. */
  public Buckets plus(Buckets other) {
    var sum = new TreeMap<>(counts);
    for (Map.Entry<Double, Double> each : other.counts.entrySet()) {
      sum.merge(each.getKey(), each.getValue(), Double::sum);
    }
    return new Buckets(sum);
  }

  /** In milliseconds; NaN if nothing was counted. */
  public double p95Millis() {
    double[] bounds = counts.keySet().stream().mapToDouble(each -> each).toArray();
    double[] upTo = counts.values().stream().mapToDouble(each -> each).toArray();
    return 1_000 * Quantile.of(0.95, bounds, upTo);
  }
}
