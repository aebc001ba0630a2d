package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.Breaker;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.ReloadState;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import io.leasehold.streams.telemetry.spool.Spool;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Says how a sidecar is, out of its counts. Safe for any thread; waits for nothing. */
final class StatusTaker {
  private final Pipeline pipeline;
  private final Traffic traffic;
  private final SourceBook sources;
  private final @Nullable Spool spool;
  private final TelemetryStatus.TraceState traces;

  StatusTaker(
      Pipeline pipeline,
      Traffic traffic,
      SourceBook sources,
      @Nullable Spool spool,
      TelemetryStatus.TraceState traces) {
    this.traces = traces;
    this.pipeline = pipeline;
    this.traffic = traffic;
    this.sources = sources;
    this.spool = spool;
  }

  TelemetryStatus take(boolean listening, String address, int connections, ReloadState reload) {
    return new TelemetryStatus(
        listening,
        address,
        connections,
        pipeline.snapshot().generation(),
        reload,
        sources.all().stream().map(StatusTaker::state).toList(),
        pipeline.slots().stream().map(StatusTaker::state).toList(),
        pipeline.targets().stream().map(StatusTaker::state).toList(),
        dropped(),
        spool == null
            ? null
            : new TelemetryStatus.SpoolState(
                spool.state().name().toLowerCase(Locale.ROOT),
                spool.liveBytes(),
                spool.fill(),
                spool.lags()),
        traces,
        pipeline.ledger());
  }

  private static TelemetryStatus.SourceState state(SourceCounts counts) {
    return new TelemetryStatus.SourceState(
        counts.label(),
        counts.received(),
        counts.receivedBytes(),
        counts.dropped(),
        counts.inMemory(),
        counts.lastSeenMillis());
  }

  private static TelemetryStatus.BackendState state(BackendSlot slot) {
    return new TelemetryStatus.BackendState(
        slot.name(),
        slot.settings().type(),
        slot.state(),
        slot.isMisconfigured(),
        slot.lastReason(),
        slot.lastError());
  }

  private static TelemetryStatus.TargetState state(Target target) {
    TargetCounts counts = target.counts();
    List<String> members = new ArrayList<>();
    String active = null;
    for (BackendSlot each : target.members()) {
      members.add(each.name());
      if (active == null && each.state() != Breaker.State.OPEN) {
        active = each.name();
      }
    }
    return new TelemetryStatus.TargetState(
        target.name(),
        members,
        active,
        target.inFlight(),
        target.buffer().heldBytes(),
        counts.routed(),
        counts.delivered(),
        counts.deadLettered(),
        counts.retries());
  }

  private Map<String, Map<String, Long>> dropped() {
    Map<String, Map<String, Long>> all = new TreeMap<>();
    for (DropReason reason : DropReason.values()) {
      add(all, "", reason, traffic.dropped(reason));
      pipeline.counts().forEach(each -> add(all, each.name(), reason, each.dropped(reason)));
    }
    return all;
  }

  private static void add(
      Map<String, Map<String, Long>> all, String target, DropReason reason, long count) {
    if (count > 0) {
      all.computeIfAbsent(target, fresh -> new TreeMap<>()).put(reason.wire(), count);
    }
  }
}
