package io.leasehold.app.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What a run of load came to. Immutable.
 *
 * @param operations requests answered in the measured time, expected or not
 * @param refusals and {@code errors}: unexpected answers of the whole run, warm-up included; with
 *     keys of one's own there is no reason for any
 * @param firstUnexpected the first of them, cut; null = none
 */
public record LoadReport(
    LoadPlan plan,
    long operations,
    long refusals,
    long errors,
    @Nullable String firstUnexpected,
    Latencies latencies) {

  /** Milliseconds. */
  public record Latencies(double p50, double p95, double p99, double p999, double max) {
    static Latencies of(Histogram nanos) {
      return new Latencies(
          millis(nanos.getValueAtPercentile(50)),
          millis(nanos.getValueAtPercentile(95)),
          millis(nanos.getValueAtPercentile(99)),
          millis(nanos.getValueAtPercentile(99.9)),
          millis(nanos.getMaxValue()));
    }

    private static double millis(long nanos) {
      return Math.round(nanos / 1e3) / 1e3;
    }
  }

  /** Whether the server did what it should, and did anything. */
  public boolean isClean() {
    return refusals == 0 && errors == 0 && operations > 0;
  }

  /** Requests per second, acquires and releases alike. */
  public double operationsPerSecond() {
    return operations / (plan.measured().toNanos() / 1e9);
  }

  /** For people. */
  public String text() {
    return String.format(
        Locale.ROOT,
        "%d x %d: %.0f ops/s, p50 %.3f ms, p95 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, max %.3f ms,"
            + " refusals %d, errors %d",
        plan.connections(),
        plan.pipeline(),
        operationsPerSecond(),
        latencies.p50,
        latencies.p95,
        latencies.p99,
        latencies.p999,
        latencies.max,
        refusals,
        errors);
  }

  /** For programs, on one line. */
  public String json() {
    var json =
        new ObjectMapper()
            .createObjectNode()
            .put("connections", plan.connections())
            .put("pipeline", plan.pipeline())
            .put("keys", plan.keys())
            .put("seconds", plan.measured().toNanos() / 1e9)
            .put("operations", operations)
            .put("ops_per_second", Math.round(operationsPerSecond()))
            .put("p50_ms", latencies.p50)
            .put("p95_ms", latencies.p95)
            .put("p99_ms", latencies.p99)
            .put("p999_ms", latencies.p999)
            .put("max_ms", latencies.max)
            .put("refusals", refusals)
            .put("errors", errors);
    if (firstUnexpected != null) {
      json.put("first_unexpected", firstUnexpected);
    }
    return json.toString();
  }
}
