package io.leasehold.http.observability;

import io.leasehold.domain.health.HealthReport;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The last health report as metrics; every scrape brings a new one. */
final class HealthFigures extends Collector {
  private volatile @Nullable HealthReport report;
  private volatile boolean ready;

  void show(HealthReport newReport, boolean isReady) {
    report = newReport;
    ready = isReady;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    var status =
        new GaugeMetricFamily(
            "leasehold_health_status",
            "1 healthy, 0.5 degraded, 0 unhealthy.",
            List.of("component"));
    var last = report;
    if (last != null) {
      for (HealthReport.Component each : last.components()) {
        status.addMetric(List.of(each.name()), each.result().status().gauge());
      }
      status.addMetric(List.of("overall"), last.overall().gauge());
    }
    return List.of(
        status,
        new GaugeMetricFamily(
            "leasehold_ready", "1 if the node should be sent requests.", ready ? 1 : 0));
  }
}
