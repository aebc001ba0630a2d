package io.leasehold.streams.telemetry;

import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.domain.telemetry.TraceAnomaly;
import io.leasehold.domain.telemetry.TraceEnd;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.GaugeMetricFamily;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** What is counted of traces. Safe for any thread. */
final class TraceCounts {
  private final EventCounter closed =
      new EventCounter(
          "sidecar_traces_closed",
          "Traces that were closed, and fragments of late messages, by reason.",
          List.of("reason"),
          Arrays.stream(TraceEnd.values()).map(each -> List.of(each.wire())).toList());
  private final EventCounter anomalies =
      new EventCounter(
          "sidecar_trace_anomalies",
          "What was odd about traces, by kind.",
          List.of("kind"),
          Arrays.stream(TraceAnomaly.values()).map(each -> List.of(each.wire())).toList());
  private final EventCounter lost =
      new EventCounter(
          "sidecar_trace_messages_lost",
          "Messages that were too many for the correlation: their traces end as overrun.");

  private final EventCounter refused =
      new EventCounter(
          "sidecar_trace_questions_refused",
          "Questions about traces that were refused, because too many waited.");

  void closed(TraceEnd reason) {
    closed.count(reason.ordinal(), 1);
  }

  void odd(TraceAnomaly what, int count) {
    anomalies.count(what.ordinal(), count);
  }

  void lost(int messages) {
    lost.count(0, messages);
  }

  void refused() {
    refused.count();
  }

  /** Adds the families to {@code registry}. */
  void register(
      CollectorRegistry registry, Traffic traffic, Supplier<TelemetryStatus.TraceState> state) {
    registry.register(closed);
    registry.register(anomalies);
    registry.register(lost);
    registry.register(refused);
    registry.register(
        new Collector() {
          @Override
          public List<MetricFamilySamples> collect() {
            TelemetryStatus.TraceState now = state.get();
            return List.of(
                new GaugeMetricFamily(
                    "sidecar_traces_open", "Traces of this node that are open.", now.open()),
                new GaugeMetricFamily(
                    "sidecar_trace_bytes",
                    "Bytes of traces, those included that are closed and still shown.",
                    (double) now.bytes()),
                new MetricFamilySamples(
                    "sidecar_messages_derived",
                    Type.COUNTER,
                    "Copies of records of traces for targets.",
                    List.of(
                        new MetricFamilySamples.Sample(
                            "sidecar_messages_derived_total",
                            List.of(),
                            List.of(),
                            (double) traffic.derived.sum()))));
          }
        });
  }
}
