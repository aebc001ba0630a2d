package io.leasehold.actors.dashboard;

import io.leasehold.domain.telemetry.Breaker;
import io.leasehold.domain.telemetry.SlowTrace;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.domain.telemetry.TelemetryStatus.BackendState;
import io.leasehold.domain.telemetry.TelemetryStatus.TargetState;
import io.leasehold.domain.telemetry.TopFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the sidecar of a node adds to a picture of the cluster. Immutable.
 *
 * @param inFlight copies on their way to all targets
 * @param spoolPercent how full the spool is; negative = there is none
 * @param targets at most {@value #MAX_TARGETS}
 * @param drops by reason, the busiest first
 * @param slowest traces, the slowest first; at most {@value #MAX_SLOWEST}. A node of an older
 *     release says nothing of them
 */
public record TelemetryPart(
    long inFlight, int spoolPercent, List<Row> targets, List<Drop> drops, List<Slow> slowest) {
  /** Nobody reads more in a page. */
  public static final int MAX_SLOWEST = 10;

  static final int MAX_TARGETS = 50;

  private static final int MAX_ERROR = 200;
  private static final int MAX_NAME = 120;

  /** Of a node without a sidecar. */
  public static final TelemetryPart NONE =
      new TelemetryPart(0, -1, List.of(), List.of(), List.of());

  public TelemetryPart {
    targets = List.copyOf(targets);
    drops = List.copyOf(drops);
    slowest = List.copyOf(Objects.requireNonNullElse(slowest, List.of()));
  }

  /**
   * A backend, or a chain of them.
   *
   * @param state {@code closed}, {@code half-open} or {@code open}
   * @param active the member of a chain that gets the next batch; null = no chain, or none
   * @param buffer copies on their way to it
   * @param lag of these, copies in the spool
   * @param p99Millis of its batches in the last second, null if there was none
   * @param lastError of a backend that is cut off, null if none is
   */
  public record Row(
      String name,
      String state,
      @Nullable String active,
      double perSecond,
      long buffer,
      long lag,
      @Nullable Double p99Millis,
      double droppedPerSecond,
      @Nullable String lastError) {}

  /**
   * What is lost for one reason.
   *
   * @param total since the start of the node
   */
  public record Drop(String reason, double perSecond, long total) {}

  /**
   * A closed trace; its texts may be cut.
   *
   * @param name of its first root; empty if there is none
   * @param startMillis since the epoch
   * @param reason why it was closed
   */
  public record Slow(
      String tid,
      String name,
      String source,
      long startMillis,
      long durationMillis,
      String reason,
      int spans) {
    static Slow of(SlowTrace trace) {
      return new Slow(
          cut(trace.tid(), MAX_NAME),
          cut(trace.name(), MAX_NAME),
          cut(trace.source(), MAX_NAME),
          trace.startMillis(),
          trace.durationMillis(),
          trace.reason().wire(),
          trace.spans());
    }
  }

  static TelemetryPart of(TelemetryControl control, List<SlowTrace> slowest) {
    TelemetryStatus status = control.status();
    TopFigures top = control.top();
    Map<String, TargetState> byName =
        status.targets().stream()
            .collect(Collectors.toMap(TargetState::name, Function.identity(), (a, b) -> a));
    Map<String, BackendState> backends =
        status.backends().stream()
            .collect(Collectors.toMap(BackendState::name, Function.identity(), (a, b) -> a));
    var rows = new ArrayList<Row>();
    for (TopFigures.TargetRate each : top.targets()) {
      TargetState state = byName.get(each.name());
      if (rows.size() < MAX_TARGETS && state != null) {
        rows.add(row(each, state, backends));
      }
    }
    var drops =
        top.drops().stream()
            .map(each -> new Drop(each.reason(), each.perSecond(), each.total()))
            .toList();
    var spool = status.spool();
    return new TelemetryPart(
        status.ledger().inFlight(),
        spool == null ? -1 : (int) Math.round(100 * spool.fill()),
        rows,
        drops,
        slowest.stream().limit(MAX_SLOWEST).map(Slow::of).toList());
  }

  private static String cut(String text, int chars) {
    return text.length() <= chars ? text : text.substring(0, chars);
  }

  private static Row row(
      TopFigures.TargetRate rate, TargetState state, Map<String, BackendState> backends) {
    String error =
        state.backends().stream()
            .map(backends::get)
            .filter(Objects::nonNull)
            .filter(each -> each.breaker() != Breaker.State.CLOSED)
            .map(each -> each.name() + ": " + each.lastError())
            .findFirst()
            .orElse(null);
    return new Row(
        rate.name(),
        rate.state().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        state.backends().size() > 1 ? state.active() : null,
        rate.perSecond(),
        rate.buffer(),
        rate.lag(),
        Double.isNaN(rate.p99Millis()) ? null : rate.p99Millis(),
        rate.droppedPerSecond(),
        error == null ? null : cut(error, MAX_ERROR));
  }
}
