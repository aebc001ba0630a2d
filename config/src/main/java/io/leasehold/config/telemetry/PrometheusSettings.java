package io.leasehold.config.telemetry;

import java.time.Duration;
import java.util.List;

/**
 * The {@code config} of a backend that shows metrics for Prometheus to scrape.
 *
 * @param prefix of every name, {@code [a-zA-Z_][a-zA-Z0-9_]*}
 * @param counters names with a value that only rises; {@code *} stands for any characters
 * @param deltas names whose values are added up
 * @param maxSeries of all sources, 1 or more
 * @param maxSeriesPerSource 1 or more
 * @param ttl a series that nobody sends any more is shown for so long
 */
public record PrometheusSettings(
    String prefix,
    List<String> counters,
    List<String> deltas,
    int maxSeries,
    int maxSeriesPerSource,
    Duration ttl)
    implements BackendConfig {
  public PrometheusSettings {
    counters = List.copyOf(counters);
    deltas = List.copyOf(deltas);
  }
}
