package io.leasehold.http.observability;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.health.EveryNode;
import io.leasehold.http.access.Answer;
import java.util.ArrayList;
import java.util.List;

/** Adds up what the nodes tell of themselves. */
final class StatsSum {
  private final List<JsonNode> nodes = new ArrayList<>();

  private StatsSum(EveryNode.Gathered gathered) {
    gathered.documents().values().forEach(text -> nodes.add(Answer.read(text)));
  }

  /**
   * The statistics of all nodes that answered, without time and name. Limits add up too, and there
   * is none if one node has none; the reuse rate is that of all requests, the uptime the longest.
   */
  static ObjectNode of(EveryNode.Gathered gathered) {
    var sum = new StatsSum(gathered);
    ObjectNode body = Answer.object();
    sum.add(body, "", "active_locks", "total_requests");
    sum.add(body.putObject("pool_stats"), "/pool_stats", "idle", "active", "total");
    sum.add(body, "", "waiters", "acquire_requests", "release_requests", "refused", "errors");
    sum.add(body.putObject("rejected"), "/rejected", "max_locks_reached", "memory_limit_reached");
    body.putObject("memory")
        .put("used_bytes", sum.total("/memory/used_bytes"))
        .put("limit_bytes", sum.limit("/memory/limit_bytes"));
    body.put("locks_limit", sum.limit("/locks_limit"))
        .put("connection_reuse_rate", sum.reuseRate())
        .put("uptime_seconds", sum.longestUptime())
        .put("nodes", sum.nodes.size());
    ArrayNode missing = body.putArray("nodes_missing");
    gathered.missing().forEach(missing::add);
    return body;
  }

  private void add(ObjectNode to, String below, String... names) {
    for (String name : names) {
      to.put(name, total(below + "/" + name));
    }
  }

  private long total(String path) {
    return nodes.stream().mapToLong(node -> node.at(path).longValue()).sum();
  }

  /** 0 = unlimited. */
  private long limit(String path) {
    boolean unlimited = nodes.stream().anyMatch(node -> node.at(path).longValue() == 0);
    return unlimited ? 0 : total(path);
  }

  private double reuseRate() {
    long requests = total("/total_requests");
    double reused = 0;
    for (JsonNode node : nodes) {
      reused +=
          node.path("connection_reuse_rate").doubleValue()
              * node.path("total_requests").longValue();
    }
    return requests == 0 ? 0 : Math.round(10 * reused / requests) / 10.0;
  }

  private long longestUptime() {
    return nodes.stream()
        .mapToLong(node -> node.path("uptime_seconds").longValue())
        .max()
        .orElse(0);
  }
}
