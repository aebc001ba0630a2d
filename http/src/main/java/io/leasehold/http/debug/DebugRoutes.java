package io.leasehold.http.debug;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.zaxxer.hikari.HikariDataSource;
import io.leasehold.actors.access.account.ExternalGate;
import io.leasehold.actors.health.EveryNode;
import io.leasehold.actors.kv.KvMonitor;
import io.leasehold.actors.topkeys.TopKeys;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.lock.ConnectionView;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockStats;
import io.leasehold.domain.lock.LockView;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.access.Door;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The routes of the debug port. Safe for any thread; reads, and changes nothing. */
public final class DebugRoutes {
  private static final int DEFAULT_LIMIT = 100;
  static final int MAX_LIMIT = 1_000;
  private static final String CLIENTS = "clients";
  private static final String TOP_KEYS = "topkeys";
  private static final String POOL = "pool";
  private static final String LOCK = "lock";
  private static final String KV = "kv";

  private final LockMonitor locks;
  private final KvMonitor store;
  private final MostAskedFor topKeys;
  private final @Nullable DataSource database;
  private final Supplier<Map<UUID, ExternalGate.State>> externals;
  private final Supplier<Optional<TelemetryControl>> telemetry;
  private final List<IntFunction<DoorClient.Page>> doors;
  private final EveryNode everyNode;
  private final String node;

  /** The keys that are asked for most, of locks and of the store. */
  public record MostAskedFor(TopKeys lock, TopKeys kv) {
    TopKeys of(String kind) {
      return kind.equals(KV) ? kv : lock;
    }
  }

  /**
   * Shows this node, to other nodes too.
   *
   * @param database null without a journal
   * @param externals how this node stands with external instances
   * @param telemetry empty while there is none
   * @param doors the oldest clients of each other door, so many at most
   */
  public DebugRoutes(
      LockMonitor locks,
      KvMonitor store,
      MostAskedFor topKeys,
      @Nullable DataSource database,
      Supplier<Map<UUID, ExternalGate.State>> externals,
      Supplier<Optional<TelemetryControl>> telemetry,
      List<IntFunction<DoorClient.Page>> doors,
      EveryNode everyNode,
      String node) {
    this.locks = locks;
    this.store = store;
    this.topKeys = topKeys;
    this.database = database;
    this.externals = externals;
    this.telemetry = telemetry;
    this.doors = List.copyOf(doors);
    this.everyNode = everyNode;
    this.node = node;
    everyNode.serve(CLIENTS, question -> clients(question.limit()).toString());
    everyNode.serve(TOP_KEYS, question -> topKeys(question.kind(), question.limit()).toString());
    everyNode.serve(POOL, question -> pool().toString());
  }

  /** The paths of port 9766. */
  public List<Door.Route> routes() {
    return List.of(
        new Door.Route("/debug/locks", ApiKeys.Right.READ_MONITORING, false, this::locks),
        new Door.Route("/debug/clients", ApiKeys.Right.READ_MONITORING, false, this::clients),
        new Door.Route("/debug/topkeys", ApiKeys.Right.READ_MONITORING, false, this::topKeys),
        new Door.Route("/debug/pool", ApiKeys.Right.READ_MONITORING, false, this::pool));
  }

  private CompletionStage<Answer> locks(Call call) {
    int limit = call.limit(DEFAULT_LIMIT, MAX_LIMIT);
    String state = call.query("state").orElse("any").toUpperCase(Locale.ROOT);
    LockMonitor.KeyState wanted;
    try {
      wanted = LockMonitor.KeyState.valueOf(state);
    } catch (IllegalArgumentException e) {
      throw new Call.BadQuery("state must be held or waiting, got " + cut(state));
    }
    return locks
        .locks(call.isOfCluster(), call.query("prefix").orElse(""), wanted, limit)
        .thenApply(
            page -> {
              ObjectNode body = head(page.locks().size(), page.truncated());
              ArrayNode rows = body.putArray("locks");
              page.locks().forEach(view -> lock(rows.addObject(), view));
              return Answer.json(200, body);
            });
  }

