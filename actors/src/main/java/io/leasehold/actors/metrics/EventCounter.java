package io.leasehold.actors.metrics;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counters with fixed labels: every series is there from the start. Safe for any thread; counting
 * adds to one striped counter and allocates nothing.
 */
public final class EventCounter extends Collector {
  private final String name;
  private final String help;
  private final List<String> labelNames;
  private final List<List<String>> labelValues;
  private final LongAdder[] counts;

  /**
   * Makes one series for each entry of {@code labelValues}.
   *
   * @param name without {@code _total}
   * @param labelValues values in the order of the label names; one empty list without labels
   */
  public EventCounter(
      String name, String help, List<String> labelNames, List<List<String>> labelValues) {
    this.name = name;
    this.help = help;
    this.labelNames = List.copyOf(labelNames);
    this.labelValues = List.copyOf(labelValues);
    this.counts = new LongAdder[labelValues.size()];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  /** A counter without labels. */
  public EventCounter(String name, String help) {
    this(name, help, List.of(), List.of(List.of()));
  }

  public void count() {
    counts[0].increment();
  }

  /** Counts {@code times} events of the series with this index. */
  public void count(int series, long times) {
    counts[series].add(times);
  }

  public long value(int series) {
    return counts[series].sum();
  }

  /** Over all series. */
  public long total() {
    long total = 0;
    for (LongAdder count : counts) {
      total += count.sum();
    }
    return total;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    var samples = new ArrayList<MetricFamilySamples.Sample>();
    for (int i = 0; i < counts.length; i++) {
      samples.add(
          new MetricFamilySamples.Sample(
              name + "_total", labelNames, labelValues.get(i), counts[i].sum()));
    }
    return List.of(new MetricFamilySamples(name, Type.COUNTER, help, samples));
  }
}
