package io.leasehold.http.observability;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.Door;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** What the application port shows of the health of its node. No state; safe for any thread. */
public final class ApiViews {
  /** The path of the monitoring port, and those on the application port. */
  private static final Map<String, List<String>> PATHS =
      Map.of(
          "/health", List.of("/health", "/api/v1/health"),
          "/ready", List.of("/ready"),
          "/health/ready", List.of("/health/ready"),
          "/health/live", List.of("/health/live"),
          "/metrics", List.of("/metrics", "/api/v1/metrics"));

  private ApiViews() {}

  /**
   * Health, readiness, metrics and alerts.
   *
   * @param monitor the routes of the monitoring port
   * @param alerts of all members
   */
  public static List<ApiRoute> routes(
      List<Door.Route> monitor, Supplier<CompletionStage<Alerts>> alerts) {
    var routes = new ArrayList<ApiRoute>();
    for (Door.Route route : monitor) {
      for (String path : PATHS.getOrDefault(route.path(), List.of())) {
        Door.Handler handler = call -> route.handler().handle(call).thenApply(ApiViews::fresh);
        routes.add(ApiRoute.monitoring(path, new Door.Route(path, route.right(), false, handler)));
      }
    }
    routes.add(
        new ApiRoute(
            List.of("GET", "HEAD"),
            "/api/v1/alerts",
            ApiKeys.Right.READ_MONITORING,
            EnumSet.of(ApiRoute.Trait.MONITORING),
            call -> alerts.get().thenApply(AlertViews::answer).thenApply(Answers::response)));
    return routes;
  }

  /** What no cache may keep. */
  public static Answer fresh(Answer answer) {
    return answer.with("Cache-Control", "no-store");
  }
}
