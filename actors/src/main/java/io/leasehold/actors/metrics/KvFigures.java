package io.leasehold.actors.metrics;

import io.leasehold.actors.kv.KvMonitor;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;

/** What the shards of this node hold. Safe for any thread; looks when it is asked. */
public final class KvFigures extends Collector {
  private final KvMonitor store;

  /** Looks at this store. */
  public KvFigures(KvMonitor store) {
    this.store = store;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    KvMonitor.Figures figures = store.figures();
    return List.of(
        gauge(
            "kvstore_storage_size_bytes",
            "Keys and values of the shards of this node.",
            figures.sizeBytes()),
        gauge("kvstore_storage_entries", "Entries of the shards of this node.", figures.entries()),
        gauge(
            "leasehold_kv_fence_marks",
            "Fencing tokens that the shards of this node remember.",
            figures.marks()),
        gauge(
            "leasehold_kv_limit_bytes",
            "Limit of accounted bytes of this node.",
            figures.limitBytes()),
        gauge("leasehold_kv_used_bytes", "Accounted bytes of this node.", figures.usedBytes()));
  }

  private static GaugeMetricFamily gauge(String name, String help, long value) {
    return new GaugeMetricFamily(name, help, (double) value);
  }
}