  private static void lock(ObjectNode row, LockView view) {
    row.put("key", view.key()).put("mode", view.mode().wire()).put("limit", view.limit());
    ArrayNode holders = row.putArray("holders");
    for (LockView.Holder holder : view.holders()) {
      holders
          .addObject()
          .put("owner", holder.owner())
          .put("token", holder.token())
          .put("ttl_ms", holder.ttlMillis())
          .put("held_ms", holder.heldMillis())
          .put("session", holder.session())
          .put("metadata", holder.metadata());
    }
    ArrayNode waiters = row.putArray("waiters");
    for (LockView.Waiter waiter : view.waiters()) {
      waiters
          .addObject()
          .put("owner", waiter.owner())
          .put("position", waiter.position())
          .put("waited_ms", waiter.waitedMillis());
    }
    row.put("partition", view.partition());
  }

  private CompletionStage<Answer> clients(Call call) {
    int limit = call.limit(DEFAULT_LIMIT, MAX_LIMIT);
    return call.isOfCluster()
        ? everyNode
            .ask(new EveryNode.Question(CLIENTS, "", limit))
            .thenApply(gathered -> Answer.json(200, DebugSums.clients(node, gathered, limit)))
        : done(clients(limit));
  }

  private ObjectNode clients(int limit) {
    var clients = locks.clients(limit);
    List<ObjectNode> all = new ArrayList<>();
    clients.clients().forEach(each -> all.add(ofLocks(each)));
    int total = clients.total();
    for (DoorClient.Page page : otherDoors(limit)) {
      page.clients().forEach(each -> all.add(row(each, 0)));
      total += page.total();
    }
    all.sort(DebugSums.OLDEST_FIRST);
    int shown = Math.min(limit, all.size());
    ObjectNode body = head(shown, shown < total);
    body.putArray("clients").addAll(all.subList(0, shown));
    return body;
  }

  private List<DoorClient.Page> otherDoors(int limit) {
    List<DoorClient.Page> pages = new ArrayList<>();
    telemetry.get().ifPresent(control -> pages.add(control.clients(limit)));
    doors.forEach(each -> pages.add(each.apply(limit)));
    return pages;
  }

  private static ObjectNode ofLocks(ConnectionView client) {
    var likeOthers =
        new DoorClient(
            client.id(),
            "lock",
            client.remote(),
            client.connectedAtMillis(),
            client.idleMillis(),
            client.requests(),
            client.errors(),
            client.inFlight(),
            0,
            client.bytesIn(),
            client.bytesOut(),
            client.lastAction(),
            client.authenticated(),
            client.keyId());
    return row(likeOthers, client.waiting());
  }

  private static ObjectNode row(DoorClient client, int waiting) {
    return Answer.object()
        .put("id", client.id())
        .put("door", client.door())
        .put("remote", client.remote())
        .put("connected_at", Instant.ofEpochMilli(client.connectedAtMillis()).toString())
        .put("idle_ms", client.idleMillis())
        .put("requests", client.requests())
        .put("errors", client.errors())
        .put("in_flight", client.inFlight())
        .put("waiting", waiting)
        .put("watches", client.watches())
        .put("bytes_in", client.bytesIn())
        .put("bytes_out", client.bytesOut())
        .put("last_action", client.lastAction())
        .put("authenticated", client.authenticated())
        .put("key_id", client.keyId());
  }

  private CompletionStage<Answer> topKeys(Call call) {
    int limit = call.limit(DEFAULT_LIMIT, MAX_LIMIT);
    String kind = call.query("kind").orElse(LOCK);
    if (!kind.equals(LOCK) && !kind.equals(KV)) {
      throw new Call.BadQuery("kind must be lock or kv, got " + cut(kind));
    }
    return call.isOfCluster()
        ? everyNode
            // all a node has: a key may be first in the sum and nowhere among the first
            .ask(new EveryNode.Question(TOP_KEYS, kind, MAX_LIMIT))
            .thenApply(gathered -> Answer.json(200, DebugSums.topKeys(node, gathered, limit)))
        : done(topKeys(kind, limit));
  }

