package io.leasehold.http.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import io.leasehold.actors.access.account.Overview;
import io.leasehold.actors.dashboard.Buckets;
import io.leasehold.actors.dashboard.GatewayFigures;
import io.leasehold.actors.dashboard.LockRow;
import io.leasehold.actors.dashboard.NodeFigures;
import io.leasehold.actors.dashboard.NodePart;
import io.leasehold.actors.dashboard.NodeParts;
import io.leasehold.actors.dashboard.TelemetryPart;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.health.HealthReport;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.domain.lock.PartitionView;
import io.leasehold.domain.telemetry.SlowTrace;
import io.leasehold.http.access.Answer;
import io.leasehold.http.observability.AlertViews;
import io.leasehold.http.observability.HealthViews;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;

/** Writes a picture as JSON. Safe for any thread. */
final class SnapshotWriter {
  private static final Comparator<LockRow> LONGEST_QUEUE =
      Comparator.comparingInt(LockRow::waiters).reversed().thenComparing(LockRow::key);

  private static final Comparator<Slow> SLOWEST_FIRST =
      SlowTrace.slowestFirst(each -> each.trace.durationMillis(), each -> each.trace.tid());

  private final SnapshotSources sources;
  private final OperatingSystemMXBean machine =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  SnapshotWriter(SnapshotSources sources) {
    this.sources = sources;
  }

  /**
   * The document, without what depends on who looks.
   *
   * @param stats empty if the store does not run or does not answer
   */
  ObjectNode document(
      NodeParts.Parts parts, Optional<KvStore.Stats> stats, HealthReport report, Alerts alerts) {
    ObjectNode body =
        Answer.object()
            .put("timestamp", HealthViews.time(sources.clock().wallMillis()))
            .put("node", sources.info().node())
            .put("version", sources.info().version())
            .put("admin", false);
    ArrayNode missing = body.putArray("nodes_missing");
    parts.missing().forEach(missing::add);
    body.set("health", sources.views().document(report, true));
    system(body.putObject("system"));
    members(body.putObject("cluster").putArray("members"), stats);
    locks(body.putObject("locks"), parts.parts());
    store(body.putObject("kv"), parts.parts(), stats);
    telemetry(body.putObject("telemetry"), parts.parts());
    gateway(body.putObject("gateway"), parts.parts());
    AlertViews.fill(body.putArray("alerts"), alerts.active());
    return body;
  }

  private void system(ObjectNode to) {
    Runtime runtime = Runtime.getRuntime();
    to.put("memory_mb", (runtime.totalMemory() - runtime.freeMemory()) >> 20)
        .put("max_mb", runtime.maxMemory() >> 20)
        .put("threads", ManagementFactory.getThreadMXBean().getThreadCount())
        .put("cpu_percent", rounded(100 * Math.max(0, machine.getProcessCpuLoad())))
        .put("uptime_seconds", sources.views().uptimeSeconds());
  }

  private void members(ArrayNode to, Optional<KvStore.Stats> stats) {
    var partitions = new TreeMap<String, Integer>();
    for (PartitionView each : sources.locks().partitions()) {
      var node = each.node();
      if (node != null) {
        partitions.merge(node, 1, Integer::sum);
      }
    }
    var shards = new TreeMap<String, Integer>();
    stats.ifPresent(
        found -> found.shards().forEach(each -> shards.merge(each.node(), 1, Integer::sum)));
    var state = Cluster.get(sources.system()).state();
    Address leader = state.getLeader();
    for (Member member : state.getMembers()) {
      String address = member.address().getHost().get() + ":" + member.address().getPort().get();
      to.addObject()
          .put("address", address)
          .put("status", member.status().toString())
          .put("reachable", !state.getUnreachable().contains(member))
          .put("leader", member.address().equals(leader))
          .put("lock_partitions", partitions.getOrDefault(address, 0))
          .put("kv_shards", shards.getOrDefault(address, 0));
    }
  }

