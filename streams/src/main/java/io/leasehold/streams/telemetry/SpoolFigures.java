package io.leasehold.streams.telemetry;

import io.leasehold.streams.telemetry.spool.Spool;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;

/** The families of the spool. Safe for any thread. */
final class SpoolFigures extends Collector {
  private final Spool spool;

  SpoolFigures(Spool spool) {
    this.spool = spool;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    var lags = new ArrayList<MetricFamilySamples.Sample>();
    spool
        .lags()
        .forEach(
            (target, copies) ->
                lags.add(
                    new MetricFamilySamples.Sample(
                        "sidecar_spool_lag_messages",
                        List.of("backend"),
                        List.of(target),
                        copies)));
    return List.of(
        one(
            "sidecar_spool_bytes",
            Type.GAUGE,
            "Of records some target needs.",
            (double) spool.liveBytes()),
        one(
            "sidecar_spool_repaired_bytes",
            Type.COUNTER,
            "Torn bytes that were cut at start.",
            (double) spool.repairedBytes()),
        one(
            "sidecar_messages_recovered",
            Type.COUNTER,
            "Copies that were found at start.",
            (double) spool.recovered()),
        new MetricFamilySamples(
            "sidecar_spool_lag_messages",
            Type.GAUGE,
            "Copies on the disk that are not settled.",
            lags));
  }

  private static MetricFamilySamples one(String name, Type type, String help, double value) {
    String sample = type == Type.COUNTER ? name + "_total" : name;
    return new MetricFamilySamples(
        name,
        type,
        help,
        List.of(new MetricFamilySamples.Sample(sample, List.of(), List.of(), value)));
  }
}
