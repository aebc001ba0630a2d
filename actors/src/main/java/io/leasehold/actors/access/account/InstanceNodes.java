package io.leasehold.actors.access.account;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.actors.health.EveryNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * How the nodes of the cluster stand with an instance. Safe for any thread; never blocks, never
 * fails its stage.
 */
public interface InstanceNodes {
  /**
   * What they say.
   *
   * @param nodes by name, {@code host:port}, ascending
   * @param missing members that cannot be reached or did not answer in time, ascending
   */
  record Seen(Map<String, ExternalGate.State> nodes, List<String> missing) {}

  /** Asks all of them now; takes two seconds at most. */
  CompletionStage<Seen> of(UUID instance);

  /** A node without others. */
  static InstanceNodes alone(String node, Function<UUID, ExternalGate.State> here) {
    return instance ->
        CompletableFuture.completedFuture(new Seen(Map.of(node, here.apply(instance)), List.of()));
  }

  /**
   * All members. This node answers for itself from now on.
   *
   * @param here how this one stands
   */
  static InstanceNodes all(EveryNode everyNode, Function<UUID, ExternalGate.State> here) {
    var json = new ObjectMapper();
    String what = "gateway-instance";
    everyNode.serve(
        what,
        question -> {
          ExternalGate.State state = here.apply(UUID.fromString(question.kind()));
          return json.createObjectNode()
              .put("connections", state.connections())
              .put("circuit", state.circuit())
              .toString();
        });
    return instance ->
        everyNode
            .ask(new EveryNode.Question(what, instance.toString(), 1))
            .thenApply(
                gathered -> {
                  var nodes = new TreeMap<String, ExternalGate.State>();
                  var missing = new TreeSet<>(gathered.missing());
                  gathered
                      .documents()
                      .forEach(
                          (node, document) -> {
                            try {
                              JsonNode state = json.readTree(document);
                              nodes.put(
                                  node,
                                  new ExternalGate.State(
                                      state.path("connections").intValue(),
                                      state.path("circuit").asText()));
                            } catch (JsonProcessingException e) {
                              missing.add(node); // of another version
                            }
                          });
                  return new Seen(nodes, List.copyOf(missing));
                });
  }
}
