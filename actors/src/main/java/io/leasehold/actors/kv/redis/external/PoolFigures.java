package io.leasehold.actors.kv.redis.external;

import io.prometheus.client.Collector;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** How a node stands with external instances. Safe for any thread. */
final class PoolFigures extends Collector {
  private final IntSupplier connections;
  private final IntSupplier circuitsOpen;
  private final LongSupplier opens;

  PoolFigures(IntSupplier connections, IntSupplier circuitsOpen, LongSupplier opens) {
    this.connections = connections;
    this.circuitsOpen = circuitsOpen;
    this.opens = opens;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        new GaugeMetricFamily(
            "redis_connections_active",
            "Open connections of this node to external instances.",
            connections.getAsInt()),
        new GaugeMetricFamily(
            "gateway_circuits_open",
            "External instances that this node does not ask at the moment.",
            circuitsOpen.getAsInt()),
        new CounterMetricFamily(
            "gateway_circuit_opens",
            "How often this node stopped asking an external instance.",
            opens.getAsLong()));
  }
}
