package io.leasehold.streams.telemetry;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.domain.telemetry.Breaker;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.TopFigures;
import io.leasehold.domain.telemetry.TopFigures.DropRate;
import io.leasehold.domain.telemetry.TopFigures.SourceRate;
import io.leasehold.domain.telemetry.TopFigures.TargetRate;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import io.leasehold.streams.telemetry.spool.Spool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes the counts once a second and keeps what they rose by. Looked at by one thread at a time;
 * read by any.
 */
final class TopWatch {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final double P99 = 0.99;

  private record SourceTotals(long received, long bytes, long dropped) {
    static final SourceTotals NONE = new SourceTotals(0, 0, 0);
  }

  private record TargetTotals(long delivered, long dropped, DurationHistogram.Counts times) {}

  private record Totals(
      long nanos,
      Map<String, SourceTotals> sources,
      Map<String, TargetTotals> targets,
      Map<DropReason, Long> drops) {}

  private final Pipeline pipeline;
  private final Traffic traffic;
  private final SourceBook sources;
  private final @Nullable Spool spool;
  private final Clock clock;
  private Totals before;
  private volatile TopFigures figures = TopFigures.NONE;

  TopWatch(
      Pipeline pipeline, Traffic traffic, SourceBook sources, @Nullable Spool spool, Clock clock) {
    this.pipeline = pipeline;
    this.traffic = traffic;
    this.sources = sources;
    this.spool = spool;
    this.clock = clock;
    this.before = totals();
  }

  /** Of the last whole second. */
  TopFigures figures() {
    return figures;
  }

  synchronized void look() {
    if (clock.nanos() - before.nanos >= SECOND) {
      Totals now = totals();
      figures = figures(before, now);
      before = now;
    }
  }

  private Totals totals() {
    Map<String, SourceTotals> bySource = new HashMap<>();
    for (SourceCounts each : sources.all()) {
      bySource.put(
          each.label(), new SourceTotals(each.received(), each.receivedBytes(), each.dropped()));
    }
    Map<String, TargetTotals> byTarget = new HashMap<>();
    Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
    for (DropReason reason : DropReason.values()) {
      drops.put(reason, traffic.dropped(reason));
    }
    for (TargetCounts each : pipeline.counts()) {
      byTarget.put(
          each.name(),
          new TargetTotals(each.delivered(), each.dropped(), each.latencies().counts(0)));
      for (DropReason reason : DropReason.values()) {
        drops.merge(reason, each.dropped(reason), Long::sum);
      }
    }
    return new Totals(clock.nanos(), bySource, byTarget, drops);
  }

  private TopFigures figures(Totals from, Totals to) {
    double seconds = (to.nanos - from.nanos) / 1e9;
    List<SourceRate> bySource = new ArrayList<>();
    double received = 0;
    for (var each : to.sources.entrySet()) {
      SourceTotals now = each.getValue();
      SourceTotals then = from.sources.getOrDefault(each.getKey(), SourceTotals.NONE);
      double perSecond = (now.received - then.received) / seconds;
      received += perSecond;
      bySource.add(
          new SourceRate(
              each.getKey(),
              perSecond,
              (now.bytes - then.bytes) / seconds,
              (now.dropped - then.dropped) / seconds));
    }
    bySource.sort(
        Comparator.comparingDouble(SourceRate::perSecond)
            .reversed()
            .thenComparing(SourceRate::name));
    List<TargetRate> byTarget = new ArrayList<>();
    double delivered = 0;
    Map<String, Long> lags = spool == null ? Map.of() : spool.lags();
    for (Target each : pipeline.targets()) {
      TargetTotals now = to.targets.get(each.name());
      TargetTotals then = from.targets.get(each.name());
      long lag = lags.getOrDefault(each.name(), 0L);
      double perSecond = now == null ? 0 : (now.delivered - delivered(then)) / seconds;
      delivered += perSecond;
      byTarget.add(
          new TargetRate(
              each.name(),
              stateOf(each),
              perSecond,
              each.inFlight(),
              lag,
              now == null ? Double.NaN : p99Millis(now.times, then),
              now == null ? 0 : (now.dropped - dropped(then)) / seconds));
    }
    List<DropRate> drops = new ArrayList<>();
    to.drops.forEach(
        (reason, total) -> {
          if (total > 0) {
            double perSecond = (total - from.drops.getOrDefault(reason, 0L)) / seconds;
            drops.add(new DropRate(reason.wire(), perSecond, total));
          }
        });
    drops.sort(
        Comparator.comparingDouble(DropRate::perSecond)
            .thenComparingLong(DropRate::total)
            .reversed());
    int shown = Math.min(bySource.size(), TopFigures.MAX_SOURCES);
    return new TopFigures(received, delivered, bySource.subList(0, shown), byTarget, drops);
  }

  private static long delivered(@Nullable TargetTotals totals) {
    return totals == null ? 0 : totals.delivered;
  }

  private static long dropped(@Nullable TargetTotals totals) {
    return totals == null ? 0 : totals.dropped;
  }

  private static double p99Millis(DurationHistogram.Counts now, @Nullable TargetTotals then) {
    return (then == null ? now : now.since(then.times)).quantile(P99) * 1_000;
  }

  /** Of the member that would get the next batch. */
  private static Breaker.State stateOf(Target target) {
    for (BackendSlot each : target.members()) {
      Breaker.State state = each.state();
      if (state != Breaker.State.OPEN) {
        return state;
      }
    }
    return Breaker.State.OPEN;
  }
}
