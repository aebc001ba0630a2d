package io.leasehold.actors.metrics;

import io.leasehold.actors.kv.KvWatchMetrics;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.function.IntSupplier;

/** Counts watchers and what they are told to have missed. Safe for any thread. */
public final class KvWatchMeter implements KvWatchMetrics {
  private static final List<String> REASONS =
      List.of("history_trimmed", "slow_consumer", "shard_moved", "store_replaced");

  private final boolean enabled;
  private final EventCounter gaps =
      new EventCounter(
          "leasehold_kv_watch_gaps",
          "Gaps that watchers of the store were told of.",
          List.of("reason"),
          REASONS.stream().map(List::of).toList());

  /**
   * Starts at zero.
   *
   * @param enabled false: nothing is counted
   */
  public KvWatchMeter(boolean enabled) {
    this.enabled = enabled;
  }

  /**
   * Adds the families to {@code registry}.
   *
   * @param watchers how many there are now
   */
  public KvWatchMeter register(CollectorRegistry registry, IntSupplier watchers) {
    registry.register(gaps);
    registry.register(
        new Collector() {
          @Override
          public List<MetricFamilySamples> collect() {
            return List.of(
                new GaugeMetricFamily(
                    "leasehold_kv_watchers",
                    "Watchers of the store on this node.",
                    watchers.getAsInt()));
          }
        });
    return this;
  }

  @Override
  public void gap(String reason) {
    int series = REASONS.indexOf(reason);
    if (enabled && series >= 0) {
      gaps.count(series, 1);
    }
  }
}
