package io.leasehold.http.telemetry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.telemetry.DeadLetterJob;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.domain.telemetry.ReloadState;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.access.Door;
import io.leasehold.http.observability.HealthViews;
import io.leasehold.http.observability.Scrape;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** The routes of the sidecar's own port. Safe for any thread. */
public final class TelemetryRoutes {
  /** What the token of the administration has; of the keys of a node those for everything. */
  public static final ApiKeys.Right ADMINISTER = ApiKeys.Right.ADMINISTER_TELEMETRY;

  private static final ApiKeys.Right READ = ApiKeys.Right.READ_MONITORING;

  private final TelemetryControl control;
  private final SidecarHealth health;
  private final CollectorRegistry registry;
  private final boolean keyForMetrics;

  /**
   * Routes of one sidecar.
   *
   * @param keyForMetrics metrics need a key that reads monitoring
   */
  public TelemetryRoutes(
      TelemetryControl control,
      SidecarHealth health,
      CollectorRegistry registry,
      boolean keyForMetrics) {
    this.control = control;
    this.health = health;
    this.registry = registry;
    this.keyForMetrics = keyForMetrics;
  }

  /** All paths. */
  public List<Door.Route> routes() {
    var routes = new ArrayList<>(health.routes());
    routes.addAll(own());
    return routes;
  }

  private List<Door.Route> own() {
    return List.of(
        new Door.Route("/metrics", null, false, done(this::metrics)),
        new Door.Route("/status", ADMINISTER, false, done(call -> status())),
        new Door.Route("/config", ADMINISTER, false, call -> ConfigView.of(control)),
        new Door.Route("/top", ADMINISTER, false, done(call -> TopView.of(control.top()))),
        new Door.Route("/tap", ADMINISTER, false, done(call -> TapView.of(call, control))),
        new Door.Route("/explain", ADMINISTER, true, done(call -> ExplainView.of(call, control))),
        new Door.Route("/traces", ADMINISTER, false, call -> TraceView.list(call, control)),
        new Door.Route("/traces/*", ADMINISTER, false, call -> TraceView.one(call, control)),
        new Door.Route("/dlq", ADMINISTER, false, call -> DeadLetterView.report(call, control)),
        new Door.Route(
            "/dlq/replay",
            ADMINISTER,
            true,
            done(call -> DeadLetterView.begin(call, control, DeadLetterJob.Action.REPLAY))),
        new Door.Route(
            "/dlq/drop",
            ADMINISTER,
            true,
            done(call -> DeadLetterView.begin(call, control, DeadLetterJob.Action.DROP))),
        new Door.Route("/reload", ADMINISTER, true, this::reload));
  }

  private static Door.Handler done(Function<Call, Answer> answer) {
    return call -> {
      CompletionStage<Answer> ready = CompletableFuture.completedFuture(answer.apply(call));
      return ready;
    };
  }

  private Answer metrics(Call call) {
    Answer refusal = keyForMetrics ? Door.refusal(call, READ) : null;
    return refusal == null ? Scrape.of(call, registry, Set.of()) : refusal;
  }

  private Answer status() {
    TelemetryStatus status = control.status();
    ObjectNode body =
        Answer.object()
            .put("address", status.address())
            .put("connections", status.connections())
            .put("generation", status.generation());
    ReloadState reload = status.reload();
    ObjectNode config =
        body.putObject("reload")
            .put("state", reload.state())
            .put("sha256", reload.sha256())
            .put("loaded_at", HealthViews.time(reload.loadedAtMillis()));
    if (reload.last() != null) {
      config.set("last", body(reload.last()));
    }
    ObjectNode sources = body.putObject("sources");
    for (TelemetryStatus.SourceState each : status.sources()) {
      sources
          .putObject(each.name())
          .put("received", each.received())
          .put("bytes", each.bytes())
          .put("dropped", each.dropped())
          .put("in_memory", each.inMemory())
          .put("last_seen", HealthViews.time(each.lastSeenMillis()));
    }
    ObjectNode backends = body.putObject("backends");
    for (TelemetryStatus.BackendState each : status.backends()) {
      backends
          .putObject(each.name())
          .put("type", each.type())
          .put("state", each.breaker().name().toLowerCase(Locale.ROOT))
          .put("misconfigured", each.misconfigured())
          .put("reason", each.reason())
          .put("last_error", each.lastError());
    }
    ObjectNode targets = body.putObject("targets");
    for (TelemetryStatus.TargetState each : status.targets()) {
      ObjectNode target = targets.putObject(each.name());
      ArrayNode members = target.putArray("backends");
      each.backends().forEach(members::add);
      target
          .put("active", each.active())
          .put("buffer", each.buffered())
          .put("buffer_bytes", each.bufferedBytes())
          .put("routed", each.routed())
          .put("delivered", each.delivered())
          .put("dead_lettered", each.deadLettered())
          .put("retries", each.retries());
    }
    ObjectNode dropped = body.putObject("dropped");
    status
        .dropped()
        .forEach(
            (target, reasons) -> {
              ObjectNode counts = dropped.putObject(target);
              reasons.forEach(counts::put);
            });
    TelemetryStatus.SpoolState spool = status.spool();
    if (spool != null) {
      ObjectNode stored = body.putObject("spool").put("state", spool.state());
      stored.put("bytes", spool.bytes()).put("fill", spool.fill());
      ObjectNode lags = stored.putObject("lag");
      spool.lags().forEach(lags::put);
    }
    body.putObject("traces")
        .put("open", status.traces().open())
        .put("kept", status.traces().kept())
        .put("bytes", status.traces().bytes());
    body.set("ledger", ledger(status.ledger()));
    return Answer.json(200, body);
  }

  private CompletionStage<Answer> reload(Call call) {
    boolean wait = call.query("wait").orElse("false").equals("true");
    return control
        .reload(wait)
        .thenApply(outcome -> Answer.json(statusOf(outcome.result()), body(outcome)));
  }

  /** The one place where the result of a reload becomes a status of HTTP. */
  private static int statusOf(ReloadOutcome.Result result) {
    return switch (result) {
      case APPLIED, UNCHANGED -> 200;
      case ROLLED_BACK -> 409;
      case REJECTED -> 422;
    };
  }

  private static ObjectNode body(ReloadOutcome outcome) {
    ObjectNode body =
        Answer.object()
            .put("result", outcome.result().name().toLowerCase(Locale.ROOT))
            .put("generation", outcome.generation());
    ArrayNode changes = body.putArray("changes");
    outcome.changes().forEach(changes::add);
    ArrayNode restart = body.putArray("needs_restart");
    outcome.needsRestart().forEach(restart::add);
    if (!outcome.errors().isEmpty()) {
      ArrayNode errors = body.putArray("errors");
      for (ReloadOutcome.Mistake each : outcome.errors()) {
        errors
            .addObject()
            .put("line", each.line())
            .put("column", each.column())
            .put("path", each.path())
            .put("why", each.why());
      }
    }
    if (!outcome.why().isEmpty()) {
      body.put("why", outcome.why());
    }
    return body;
  }

  private static ObjectNode ledger(Ledger ledger) {
    return Answer.object()
        .put("received", ledger.received())
        .put("fanout", ledger.fanout())
        .put("derived", ledger.derived())
        .put("recovered", ledger.recovered())
        .put("replayed", ledger.replayed())
        .put("delivered", ledger.delivered())
        .put("dropped", ledger.dropped())
        .put("dead_lettered", ledger.deadLettered())
        .put("in_flight", ledger.inFlight())
        .put("imbalance", ledger.imbalance());
  }
}
