package io.leasehold.http.access;

import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The connections of a port that speaks HTTP, counted and bounded. Safe for any thread. */
final class HttpConnections extends Collector {
  private final int max;
  private final AtomicInteger open = new AtomicInteger();
  private final LongAdder refused = new LongAdder();
  private final LongAdder notAccepted = new LongAdder();

  /**
   * @param max that may be open, 1 or more
   */
  HttpConnections(int max) {
    this.max = max;
  }

  /** Takes one in, which must {@link #leave}, or counts it as refused. */
  boolean tryEnter() {
    if (open.incrementAndGet() > max) {
      open.decrementAndGet();
      refused.increment();
      return false;
    }
    return true;
  }

  void leave() {
    open.decrementAndGet();
  }

  /** The system had no descriptor left for one. */
  void notAccepted() {
    notAccepted.increment();
  }

  int open() {
    return open.get();
  }

  int max() {
    return max;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        new GaugeMetricFamily(
            "leasehold_http_connections", "Open connections of the application port.", open.get()),
        new CounterMetricFamily(
            "leasehold_http_connections_refused",
            "Connections beyond http.max-connections.",
            refused.sum()),
        new CounterMetricFamily(
            "leasehold_http_accept_failures",
            "Connections of the application port that the system did not let us accept.",
            notAccepted.sum()));
  }
}
