package io.leasehold.domain.health.alert;

/**
 * How much a counter rose within a window, computed as Prometheus does: a fall is a restart, and
 * what was seen is stretched to the edges of the window where the samples reach near them.
 */
final class Rate {
  /** Samples this much further apart than usual are a gap. */
  private static final double GAP = 1.1;

  private Rate() {}

  /**
   * The increase within the window that ends now, NaN with fewer than two samples.
   *
   * @param track no sample older than the window
   */
  static double increase(SampleHistory.Track track, long nowNanos, long windowNanos) {
    int last = track.size() - 1;
    if (last < 1) {
      return Double.NaN;
    }
    double rise = track.value(last) - track.value(0);
    for (int i = 1; i <= last; i++) {
      if (track.value(i) < track.value(i - 1)) {
        rise += track.value(i - 1);
      }
    }
    double sampled = (double) (track.nanos(last) - track.nanos(0));
    double apart = sampled / last;
    double toStart = (double) (track.nanos(0) - (nowNanos - windowNanos));
    double toEnd = (double) (nowNanos - track.nanos(last));
    if (rise > 0 && track.value(0) >= 0) { // a counter was never below zero
      toStart = Math.min(toStart, sampled * (track.value(0) / rise));
    }
    double covered = sampled;
    covered += toStart < apart * GAP ? toStart : apart / 2;
    covered += toEnd < apart * GAP ? toEnd : apart / 2;
    return rise * (covered / sampled);
  }
}
