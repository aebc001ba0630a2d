package io.leasehold.http.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.dashboard.Charts;
import io.leasehold.http.access.Answer;
import io.leasehold.http.observability.AlertViews;
import io.leasehold.http.observability.HealthViews;
import io.prometheus.client.Collector;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import java.util.Collections;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Renders charts and metrics for the page. No state; safe for any thread. */
final class DataViews {
  private DataViews() {}

  /**
   * The series of all charts.
   *
   * @param sinceMillis only points after this moment
   */
  static ObjectNode charts(Charts charts, long sinceMillis) {
    ObjectNode body = Answer.object().put("interval_ms", charts.intervalMillis());
    series(body, "requests_per_second", charts, sinceMillis, Charts.Point::requestsPerSecond);
    series(body, "response_times", charts, sinceMillis, Charts.Point::responseMillis);
    series(body, "error_rates", charts, sinceMillis, Charts.Point::errorPercent);
    series(body, "storage_size", charts, sinceMillis, Charts.Point::storageBytes);
    series(body, "active_locks", charts, sinceMillis, Charts.Point::activeLocks);
    series(body, "telemetry_per_second", charts, sinceMillis, Charts.Point::telemetryPerSecond);
    series(body, "memory_mb", charts, sinceMillis, Charts.Point::memoryMb);
    return body;
  }

  /** What could not be measured has no point. */
  private static void series(
      ObjectNode body,
      String name,
      Charts charts,
      long sinceMillis,
      ToDoubleFunction<Charts.Point> figure) {
    ArrayNode array = body.putArray(name);
    for (Charts.Point point : charts.points()) {
      double value = figure.applyAsDouble(point);
      if (point.wallMillis() > sinceMillis && !Double.isNaN(value)) {
        ObjectNode each = array.addObject().put("time", HealthViews.time(point.wallMillis()));
        AlertViews.put(each, "value", Math.round(value * 1_000) / 1_000.0);
      }
    }
  }

  /** Every family with its series; of a histogram its count and sum, not its buckets. */
  static ObjectNode metrics(CollectorRegistry registry) {
    var families = new TreeMap<String, ObjectNode>();
    for (MetricFamilySamples family : Collections.list(registry.metricFamilySamples())) {
      String name = family.type == Collector.Type.COUNTER ? family.name + "_total" : family.name;
      ObjectNode shown = families.computeIfAbsent(name, key -> head(family));
      if (family.type == Collector.Type.HISTOGRAM || family.type == Collector.Type.SUMMARY) {
        distribution(family, shown.withArray("series"));
      } else {
        for (MetricFamilySamples.Sample sample : family.samples) {
          if (!sample.name.endsWith("_created")) {
            number(row(shown.withArray("series"), sample), "value", sample.value);
          }
        }
      }
    }
    ObjectNode body = Answer.object();
    families.forEach(body::set);
    return body;
  }

  private static ObjectNode head(MetricFamilySamples family) {
    ObjectNode shown =
        Answer.object()
            .put("type", family.type.name().toLowerCase(Locale.ROOT))
            .put("help", family.help);
    shown.putArray("series");
    return shown;
  }

  private static void distribution(MetricFamilySamples family, ArrayNode series) {
    var sums = new TreeMap<String, Double>();
    for (MetricFamilySamples.Sample sample : family.samples) {
      if (sample.name.endsWith("_sum")) {
        sums.put(sample.labelValues.toString(), sample.value);
      }
    }
    for (MetricFamilySamples.Sample sample : family.samples) {
      if (sample.name.endsWith("_count")) {
        ObjectNode row = row(series, sample);
        number(row, "value", sample.value);
        number(row, "sum", sums.getOrDefault(sample.labelValues.toString(), 0.0));
      }
    }
  }

  private static ObjectNode row(ArrayNode series, MetricFamilySamples.Sample sample) {
    ObjectNode row = series.addObject();
    ObjectNode labels = row.putObject("labels");
    for (int i = 0; i < sample.labelNames.size(); i++) {
      labels.put(sample.labelNames.get(i), sample.labelValues.get(i));
    }
    return row;
  }

  /** JSON has no infinity: the text that Prometheus has for it. */
  private static void number(ObjectNode to, String name, double value) {
    if (Double.isInfinite(value)) {
      to.put(name, value > 0 ? "+Inf" : "-Inf");
    } else {
      AlertViews.put(to, name, value);
    }
  }
}
