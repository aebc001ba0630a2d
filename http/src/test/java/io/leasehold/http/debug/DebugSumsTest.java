package io.leasehold.http.debug;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.health.EveryNode;
import io.leasehold.http.access.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What two nodes show, put together. */
class DebugSumsTest {
  private static EveryNode.Gathered gathered(String one, String other, String... missing) {
    return new EveryNode.Gathered(
        new TreeMap<>(Map.of("a:1", one, "b:1", other)), List.of(missing));
  }

  private static String clients(boolean truncated, String... connectedAt) {
    ObjectNode body = Answer.object().put("truncated", truncated);
    ArrayNode rows = body.putArray("clients");
    for (int i = 0; i < connectedAt.length; i++) {
      rows.addObject().put("id", i + 1).put("connected_at", connectedAt[i]);
    }
    return body.toString();
  }

  private static List<String> rows(JsonNode body, String array, String... fields) {
    var texts = new ArrayList<String>();
    for (JsonNode row : body.path(array)) {
      var values = new ArrayList<String>();
      for (String field : fields) {
        values.add(row.path(field).asText());
      }
      texts.add(String.join(" ", values));
    }
    return texts;
  }

  @Test
  void clientsOfAllNodesStandOldestFirstUnderTheNameOfTheirNode() {
    var gathered =
        gathered(
            clients(false, "2026-01-15T10:00:00Z", "2026-01-15T10:00:03Z"),
            clients(false, "2026-01-15T10:00:00.500Z"),
            "c:1");

    ObjectNode all = DebugSums.clients("b:1", gathered, 3);
    assertThat(rows(all, "clients", "node", "id")).containsExactly("a:1 1", "b:1 1", "a:1 2");
    assertThat(all.path("count").intValue()).isEqualTo(3);
    assertThat(all.path("truncated").booleanValue()).isFalse();
    assertThat(all.path("node").asText()).isEqualTo("b:1");
    assertThat(all.path("nodes_missing").toString()).isEqualTo("[\"c:1\"]");

    ObjectNode two = DebugSums.clients("b:1", gathered, 2);
    assertThat(rows(two, "clients", "node", "id")).containsExactly("a:1 1", "b:1 1");
    assertThat(two.path("truncated").booleanValue()).isTrue();
  }

  @Test
  void whatOneNodeHasCutIsCut() {
    var gathered = gathered(clients(true, "2026-01-15T10:00:00Z"), clients(false));
    assertThat(DebugSums.clients("a:1", gathered, 9).path("truncated").booleanValue()).isTrue();
  }

  private static String tops(long recorded, long maxError, String... keyCountError) {
    ObjectNode body =
        Answer.object()
            .put("window_seconds", recorded)
            .put("recorded", recorded)
            .put("sampling", recorded > 100 ? 2 : 1)
            .put("max_error", maxError);
    ArrayNode rows = body.putArray("keys");
    for (String each : keyCountError) {
      String[] parts = each.split(" ");
      rows.addObject()
          .put("kind", "lock")
          .put("key", parts[0])
          .put("count", Long.parseLong(parts[1]))
          .put("error", Long.parseLong(parts[2]));
    }
    return body.toString();
  }

  @Test
  void countsOfAKeyAddUpAndANodeThatDoesNotNameItAddsItsBound() {
    var gathered = gathered(tops(100, 3, "x 60 1", "y 40 2"), tops(300, 7, "y 200 5", "z 100 0"));

    ObjectNode all = DebugSums.topKeys("a:1", gathered, 2);

    assertThat(rows(all, "keys", "kind", "key", "count", "error", "share"))
        .containsExactly("lock y 240 7 60.0", "lock z 100 3 25.0");
    assertThat(all.path("recorded").longValue()).isEqualTo(400);
    assertThat(all.path("window_seconds").longValue()).isEqualTo(300);
    assertThat(all.path("sampling").intValue()).isEqualTo(2);
    assertThat(all.path("max_error").longValue()).isEqualTo(10);
    assertThat(all.path("nodes_missing")).isEmpty();
  }

  /** Behind a list that is full there may be as much as its last row. */
  @Test
  void behindAFullListAKeyMayHaveAsManyAsItsLast() {
    var full = new String[DebugRoutes.MAX_LIMIT];
    for (int i = 0; i < full.length; i++) {
      full[i] = "k" + i + " " + (5_000 - i) + " 2";
    }
    var gathered = gathered(tops(10, 1, full), tops(10, 1, "other 9000 0"));

    ObjectNode all = DebugSums.topKeys("a:1", gathered, 1);

    assertThat(rows(all, "keys", "key", "count", "error")).containsExactly("other 9000 4003");
  }

  @Test
  void poolsStandSideBySide() {
    var gathered = gathered("{\"node\":\"a:1\"}", "{\"node\":\"b:1\"}", "c:1", "d:1");

    assertThat(DebugSums.pools("b:1", gathered).toString())
        .isEqualTo(
            "{\"node\":\"b:1\",\"nodes_missing\":[\"c:1\",\"d:1\"],"
                + "\"nodes\":[{\"node\":\"a:1\"},{\"node\":\"b:1\"}]}");
  }
}
