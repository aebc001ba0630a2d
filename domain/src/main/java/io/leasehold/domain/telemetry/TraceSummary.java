package io.leasehold.domain.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * A trace in a list. Immutable.
 *
 * @param reason why it was closed, null = it is open
 * @param startedMillis the lowest {@code ts} of its messages, since the epoch
 */
public record TraceSummary(
    String tid,
    @Nullable TraceEnd reason,
    String source,
    long startedMillis,
    int spans,
    long messages) {
  static TraceSummary of(Trace trace, @Nullable TraceEnd reason) {
    long messages = 0;
    for (long[] each : trace.sources().values()) {
      messages += each[0];
    }
    return new TraceSummary(
        trace.tid(), reason, trace.firstSource(), trace.firstTs(), trace.spans().size(), messages);
  }
}
