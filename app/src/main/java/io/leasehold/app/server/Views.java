package io.leasehold.app.server;

import io.leasehold.actors.access.account.Overview;
import io.leasehold.actors.dashboard.NodeFigures;
import io.leasehold.actors.dashboard.NodeParts;
import io.leasehold.actors.health.AlertWatch;
import io.leasehold.actors.health.EveryNode;
import io.leasehold.actors.health.HealthService;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.actors.lock.ForcedRelease;
import io.leasehold.actors.lock.LockDesk;
import io.leasehold.actors.lock.LockService;
import io.leasehold.config.Settings;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.dashboard.DashboardRoutes;
import io.leasehold.http.dashboard.SnapshotSources;
import io.leasehold.http.dashboard.Snapshots;
import io.leasehold.http.lock.LockAdminRoutes;
import io.leasehold.http.observability.ApiViews;
import io.leasehold.http.observability.HealthViews;
import io.leasehold.http.observability.MonitorRoutes;
import io.leasehold.http.observability.NodeInfo;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.jspecify.annotations.Nullable;

/** What the application port shows of a node: health, alerts, locks, and the dashboard. */
final class Views implements AutoCloseable {
  private final ActorSystem<?> actors;
  private final Settings settings;
  private final CollectorRegistry registry;
  private final HealthService health;
  private final MonitorRoutes monitor;
  private final NodeInfo info;
  private final Clock clock;
  private @Nullable Cancellable reading;

  Views(
      ActorSystem<?> actors,
      Settings settings,
      CollectorRegistry registry,
      HealthService health,
      MonitorRoutes monitor,
      NodeInfo info,
      Clock clock) {
    this.actors = actors;
    this.settings = settings;
    this.registry = registry;
    this.health = health;
    this.monitor = monitor;
    this.info = info;
    this.clock = clock;
  }

  /**
   * Starts what watches and gathers; returns the paths.
   *
   * @param store figures of the key-value store
   * @param accounts what there is to the gateway; null if it does not run
   * @param everyNode by which the nodes ask each other
   * @param telemetry empty = no sidecar runs here
   */
  List<ApiRoute> start(
      LockMonitor locks,
      LockService service,
      Supplier<CompletionStage<KvStore.Stats>> store,
      @Nullable Supplier<Overview> accounts,
      EveryNode everyNode,
      Supplier<Optional<TelemetryControl>> telemetry) {
    var board = new AlertWatch.Board();
    registry.register(board);
    actors.systemActorOf(
        AlertWatch.create(
            registry, health, () -> info.phase().get() == null, info.node(), clock, board),
        "leasehold-alerts",
        Props.empty());
    var interval = settings.dashboard().interval();
    var figures = new NodeFigures(registry, interval, clock);
    var parts =
        new NodeParts(
            everyNode,
            new NodeParts.Sources(locks, service, figures, board::alerts, telemetry),
            info.node(),
            actors.executionContext());
    var sources =
        new SnapshotSources(
            actors,
            parts,
            monitor::refreshed,
            new HealthViews(info, clock),
            locks,
            store,
            accounts,
            info,
            clock);
    var snapshots = new Snapshots(sources, interval);
    var routes = new ArrayList<>(ApiViews.routes(monitor.routes(), snapshots::alerts));
    var desk = new LockDesk(actors, service, settings.lock().requestTimeout());
    routes.addAll(new LockAdminRoutes(service, desk, new ForcedRelease(desk, clock)).routes());
    if (settings.dashboard().enabled()) {
      reading = figures.start(actors);
      routes.addAll(new DashboardRoutes(snapshots, sources, figures, registry, interval).routes());
    }
    return routes;
  }

  @Override
  public void close() {
    if (reading != null) {
      reading.cancel();
    }
  }
}
