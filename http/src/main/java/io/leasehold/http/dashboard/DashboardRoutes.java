package io.leasehold.http.dashboard;

import io.leasehold.actors.dashboard.NodeFigures;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.Refused;
import io.leasehold.http.observability.AlertViews;
import io.leasehold.http.observability.ApiViews;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** The paths of the dashboard. Safe for any thread; reads, and changes nothing. */
public final class DashboardRoutes {
  /** Open pages of one node; more are told to come later. */
  public static final int MAX_VIEWERS = 200;

  private static final ApiKeys.Right READ = ApiKeys.Right.READ_MONITORING;
  private static final List<String> READS = List.of("GET", "HEAD");
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);
  private static final ByteString BEGINNING = ByteString.fromString("retry: 2000\n\n");
  private static final ByteString STILL_HERE = ByteString.fromString(":\n\n");
  private static final ByteString HEAD = ByteString.fromString("event: snapshot\ndata: ");
  private static final ByteString END = ByteString.fromString("\n\n");
  private static final EnumSet<ApiRoute.Trait> TRAITS =
      EnumSet.of(ApiRoute.Trait.KVSTORE, ApiRoute.Trait.MONITORING);

  private final Assets assets = new Assets();
  private final Snapshots snapshots;
  private final SnapshotSources sources;
  private final NodeFigures figures;
  private final CollectorRegistry registry;
  private final Duration interval;
  private final AtomicInteger viewers = new AtomicInteger();

  /** A page that is brought up to date at every interval. */
  public DashboardRoutes(
      Snapshots snapshots,
      SnapshotSources sources,
      NodeFigures figures,
      CollectorRegistry registry,
      Duration interval) {
    this.snapshots = snapshots;
    this.sources = sources;
    this.figures = figures;
    this.registry = registry;
    this.interval = interval;
  }

  /** The page and its files are open to all: they hold no data. */
  public List<ApiRoute> routes() {
    return List.of(
        new ApiRoute(READS, "/dashboard", null, TRAITS, this::page),
        new ApiRoute(READS, "/dashboard/", null, TRAITS, this::page),
        new ApiRoute(READS, "/dashboard/assets/{file}", null, TRAITS, this::asset),
        new ApiRoute(List.of("GET"), "/dashboard/events", READ, TRAITS, this::events),
        new ApiRoute(READS, "/dashboard/api/snapshot", READ, TRAITS, this::snapshot),
        new ApiRoute(READS, "/dashboard/api/health", READ, TRAITS, this::health),
        new ApiRoute(READS, "/dashboard/api/metrics", READ, TRAITS, this::metrics),
        new ApiRoute(READS, "/dashboard/api/alerts", READ, TRAITS, this::alerts),
        new ApiRoute(READS, "/dashboard/api/charts", READ, TRAITS, this::charts));
  }

  private CompletionStage<HttpResponse> page(ApiCall call) {
    return CompletableFuture.completedFuture(assets.page(call.header("If-None-Match")));
  }

  private CompletionStage<HttpResponse> asset(ApiCall call) {
    return CompletableFuture.completedFuture(
        assets.file(call.parameter(), call.header("If-None-Match")));
  }

  private CompletionStage<HttpResponse> snapshot(ApiCall call) {
    boolean admin = isAdmin(call);
    return snapshots
        .current()
        .thenApply(
            snapshot ->
                HttpResponse.create()
                    .withEntity(
                        HttpEntities.create(ContentTypes.APPLICATION_JSON, snapshot.json(admin)))
                    .addHeader(RawHeader.create("Cache-Control", "no-store")));
  }

  private static boolean isAdmin(ApiCall call) {
    return call.may(ApiKeys.Right.ADMINISTER_LOCKS);
  }

  /** A reader that is slow misses pictures; it never holds more than one. */
  private CompletionStage<HttpResponse> events(ApiCall call) {
    if (viewers.get() >= MAX_VIEWERS) {
      throw new Refused(
          Answer.Problem.OVERLOADED, MAX_VIEWERS + " pages are open on this node already");
    }
    boolean admin = isAdmin(call);
    Source<ByteString, NotUsed> pictures =
        Source.tick(Duration.ZERO, interval, NotUsed.getInstance())
            .mapAsync(1, tick -> snapshots.current())
            .map(snapshot -> HEAD.concat(snapshot.json(admin)).concat(END))
            .keepAlive(KEEP_ALIVE, () -> STILL_HERE)
            .prepend(Source.single(BEGINNING))
            .mapMaterializedValue(timer -> NotUsed.getInstance());
    Source<ByteString, NotUsed> counted =
        Source.lazySource(
                () -> {
                  viewers.incrementAndGet();
                  return pictures.watchTermination(
                      (nothing, done) -> {
                        done.whenComplete((end, failure) -> viewers.decrementAndGet());
                        return nothing;
                      });
                })
            .mapMaterializedValue(started -> NotUsed.getInstance());
    return CompletableFuture.completedFuture(
        HttpResponse.create()
            .withEntity(
                HttpEntities.createChunked(ContentTypes.parse("text/event-stream"), counted))
            .addHeader(RawHeader.create("Cache-Control", "no-store"))
            .addHeader(RawHeader.create("X-Accel-Buffering", "no")));
  }

  private CompletionStage<HttpResponse> health(ApiCall call) {
    return sources
        .health()
        .get()
        .thenApply(report -> sources.views().health(report, true))
        .thenApply(DashboardRoutes::fresh);
  }

  private CompletionStage<HttpResponse> metrics(ApiCall call) {
    return sources
        .health()
        .get()
        .thenApply(report -> fresh(Answer.json(200, DataViews.metrics(registry))));
  }

  private CompletionStage<HttpResponse> alerts(ApiCall call) {
    return snapshots.alerts().thenApply(AlertViews::answer).thenApply(Answers::response);
  }

  private CompletionStage<HttpResponse> charts(ApiCall call) {
    var since = call.query("since");
    if (since != null && !since.matches("[0-9]{1,15}")) {
      throw new Refused(
          Answer.Problem.INVALID_REQUEST, "since must be milliseconds since the epoch");
    }
    long sinceMillis = since == null ? 0 : Long.parseLong(since);
    return CompletableFuture.completedFuture(
        fresh(Answer.json(200, DataViews.charts(figures.charts(), sinceMillis))));
  }

  private static HttpResponse fresh(Answer answer) {
    return Answers.response(ApiViews.fresh(answer));
  }
}