  private static void locks(ObjectNode to, List<NodePart> parts) {
    to.put("held", parts.stream().mapToLong(NodePart::held).sum())
        .put("waiting", parts.stream().mapToLong(NodePart::waiting).sum())
        .put("per_second", rounded(sum(parts, NodeFigures.Rates::locksPerSecond)));
    Buckets times = Buckets.EMPTY;
    var rows = new ArrayList<LockRow>();
    for (NodePart part : parts) {
      times = times.plus(part.rates().lockTimes());
      rows.addAll(part.rows());
    }
    AlertViews.put(to, "p95_ms", rounded(times.p95Millis()));
    rows.sort(LONGEST_QUEUE);
    ArrayNode array = to.putArray("rows");
    rows.stream().limit(NodePart.MAX_ROWS).forEach(each -> row(array.addObject(), each));
  }

  private static void row(ObjectNode to, LockRow row) {
    to.put("key", row.key())
        .put("mode", row.mode())
        .put("limit", row.limit())
        .put("holders", row.holders())
        .put("waiters", row.waiters())
        .put("owner", row.owner())
        .put("token", row.token())
        .put("ttl_ms", row.ttlMillis());
    ArrayNode queue = to.putArray("queue");
    for (LockRow.Waiting each : row.queue()) {
      queue
          .addObject()
          .put("owner", each.owner())
          .put("position", each.position())
          .put("waited_ms", each.waitedMillis());
    }
  }

  private void store(ObjectNode to, List<NodePart> parts, Optional<KvStore.Stats> stats) {
    var shards = stats.map(KvStore.Stats::shards).orElse(List.of());
    to.put("running", sources.store() != null)
        .put("total_keys", shards.stream().mapToLong(KvStore.ShardStats::keys).sum())
        .put("total_size", shards.stream().mapToLong(KvStore.ShardStats::bytes).sum())
        .put("per_second", rounded(sum(parts, NodeFigures.Rates::kvPerSecond)));
    Buckets times = Buckets.EMPTY;
    for (NodePart part : parts) {
      times = times.plus(part.rates().kvTimes());
    }
    AlertViews.put(to, "p95_ms", rounded(times.p95Millis()));
    to.put("watchers", (long) sum(parts, NodeFigures.Rates::watchers));
    stats.ifPresent(
        found -> to.put("shards", found.shards().size()).put("shards_missing", found.missing()));
  }

  private static void telemetry(ObjectNode to, List<NodePart> parts) {
    to.put("running", parts.stream().anyMatch(SnapshotWriter::telemetryRuns))
        .put("received_per_second", rounded(sum(parts, NodeFigures.Rates::receivedPerSecond)))
        .put("delivered_per_second", rounded(sum(parts, NodeFigures.Rates::deliveredPerSecond)))
        .put("dropped_per_second", rounded(sum(parts, NodeFigures.Rates::droppedPerSecond)));
    to.put("in_flight", parts.stream().mapToLong(each -> each.telemetry().inFlight()).sum());
    int spool = parts.stream().mapToInt(each -> each.telemetry().spoolPercent()).max().orElse(-1);
    if (spool < 0) {
      to.putNull("spool_percent");
    } else {
      to.put("spool_percent", spool);
    }
    ArrayNode backends = to.putArray("backends");
    Map<String, TelemetryPart.Drop> drops = new LinkedHashMap<>();
    for (NodePart part : parts) {
      part.telemetry().targets().forEach(each -> target(backends.addObject(), part.node(), each));
      part.telemetry()
          .drops()
          .forEach(each -> drops.merge(each.reason(), each, SnapshotWriter::both));
    }
    ArrayNode reasons = to.putArray("drops");
    drops.values().stream()
        .sorted(
            Comparator.comparingDouble(TelemetryPart.Drop::perSecond)
                .thenComparingLong(TelemetryPart.Drop::total)
                .reversed())
        .forEach(
            each ->
                reasons
                    .addObject()
                    .put("reason", each.reason())
                    .put("per_second", rounded(each.perSecond()))
                    .put("total", each.total()));
    slowest(to.putArray("slowest"), parts);
  }

