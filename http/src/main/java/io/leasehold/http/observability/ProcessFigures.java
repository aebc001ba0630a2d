package io.leasehold.http.observability;

import io.leasehold.actors.health.HeapWatch;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.LongSupplier;

/** Figures of the process under the names that published dashboards use. Safe for any thread. */
final class ProcessFigures extends Collector {
  private final String version;
  private final LongSupplier uptimeSeconds;
  private final HeapWatch heap = new HeapWatch();

  ProcessFigures(String version, LongSupplier uptimeSeconds) {
    this.version = version;
    this.uptimeSeconds = uptimeSeconds;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        buildInfo("leasehold_build_info"),
        buildInfo("kvstore_build_info"),
        new GaugeMetricFamily(
            "kvstore_memory_usage_bytes", "Heap in use, garbage included.", heap.usedBytes()),
        new GaugeMetricFamily(
            "kvstore_goroutines",
            "Live threads of the JVM, as jvm_threads_current.",
            ManagementFactory.getThreadMXBean().getThreadCount()),
        new GaugeMetricFamily(
            "kvstore_uptime_seconds",
            "Time since the start of the process.",
            uptimeSeconds.getAsLong()));
  }

  /** Always 1: what runs here is in the labels. */
  private MetricFamilySamples buildInfo(String name) {
    var family =
        new GaugeMetricFamily(name, "What is running.", List.of("version", "java_version"));
    family.addMetric(List.of(version, System.getProperty("java.version", "unknown")), 1);
    return family;
  }
}
