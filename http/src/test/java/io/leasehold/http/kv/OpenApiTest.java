package io.leasehold.http.kv;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.HandClock;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document of the interface against the routes, and against itself. */
class OpenApiTest {
  @TempDir Path spool;

  private static JsonNode document() throws Exception {
    try (InputStream in = IndexRoutes.class.getResourceAsStream("openapi.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  @Test
  void everyRouteOfTheStoreIsInTheDocument() throws Exception {
    var routes = new TreeSet<String>();
    ActorTestKit kit = ActorTestKit.create();
    try {
      var clock = new HandClock(0);
      var store = new MemoryStore(1, 1 << 20, clock);
      for (ApiRoute route : TestRoutes.of(store, kit, spool, clock)) {
        for (String method : route.methods()) {
          routes.add(method + " " + route.template());
        }
      }
    } finally {
      kit.shutdownTestKit();
    }
    var documented = new TreeSet<String>();
    document()
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            documented.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    assertThat(documented).containsAll(routes); // a whole server is looked at in KvHttpIT
  }

  @Test
  void everyReferenceLeadsSomewhere() throws Exception {
    JsonNode document = document();
    assertThat(document.get("openapi").textValue()).startsWith("3.1.");
    List<String> references = document.findValuesAsText("$ref");
    assertThat(references).hasSizeGreaterThan(50);
    for (String reference : references) {
      assertThat(document.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
    var names = document.findValuesAsText("operationId");
    assertThat(names).doesNotHaveDuplicates().hasSize(103);
  }
}
