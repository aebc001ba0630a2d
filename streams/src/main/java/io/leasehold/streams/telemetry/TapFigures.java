package io.leasehold.streams.telemetry;

import io.prometheus.client.Collector;
import java.util.List;

/** The families of those who watch. Safe for any thread. */
final class TapFigures extends Collector {
  private final Tap tap;

  TapFigures(Tap tap) {
    this.tap = tap;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        family(
            "sidecar_tap_clients",
            Type.GAUGE,
            "Those who watch messages as they come.",
            "sidecar_tap_clients",
            tap.sessions().size()),
        family(
            "sidecar_tap_skipped",
            Type.COUNTER,
            "Messages that matched and were not shown.",
            "sidecar_tap_skipped_total",
            (double) tap.skippedMessages()));
  }

  private static MetricFamilySamples family(
      String name, Type type, String help, String sample, double value) {
    return new MetricFamilySamples(
        name,
        type,
        help,
        List.of(new MetricFamilySamples.Sample(sample, List.of(), List.of(), value)));
  }
}
