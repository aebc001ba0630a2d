package io.leasehold.actors.metrics;

import io.leasehold.domain.health.alert.Quantile;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * A histogram with fixed labels, whose values are known when it is made, and fixed buckets. Safe
 * for any thread; recording adds to three striped counters and allocates nothing.
 *
 * <p>Values are whole numbers in a unit of their own (nanoseconds, say), shown divided by a scale.
 */
public final class DurationHistogram extends Collector {
  private static final double[] SECONDS = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };
  private static final double[] GROUP_SIZES = {1, 2, 5, 10, 20, 50, 100, 200, 512};
  private static final double[] BATCH_SIZES = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000
  };
  private static final double[] BYTES = {
    64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304
  };
  private static final double NANOS = 1e9;
  private static final List<String> NO_LABELS = List.of();
  private static final List<List<String>> ONE_SERIES = List.of(List.of());

  private final String name;
  private final String help;
  private final List<String> labelNames;
  private final List<List<String>> labelValues;
  private final BitSet shown;
  private final double[] bounds;
  private final long[] scaledBounds;
  private final double scale;
  private final LongAdder[][] counts;
  private final LongAdder[] sums;

  private DurationHistogram(
      String name,
      String help,
      List<String> labelNames,
      List<List<String>> labelValues,
      BitSet shown,
      double[] bounds,
      double scale) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.labelValues = labelValues;
    this.shown = shown;
    this.bounds = bounds;
    this.scale = scale;
    this.scaledBounds = new long[bounds.length];
    for (int i = 0; i < bounds.length; i++) {
      scaledBounds[i] = Math.round(bounds[i] * scale);
    }
    this.counts = new LongAdder[labelValues.size()][bounds.length + 1];
    this.sums = new LongAdder[labelValues.size()];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = new LongAdder();
      for (int j = 0; j <= bounds.length; j++) {
        counts[i][j] = new LongAdder();
      }
    }
  }

  /** Of durations, recorded in nanoseconds and shown in seconds, without a label. */
  public static DurationHistogram ofSeconds(String name, String help) {
    return new DurationHistogram(name, help, NO_LABELS, ONE_SERIES, ofAll(1), SECONDS, NANOS);
  }

  /** The same with one label; every value has its series from the start. */
  public static DurationHistogram ofSeconds(
      String name, String help, String label, List<String> values) {
    return ofOneLabel(name, help, label, values, SECONDS, NANOS);
  }

  /**
   * The same with several labels.
   *
   * @param values in the order of the labels, one list a series
   * @param shown series that are there from the start; the others once something was recorded
   */
  public static DurationHistogram ofSeconds(
      String name, String help, List<String> labels, List<List<String>> values, BitSet shown) {
    return new DurationHistogram(
        name,
        help,
        List.copyOf(labels),
        List.copyOf(values),
        (BitSet) shown.clone(),
        SECONDS,
        NANOS);
  }

  /** Of sizes, without a label. */
  public static DurationHistogram ofBytes(String name, String help) {
    return new DurationHistogram(name, help, NO_LABELS, ONE_SERIES, ofAll(1), BYTES, 1);
  }

  /** Of numbers of commands in a batch, without a label. */
  public static DurationHistogram ofBatchSizes(String name, String help) {
    return new DurationHistogram(name, help, NO_LABELS, ONE_SERIES, ofAll(1), BATCH_SIZES, 1);
  }

  private static DurationHistogram ofOneLabel(
      String name, String help, String label, List<String> values, double[] bounds, double scale) {
    return new DurationHistogram(
        name,
        help,
        List.of(label),
        values.stream().map(List::of).toList(),
        ofAll(values.size()),
        bounds,
        scale);
  }

  private static BitSet ofAll(int series) {
    var all = new BitSet(series);
    all.set(0, series);
    return all;
  }

  /** Of numbers of changes in a group. */
  public static DurationHistogram ofGroupSizes(
      String name, String help, String label, List<String> values) {
    return ofOneLabel(name, help, label, values, GROUP_SIZES, 1);
  }

  /** Records one value for the label value with this index, 0 without a label. */
  public void record(int label, long value) {
    record(label, value, 1);
  }

  /** Records {@code times} equal values. */
  public void record(int label, long value, int times) {
    int bucket = 0;
    while (bucket < scaledBounds.length && value > scaledBounds[bucket]) {
      bucket++;
    }
    counts[label][bucket].add(times);
    sums[label].add(value * times);
  }

  /** What was recorded up to a moment. Immutable. */
  public static final class Counts {
    private final double[] bounds;
    private final long[] buckets;

    private Counts(double[] bounds, long[] buckets) {
      this.bounds = bounds;
      this.buckets = buckets;
    }

    /** What was recorded after {@code earlier}, of the same histogram. */
    public Counts since(Counts earlier) {
      long[] rise = new long[buckets.length];
      for (int i = 0; i < rise.length; i++) {
        rise[i] = buckets[i] - earlier.buckets[i];
      }
      return new Counts(bounds, rise);
    }

    /** As Prometheus reckons it, in what is shown; NaN if nothing was recorded. */
    public double quantile(double share) {
      double[] upper = Arrays.copyOf(bounds, buckets.length);
      upper[bounds.length] = Double.POSITIVE_INFINITY;
      double[] upTo = new double[buckets.length];
      double sum = 0;
      for (int i = 0; i < buckets.length; i++) {
        sum += buckets[i];
        upTo[i] = sum;
      }
      return Quantile.of(share, upper, upTo);
    }
  }

  /** What was recorded for a label value until now. */
  public Counts counts(int label) {
    long[] buckets = new long[bounds.length + 1];
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = counts[label][i].sum();
    }
    return new Counts(bounds, buckets);
  }

  private boolean isEmpty(int series) {
    for (LongAdder each : counts[series]) {
      if (each.sum() != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    var samples = new ArrayList<MetricFamilySamples.Sample>();
    var bucketLabels = new ArrayList<>(labelNames);
    bucketLabels.add("le");
    for (int i = 0; i < sums.length; i++) {
      List<String> values = labelValues.get(i);
      if (!shown.get(i) && isEmpty(i)) {
        continue;
      }
      long total = 0;
      for (int j = 0; j <= bounds.length; j++) {
        total += counts[i][j].sum();
        var bucketValues = new ArrayList<>(values);
        bucketValues.add(j < bounds.length ? doubleToGoString(bounds[j]) : "+Inf");
        samples.add(
            new MetricFamilySamples.Sample(name + "_bucket", bucketLabels, bucketValues, total));
      }
      samples.add(new MetricFamilySamples.Sample(name + "_count", labelNames, values, total));
      samples.add(
          new MetricFamilySamples.Sample(name + "_sum", labelNames, values, sums[i].sum() / scale));
    }
    return List.of(new MetricFamilySamples(name, Type.HISTOGRAM, help, samples));
  }
}
