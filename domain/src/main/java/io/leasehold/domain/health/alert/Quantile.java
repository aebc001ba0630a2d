package io.leasehold.domain.health.alert;

/**
 * A quantile out of the buckets of a histogram, computed as Prometheus does: straight lines within
 * a bucket, the last finite bound for what lies above it.
 */
public final class Quantile {
  private Quantile() {}

  /**
   * The value below which this share of the observations is; NaN if there is none, or no bucket
   * without a bound.
   *
   * @param share 0..1
   * @param bounds rising; the last is infinite
   * @param counts observations up to each bound; a count below the one before it counts as equal
   */
  public static double of(double share, double[] bounds, double[] counts) {
    int last = bounds.length - 1;
    if (last < 1 || bounds[last] != Double.POSITIVE_INFINITY) {
      return Double.NaN;
    }
    double[] rising = counts.clone();
    for (int i = 1; i <= last; i++) {
      rising[i] = Math.max(rising[i], rising[i - 1]);
    }
    double total = rising[last];
    if (total == 0) {
      return Double.NaN;
    }
    double rank = share * total;
    int bucket = 0;
    while (bucket < last && rising[bucket] < rank) {
      bucket++;
    }
    if (bucket == last) {
      return bounds[last - 1];
    }
    if (bucket == 0 && bounds[0] <= 0) {
      return bounds[0];
    }
    double start = bucket == 0 ? 0 : bounds[bucket - 1];
    double before = bucket == 0 ? 0 : rising[bucket - 1];
    double within = rising[bucket] - before;
    return start + (bounds[bucket] - start) * ((rank - before) / within);
  }
}
