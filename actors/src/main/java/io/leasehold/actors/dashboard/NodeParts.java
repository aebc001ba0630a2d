package io.leasehold.actors.dashboard;

import io.leasehold.actors.health.EveryNode;
import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockView;
import io.leasehold.domain.telemetry.SlowTrace;
import io.leasehold.domain.telemetry.TelemetryControl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What this node adds to a picture of the cluster, and the parts of all members together. Changes
 * nothing. Safe for any thread.
 */
public final class NodeParts {
  private static final String PART = "dashboard";
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** A node that does not say in this time which keys it has shows none. */
  private static final Duration ROWS_PATIENCE = Duration.ofMillis(700);

  /** Keys that are looked at for the longest queues. */
  private static final int MAX_QUEUES = 500;

  /** Of all rows together, on their way between nodes. */
  private static final int MAX_BYTES = 160 * 1_024;

  private static final Comparator<LockRow> LONGEST_QUEUE =
      Comparator.comparingInt(LockRow::waiters).reversed().thenComparing(LockRow::key);

  /**
   * Where the figures of the node come from.
   *
   * @param telemetry empty = no sidecar runs here
   */
  public record Sources(
      LockMonitor monitor,
      LockService locks,
      NodeFigures figures,
      Supplier<Alerts> alerts,
      Supplier<Optional<TelemetryControl>> telemetry) {}

  /**
   * A picture of the cluster.
   *
   * @param missing members that did not answer in time, {@code host:port}
   */
  public record Parts(List<NodePart> parts, List<String> missing) {
    public Parts {
      parts = List.copyOf(parts);
      missing = List.copyOf(missing);
    }
  }

  private final EveryNode everyNode;

  /**
   * Takes part from now on.
   *
   * @param node this one, {@code host:port}
   * @param executor puts its part together
   */
  public NodeParts(EveryNode everyNode, Sources sources, String node, Executor executor) {
    this.everyNode = everyNode;
    everyNode.serveLater(
        PART,
        question ->
            part(sources, node, question.limit(), executor)
                .thenApplyAsync(PartJson::written, executor));
  }

  /** Asks all members; those that say nothing within a second are missing. Never fails. */
  public CompletionStage<Parts> gather() {
    return everyNode
        .ask(new EveryNode.Question(PART, "", NodePart.MAX_ROWS), PATIENCE)
        .thenApply(
            gathered -> {
              var parts = new ArrayList<NodePart>();
              var missing = new TreeSet<>(gathered.missing());
              gathered
                  .documents()
                  .forEach(
                      (node, document) ->
                          PartJson.read(document)
                              .ifPresentOrElse(parts::add, () -> missing.add(node)));
              return new Parts(parts, List.copyOf(missing));
            });
  }

  private static CompletionStage<NodePart> part(
      Sources sources, String node, int limit, Executor executor) {
    CompletionStage<List<LockRow>> rows =
        list(sources, LockMonitor.KeyState.WAITING, MAX_QUEUES)
            .thenCombine(
                list(sources, LockMonitor.KeyState.HELD, limit),
                (waiting, held) -> merged(waiting, held, limit))
            .toCompletableFuture()
            .completeOnTimeout(List.of(), ROWS_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
            .exceptionally(failure -> List.of());
    Optional<TelemetryControl> telemetry = sources.telemetry().get();
    return rows.thenCombineAsync( // or the thread that puts traces together would do it
        telemetry.map(NodeParts::slowest).orElse(CompletableFuture.completedFuture(List.of())),
        (shown, slowest) -> {
          var stats = sources.monitor().stats();
          return new NodePart(
              node,
              stats.activeLocks(),
              stats.waiters(),
              sources.figures().rates(),
              telemetry
                  .map(control -> TelemetryPart.of(control, slowest))
                  .orElse(TelemetryPart.NONE),
              shown,
              sources.alerts().get());
        },
        executor);
  }

  private static CompletionStage<List<SlowTrace>> slowest(TelemetryControl control) {
    return control
        .slowestTraces(TelemetryPart.MAX_SLOWEST)
        .thenApply(Function.identity())
        .toCompletableFuture()
        .completeOnTimeout(List.of(), ROWS_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> List.of());
  }

  private static CompletionStage<List<LockView>> list(
      Sources sources, LockMonitor.KeyState state, int limit) {
    return sources
        .locks()
        .list(false, "", "", state, limit, 1, LockRow.MAX_QUEUE)
        .thenApply(LockMonitor.Page::locks);
  }

  /** The longest queues first; as many as fit. */
  private static List<LockRow> merged(List<LockView> waiting, List<LockView> held, int limit) {
    var byKey = new LinkedHashMap<String, LockRow>();
    held.forEach(view -> byKey.put(view.key(), LockRow.of(view)));
    waiting.forEach(view -> byKey.put(view.key(), LockRow.of(view)));
    var rows = new ArrayList<>(byKey.values());
    rows.sort(LONGEST_QUEUE);
    var shown = new ArrayList<LockRow>();
    int bytes = 0;
    for (LockRow row : rows) {
      bytes += row.weight();
      if (shown.size() == limit || bytes > MAX_BYTES) {
        break;
      }
      shown.add(row);
    }
    return shown;
  }
}