  private ObjectNode topKeys(String kind, int limit) {
    var picture = topKeys.of(kind).picture(limit);
    ObjectNode body =
        Answer.object()
            .put("node", node)
            .put("window_seconds", picture.windowSeconds())
            .put("recorded", picture.recorded())
            .put("sampling", picture.sampling())
            .put("max_error", picture.maxError());
    ArrayNode rows = body.putArray("keys");
    for (TopKeys.Top top : picture.keys()) {
      rows.addObject()
          .put("kind", kind)
          .put("key", top.key())
          .put("count", top.count())
          .put("error", top.error())
          .put("share", top.sharePercent());
    }
    return body;
  }

  private CompletionStage<Answer> pool(Call call) {
    return call.isOfCluster()
        ? everyNode
            .ask(new EveryNode.Question(POOL, "", 1))
            .thenApply(gathered -> Answer.json(200, DebugSums.pools(node, gathered)))
        : done(pool());
  }

  private ObjectNode pool() {
    LockStats stats = locks.stats();
    ObjectNode body = Answer.object().put("node", node);
    body.putObject("connections")
        .put("open", stats.connections())
        .put("active", stats.connectionsActive())
        .put("idle", stats.connections() - stats.connectionsActive())
        .put("max", stats.connectionsMax())
        .put("reuse_rate", Math.round(stats.reuseRatePercent() * 10) / 10.0)
        .put("refused", stats.connectionsRefused());
    if (database instanceof HikariDataSource pool && pool.getHikariPoolMXBean() != null) {
      body.putObject("database")
          .put("active", pool.getHikariPoolMXBean().getActiveConnections())
          .put("idle", pool.getHikariPoolMXBean().getIdleConnections())
          .put("waiting", pool.getHikariPoolMXBean().getThreadsAwaitingConnection())
          .put("max", pool.getMaximumPoolSize());
    }
    ArrayNode journals = body.putArray("journal");
    addJournals(journals, "lock", locks.journals());
    addJournals(journals, "kv", store.journals());
    ArrayNode redis = body.putArray("redis");
    externals.get().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .limit(MAX_LIMIT)
        .forEach(
            each ->
                redis
                    .addObject()
                    .put("instance", each.getKey().toString())
                    .put("connections", each.getValue().connections())
                    .put("circuit", each.getValue().circuit()));
    ArrayNode backends = body.putArray("telemetry");
    telemetry
        .get()
        .ifPresent(
            control ->
                control
                    .top()
                    .targets()
                    .forEach(
                        each ->
                            backends
                                .addObject()
                                .put("backend", each.name())
                                .put("state", each.state().name().toLowerCase(Locale.ROOT))
                                .put("buffer", each.buffer())));
    return body;
  }

  private static void addJournals(ArrayNode rows, String kind, List<JournalView> journals) {
    for (JournalView journal : journals) {
      rows.addObject()
          .put("kind", kind)
          .put("id", journal.id())
          .put("waiting", journal.waiting())
          .put("in_flight", journal.inFlight())
          .put("last_commit_ms", journal.lastCommitMillis())
          .put("groups", journal.groups())
          .put("changes", journal.changes());
    }
  }

  private ObjectNode head(int count, boolean truncated) {
    ObjectNode body =
        Answer.object().put("node", node).put("count", count).put("truncated", truncated);
    body.putArray("nodes_missing");
    return body;
  }

  private static CompletionStage<Answer> done(ObjectNode body) {
    return CompletableFuture.completedFuture(Answer.json(200, body));
  }

  private static String cut(String text) {
    return text.length() > 64 ? text.substring(0, 64) + "..." : text;
  }
}
