package io.leasehold.http.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.access.ApiKeys.Right;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.ApiRoute.Handler;
import io.leasehold.http.access.ApiRoute.Trait;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/** Every path of the store, with what it needs. Immutable; safe for any thread. */
public final class KvRoutes {
  private static final String KV = "/api/v1/kv";
  private static final String KEY = "/api/v1/kv/{key}";

  private static final Set<Trait> WRITES = EnumSet.of(Trait.STORE, Trait.CORS);
  private static final Set<Trait> READS = EnumSet.of(Trait.STORE, Trait.CORS, Trait.REVALIDATED);
  private static final Set<Trait> ADMIN = EnumSet.of(Trait.STORE);
  private static final Set<Trait> STREAMED = EnumSet.of(Trait.STORE, Trait.STREAMED_BODY);
  private static final Set<Trait> VIEW = EnumSet.of(Trait.KVSTORE, Trait.REVALIDATED);

  private final List<ApiRoute> routes;
  private final WatchBook watchers;

  /**
   * Routes to this store.
   *
   * @param setup what else they need
   */
  public KvRoutes(KvStore store, Setup setup, ActorSystem<?> system, Clock clock) {
    this.watchers = new WatchBook(clock);
    var keys = new KeyRoutes(store);
    var batches = new BatchRoutes(store);
    var backups = new BackupRoutes(store, system, setup.spool(), setup.restoreMaxBytes());
    var fences = new FenceRoutes(store);
    var index = new IndexRoutes(setup.version());
    this.routes =
        List.of(
            route("PUT", KEY, Right.KV_WRITE, WRITES, keys::put),
            new ApiRoute(List.of("GET", "HEAD"), KEY, Right.KV_READ, READS, keys::get),
            route("DELETE", KEY, Right.KV_WRITE, WRITES, keys::delete),
            route("POST", KEY + "/touch", Right.KV_WRITE, WRITES, keys::touch),
            route("POST", KEY + "/increment", Right.KV_WRITE, WRITES, keys::increment),
            route("POST", KEY + "/cas", Right.KV_WRITE, WRITES, keys::compareAndSet),
            read(KV, Right.KV_READ, READS, new ListRoute(store)::list),
            route("POST", KV + "/batch/put", Right.KV_WRITE, WRITES, batches::put)
                .costing(call -> BatchBody.entries(call, "items")),
            route("POST", KV + "/batch/get", Right.KV_READ, WRITES, batches::get)
                .costing(call -> BatchBody.entries(call, "keys")),
            route("POST", KV + "/batch/delete", Right.KV_WRITE, WRITES, batches::delete)
                .costing(call -> BatchBody.entries(call, "keys")),
            route(
                    "POST",
                    "/api/v1/transaction",
                    Right.KV_WRITE,
                    WRITES,
                    new TransactionRoute(store)::run)
                .costing(call -> BatchBody.entries(call, "operations")),
            route(
                "GET",
                "/api/v1/watch",
                Right.KV_READ,
                READS,
                new WatchRoute(store, watchers)::watch),
            route("GET", "/api/v1/backup", Right.KV_ADMIN, ADMIN, backups::backup),
            route("POST", "/api/v1/restore", Right.KV_ADMIN, STREAMED, backups::restore),
            read("/api/v1/fences/{lock}", Right.KV_ADMIN, ADMIN, fences::marks),
            route("DELETE", "/api/v1/fences/{lock}", Right.KV_ADMIN, ADMIN, fences::forget),
            read(
                "/api/v1/stats",
                Right.READ_MONITORING,
                VIEW,
                new StatsRoute(store, setup.startedMillis(), clock)::stats),
            read("/api/v1/openapi.json", null, VIEW, index::openApi),
            read("/", null, VIEW, index::index));
  }

  /**
   * What the routes need besides the store.
   *
   * @param spool a directory that is there; files of restores stand in it while they run
   * @param restoreMaxBytes of a backup that is restored
   * @param startedMillis wall clock, when the process began
   */
  public record Setup(Path spool, long restoreMaxBytes, String version, long startedMillis) {}

  private static ApiRoute route(
      String method, String template, Right right, Set<Trait> traits, Handler handler) {
    return new ApiRoute(List.of(method), template, right, traits, handler);
  }

  private static ApiRoute read(
      String template, @Nullable Right right, Set<Trait> traits, Handler handler) {
    return new ApiRoute(List.of("GET", "HEAD"), template, right, traits, handler);
  }

  /** At most so many of those who watch, the oldest first. */
  public DoorClient.Page watchers(int limit) {
    return watchers.clients(limit);
  }

  /** All of them. */
  public List<ApiRoute> routes() {
    return routes;
  }
}