  private record Slow(String node, TelemetryPart.Slow trace) {}

  private static void slowest(ArrayNode to, List<NodePart> parts) {
    parts.stream()
        .flatMap(
            part -> part.telemetry().slowest().stream().map(each -> new Slow(part.node(), each)))
        .sorted(SLOWEST_FIRST)
        .limit(TelemetryPart.MAX_SLOWEST)
        .forEach(
            each ->
                to.addObject()
                    .put("tid", each.trace.tid())
                    .put("node", each.node)
                    .put("name", each.trace.name())
                    .put("src", each.trace.source())
                    .put("started", HealthViews.time(each.trace.startMillis()))
                    .put("duration_ms", each.trace.durationMillis())
                    .put("reason", each.trace.reason())
                    .put("spans", each.trace.spans()));
  }

  /** Figures come with the first message, targets are there before. */
  private static boolean telemetryRuns(NodePart part) {
    return part.rates().telemetryRuns() || !part.telemetry().targets().isEmpty();
  }

  private static TelemetryPart.Drop both(TelemetryPart.Drop one, TelemetryPart.Drop other) {
    return new TelemetryPart.Drop(
        one.reason(), one.perSecond() + other.perSecond(), one.total() + other.total());
  }

  private static void target(ObjectNode to, String node, TelemetryPart.Row row) {
    to.put("name", row.name())
        .put("node", node)
        .put("state", row.state())
        .put("active", row.active())
        .put("per_second", rounded(row.perSecond()))
        .put("buffer", row.buffer())
        .put("lag", row.lag());
    Double p99 = row.p99Millis();
    AlertViews.put(to, "p99_ms", p99 == null ? Double.NaN : rounded(p99));
    to.put("dropped_per_second", rounded(row.droppedPerSecond()))
        .put("last_error", row.lastError());
  }

  private void gateway(ObjectNode to, List<NodePart> parts) {
    to.put("running", parts.stream().anyMatch(each -> each.rates().gatewayRuns()));
    var accounts = sources.accounts();
    Overview overview = accounts == null ? null : accounts.get();
    ArrayNode instances = to.putArray("instances");
    if (overview != null) {
      for (Overview.Listed each : overview.newest()) {
        instances
            .addObject()
            .put("id", each.id().toString())
            .put("name", each.name())
            .put("type", each.type())
            .put("status", each.status());
      }
      to.put("instances_total", overview.counts().instances())
          .put("organizations", overview.counts().organizations())
          .put("users", overview.counts().users())
          .put("api_keys", overview.counts().keys());
    }
    GatewayFigures all = GatewayFigures.none();
    for (NodePart part : parts) {
      all = all.plus(part.rates().gateway());
    }
    to.put("requests_per_second", rounded(all.requests()))
        .put("commands_per_second", rounded(sum(parts, NodeFigures.Rates::commandsPerSecond)))
        .put("errors_per_second", rounded(all.failed()));
    AlertViews.put(to, "p95_ms", rounded(all.times().p95Millis()));
    ObjectNode refused = to.putObject("refused_per_second");
    new TreeMap<>(all.refused()).forEach((reason, rate) -> refused.put(reason, rounded(rate)));
    to.put("streams", (long) all.streams());
  }

  private static double sum(List<NodePart> parts, ToDoubleFunction<NodeFigures.Rates> figure) {
    return parts.stream().map(NodePart::rates).mapToDouble(figure).sum();
  }

  /** Two digits behind the point: more are noise. */
  private static double rounded(double value) {
    return Double.isNaN(value) ? value : Math.round(value * 100) / 100.0;
  }
}
