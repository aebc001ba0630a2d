package io.leasehold.http.telemetry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.health.DispatcherWatch;
import io.leasehold.actors.health.HealthService;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.health.ComponentStatus;
import io.leasehold.domain.health.HealthReport;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.access.Door;
import io.leasehold.http.observability.HealthViews;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The health of a sidecar: for people, for load balancers, for restarts. Open to all, but for
 * details where a token is asked for. Safe for any thread.
 */
public final class SidecarHealth {
  private static final Duration STALLED = Duration.ofSeconds(30);

  private final TelemetryControl control;
  private final HealthService health;
  private final HealthViews views;
  private final DispatcherWatch dispatcher;
  private final boolean guarded;

  /**
   * Health of one sidecar.
   *
   * @param health with a component called {@code telemetry}
   * @param guarded only who has the token sees details
   */
  public SidecarHealth(
      TelemetryControl control,
      HealthService health,
      HealthViews views,
      DispatcherWatch dispatcher,
      boolean guarded) {
    this.control = control;
    this.health = health;
    this.views = views;
    this.dispatcher = dispatcher;
    this.guarded = guarded;
  }

  List<Door.Route> routes() {
    return List.of(
        new Door.Route("/health", null, false, this::health),
        new Door.Route("/ready", null, false, this::ready),
        new Door.Route("/health/ready", null, false, this::ready),
        new Door.Route("/health/live", null, false, this::live));
  }

  private CompletionStage<Answer> health(Call call) {
    boolean whole = !guarded || call.may(ApiKeys.Right.READ_MONITORING);
    return health.report().thenApply(report -> document(report, whole));
  }

  private Answer document(HealthReport report, boolean whole) {
    ObjectNode body = views.document(report, whole).put("uptime", views.uptimeSeconds());
    ArrayNode reasons = body.putArray("reasons");
    control.status().complaints().forEach(reasons::add);
    for (HealthReport.Component each : report.components()) {
      boolean told = each.name().equals("telemetry"); // one by one, above
      if (!told && each.result().status() != ComponentStatus.HEALTHY) {
        reasons.add(each.name() + ": " + each.result().message());
      }
    }
    return Answer.json(report.overall() == ComponentStatus.UNHEALTHY ? 503 : 200, body);
  }

  private CompletionStage<Answer> ready(Call call) {
    return health.report().thenApply(views::ready);
  }

  private CompletionStage<Answer> live(Call call) {
    return CompletableFuture.completedFuture(views.live(dispatcher.isStalledFor(STALLED)));
  }
}
