package io.leasehold.http.debug;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.health.EveryNode;
import io.leasehold.http.access.Answer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/** Puts what the nodes show of themselves together. */
final class DebugSums {
  static final Comparator<JsonNode> OLDEST_FIRST =
      Comparator.comparing(row -> Instant.parse(row.path("connected_at").asText()));

  /** How often a key was asked for on all nodes, and by how much that may be wrong. */
  private static final class Top {
    private long count;
    private long error;
    private long bounds;
  }

  private DebugSums() {}

  /** The clients of all nodes, oldest first; each row says whose it is, since ids are a node's. */
  static ObjectNode clients(String node, EveryNode.Gathered gathered, int limit) {
    var rows = new ArrayList<ObjectNode>();
    boolean truncated = false;
    for (Map.Entry<String, String> each : gathered.documents().entrySet()) {
      JsonNode document = Answer.read(each.getValue());
      truncated |= document.path("truncated").booleanValue();
      for (JsonNode client : document.path("clients")) {
        ObjectNode row = Answer.object().put("node", each.getKey());
        client.properties().forEach(field -> row.set(field.getKey(), field.getValue()));
        rows.add(row);
      }
    }
    rows.sort(OLDEST_FIRST);
    int shown = Math.min(limit, rows.size());
    ObjectNode body =
        Answer.object()
            .put("node", node)
            .put("count", shown)
            .put("truncated", truncated || shown < rows.size());
    missing(body, gathered);
    body.putArray("clients").addAll(rows.subList(0, shown));
    return body;
  }

  /**
   * The keys asked for most on all nodes. A node that does not name a key may have counted it up to
   * its own bound, which adds to the error.
   */
  static ObjectNode topKeys(String node, EveryNode.Gathered gathered, int limit) {
    long window = 0;
    long recorded = 0;
    int sampling = 1;
    long maxError = 0;
    long bounds = 0;
    var tops = new HashMap<String, Top>();
    String kind = "lock";
    for (String text : gathered.documents().values()) {
      JsonNode document = Answer.read(text);
      window = Math.max(window, document.path("window_seconds").longValue());
      recorded += document.path("recorded").longValue();
      sampling = Math.max(sampling, document.path("sampling").intValue());
      maxError += document.path("max_error").longValue();
      long bound = boundOfOthers(document);
      bounds += bound;
      for (JsonNode row : document.path("keys")) {
        kind = row.path("kind").asText();
        Top top = tops.computeIfAbsent(row.path("key").asText(), key -> new Top());
        top.count += row.path("count").longValue();
        top.error += row.path("error").longValue();
        top.bounds += bound;
      }
    }
    ObjectNode body =
        Answer.object()
            .put("node", node)
            .put("window_seconds", window)
            .put("recorded", recorded)
            .put("sampling", sampling)
            .put("max_error", maxError);
    missing(body, gathered);
    ArrayNode rows = body.putArray("keys");
    var sorted = new ArrayList<>(tops.entrySet());
    sorted.sort(
        Comparator.comparingLong((Map.Entry<String, Top> each) -> each.getValue().count)
            .reversed()
            .thenComparing(Map.Entry.comparingByKey()));
    for (Map.Entry<String, Top> each : sorted.subList(0, Math.min(limit, sorted.size()))) {
      Top top = each.getValue();
      rows.addObject()
          .put("kind", kind)
          .put("key", each.getKey())
          .put("count", top.count)
          .put("error", top.error + bounds - top.bounds)
          .put("share", recorded == 0 ? 0 : Math.round(1_000.0 * top.count / recorded) / 10.0);
    }
    return body;
  }

  /** How often a key may have been asked for that this node does not name. */
  private static long boundOfOthers(JsonNode document) {
    JsonNode rows = document.path("keys");
    long bound = document.path("max_error").longValue();
    if (rows.size() == DebugRoutes.MAX_LIMIT) { // there may be more, counted as the last at most
      JsonNode last = rows.get(rows.size() - 1);
      bound = Math.max(bound, last.path("count").longValue() + last.path("error").longValue());
    }
    return bound;
  }

  /** The pools of all nodes side by side: a sum would hide the one that is exhausted. */
  static ObjectNode pools(String node, EveryNode.Gathered gathered) {
    ObjectNode body = Answer.object().put("node", node);
    missing(body, gathered);
    ArrayNode nodes = body.putArray("nodes");
    gathered.documents().values().forEach(text -> nodes.add(Answer.read(text)));
    return body;
  }

  private static void missing(ObjectNode body, EveryNode.Gathered gathered) {
    ArrayNode missing = body.putArray("nodes_missing");
    gathered.missing().forEach(missing::add);
  }
}
