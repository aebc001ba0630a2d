package io.leasehold.http.observability;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.health.DispatcherWatch;
import io.leasehold.actors.health.EveryNode;
import io.leasehold.actors.health.HealthService;
import io.leasehold.actors.health.HeapWatch;
import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.health.HealthReport;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockStats;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.access.Door;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.DefaultExports;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The routes of the monitoring port. Safe for any thread; reads, and changes nothing. */
public final class MonitorRoutes {
  private static final ApiKeys.Right READ = ApiKeys.Right.READ_MONITORING;
  private static final String STATS = "stats";
  private static final Duration STALLED = Duration.ofSeconds(30);

  /** Two names that published dashboards fix, and linters refuse for their abbreviated unit. */
  private static final Set<String> LEGACY =
      Set.of("ttl_semlock_memory_usage_mb", "ttl_semlock_memory_limit_mb");

  private final LockMonitor locks;
  private final HealthService health;
  private final DispatcherWatch dispatcher;
  private final CollectorRegistry registry;
  private final boolean metricsEnabled;
  private final boolean keysRequired;
  private final HealthViews views;
  private final NodeInfo info;
  private final EveryNode everyNode;
  private final Clock clock;
  private final HealthFigures healthFigures = new HealthFigures();
  private final DurationHistogram scrapes =
      DurationHistogram.ofSeconds("leasehold_scrape_seconds", "Time to render one scrape.");

  /** Registers what it can show of the node in {@code registry}, and shows it to other nodes. */
  public MonitorRoutes(
      LockMonitor locks,
      HealthService health,
      DispatcherWatch dispatcher,
      CollectorRegistry registry,
      boolean metricsEnabled,
      boolean keysRequired,
      NodeInfo info,
      EveryNode everyNode,
      Clock clock) {
    this.locks = locks;
    this.health = health;
    this.dispatcher = dispatcher;
    this.registry = registry;
    this.metricsEnabled = metricsEnabled;
    this.keysRequired = keysRequired;
    this.info = info;
    this.everyNode = everyNode;
    everyNode.serve(STATS, question -> stats().toString());
    this.clock = clock;
    this.views = new HealthViews(info, clock);
    registry.register(new LockFigures(locks));
    registry.register(healthFigures);
    registry.register(new HeapWatch());
    registry.register(dispatcher.delays());
    registry.register(scrapes);
    registry.register(health.durations());
    registry.register(new ProcessFigures(info.version(), views::uptimeSeconds));
    DefaultExports.register(registry);
  }

  /** The paths of port 9765. */
  public List<Door.Route> routes() {
    return List.of(
        new Door.Route("/health", null, false, this::health),
        new Door.Route("/ready", null, false, this::ready),
        new Door.Route("/health/ready", null, false, this::ready),
        new Door.Route("/health/live", null, false, this::live),
        new Door.Route("/metrics", READ, false, this::metrics),
        new Door.Route("/stats", READ, false, this::stats));
  }

  /** The one path of a port that shows nothing but metrics. */
  public List<Door.Route> metricsOnly() {
    return List.of(new Door.Route("/metrics", READ, false, this::metrics));
  }

  private CompletionStage<Answer> health(Call call) {
    return health
        .report()
        .thenApply(report -> views.health(report, !keysRequired || call.may(READ)));
  }

  private CompletionStage<Answer> ready(Call call) {
    return health.report().thenApply(views::ready);
  }

  private CompletionStage<Answer> live(Call call) {
    return CompletableFuture.completedFuture(views.live(dispatcher.isStalledFor(STALLED)));
  }

  private CompletionStage<Answer> metrics(Call call) {
    if (!metricsEnabled) {
      return CompletableFuture.completedFuture(
          Answer.error(
              Answer.Problem.METRICS_DISABLED, "metrics.enabled = false", call.correlationId()));
    }
    return refreshed().thenApply(report -> render(call));
  }

  /** The state of all components; the registry shows the same from then on. */
  public CompletionStage<HealthReport> refreshed() {
    return health
        .report()
        .thenApply(
            report -> {
              healthFigures.show(
                  report, info.phase().get() == null && report.heldBackBy().isEmpty());
              return report;
            });
  }

  private Answer render(Call call) {
    long started = clock.nanos();
    Set<String> without = call.query("legacy").orElse("").equals("false") ? LEGACY : Set.of();
    Answer answer = Scrape.of(call, registry, without);
    scrapes.record(0, clock.nanos() - started);
    return answer;
  }

  private CompletionStage<Answer> stats(Call call) {
    return call.isOfCluster()
        ? everyNode
            .ask(new EveryNode.Question(STATS, "", 1))
            .thenApply(
                gathered ->
                    Answer.json(
                        200,
                        StatsSum.of(gathered)
                            .put("timestamp", HealthViews.time(clock.wallMillis()))
                            .put("node", info.node())))
        : CompletableFuture.completedFuture(Answer.json(200, stats()));
  }

  private ObjectNode stats() {
    LockStats stats = locks.stats();
    ObjectNode body =
        Answer.object()
            .put("active_locks", stats.activeLocks())
            .put("total_requests", stats.totalRequests());
    body.putObject("pool_stats")
        .put("idle", stats.connections() - stats.connectionsActive())
        .put("active", stats.connectionsActive())
        .put("total", stats.connections());
    body.put("waiters", stats.waiters())
        .put("acquire_requests", stats.acquireRequests())
        .put("release_requests", stats.releaseRequests())
        .put("refused", stats.refused())
        .put("errors", stats.errors());
    body.putObject("rejected")
        .put("max_locks_reached", stats.rejectedMaxLocks())
        .put("memory_limit_reached", stats.rejectedMemory());
    body.putObject("memory")
        .put("used_bytes", stats.accountedBytes())
        .put("limit_bytes", stats.memoryLimitBytes());
    body.put("locks_limit", stats.locksLimit())
        .put("connection_reuse_rate", Math.round(stats.reuseRatePercent() * 10) / 10.0)
        .put("uptime_seconds", stats.uptimeSeconds())
        .put("timestamp", HealthViews.time(clock.wallMillis()))
        .put("node", info.node());
    return body;
  }
}
