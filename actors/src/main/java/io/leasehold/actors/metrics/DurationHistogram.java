package io.leasehold.actors.metrics;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * A histogram with one fixed label, whose values are known when it is made, and fixed buckets. Safe
 * for any thread; recording adds to three striped counters and allocates nothing.
 *
 * <p>Values are whole numbers in a unit of their own (nanoseconds, say), shown divided by a scale.
 */
public final class DurationHistogram extends Collector {
  private static final double[] SECONDS = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };
  private static final double[] GROUP_SIZES = {1, 2, 5, 10, 20, 50, 100, 200, 512};
  private static final double NANOS = 1e9;

  private final String name;
  private final String help;
  private final List<String> labelNames;
  private final List<String> labelValues;
  private final double[] bounds;
  private final long[] scaledBounds;
  private final double scale;
  private final LongAdder[][] counts;
  private final LongAdder[] sums;

  private DurationHistogram(
      String name,
      String help,
      List<String> labelNames,
      List<String> labelValues,
      double[] bounds,
      double scale) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.labelValues = labelValues;
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
    return new DurationHistogram(name, help, List.of(), List.of(""), SECONDS, NANOS);
  }

  /** The same with one label; every value has its series from the start. */
  public static DurationHistogram ofSeconds(
      String name, String help, String label, List<String> values) {
    return new DurationHistogram(name, help, List.of(label), List.copyOf(values), SECONDS, NANOS);
  }

  /** Of numbers of changes in a group. */
  public static DurationHistogram ofGroupSizes(
      String name, String help, String label, List<String> values) {
    return new DurationHistogram(name, help, List.of(label), List.copyOf(values), GROUP_SIZES, 1);
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

  @Override
  public List<MetricFamilySamples> collect() {
    var samples = new ArrayList<MetricFamilySamples.Sample>();
    var bucketLabels = new ArrayList<>(labelNames);
    bucketLabels.add("le");
    for (int i = 0; i < sums.length; i++) {
      List<String> values = labelNames.isEmpty() ? List.of() : List.of(labelValues.get(i));
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
