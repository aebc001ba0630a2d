package io.leasehold.streams.telemetry.backend;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Shows a registry the series of all backends that have some now. Safe for any thread. */
public final class SeriesShelf extends Collector {
  private final Set<MetricSeries> shown = ConcurrentHashMap.newKeySet();

  void add(MetricSeries series) {
    shown.add(series);
  }

  void remove(MetricSeries series) {
    shown.remove(series);
  }

  @Override
  public List<MetricFamilySamples> collect() {
    List<MetricFamilySamples> all = new ArrayList<>();
    shown.forEach(each -> all.addAll(each.collect()));
    return all;
  }
}
