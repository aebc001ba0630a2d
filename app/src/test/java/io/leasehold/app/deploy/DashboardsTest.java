package io.leasehold.app.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboards: well formed, and asking only for what the server has. */
class DashboardsTest {
  private static final int COLUMNS = 24;

  /** Queries that users of TtlSemLock and RedisGate have in their own dashboards. */
  private static final List<String> VERBATIM =
      List.of(
          "rate(ttl_semlock_requests_total[5m])",
          "histogram_quantile(0.95, ttl_semlock_request_duration_seconds_bucket)",
          "ttl_semlock_connection_reuse_rate",
          "ttl_semlock_active_locks",
          "(ttl_semlock_memory_usage_mb / ttl_semlock_memory_limit_mb) * 100",
          "(ttl_semlock_active_locks / ttl_semlock_locks_limit) * 100",
          "rate(ttl_semlock_rejected_requests_total[5m])",
          "rate(http_requests_total[5m])",
          "rate(http_request_errors_total[5m]) / rate(http_requests_total[5m])",
          "histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))",
          "redis_connections_active");

  @Test
  void eachHasAUidAndItsNodesAndDataSourceAsVariables() throws IOException {
    var uids = new HashSet<String>();
    for (var file : Dashboards.files()) {
      var dashboard = Dashboards.read(file);
      var name = file.getFileName().toString().replace(".json", "");
      assertThat(dashboard.get("uid").asText()).isEqualTo("leasehold-" + name);
      assertThat(uids.add(dashboard.get("uid").asText())).isTrue();
      var variables = dashboard.at("/templating/list");
      assertThat(variables.get(0).get("type").asText()).isEqualTo("datasource");
      assertThat(variables.get(1).get("name").asText()).isEqualTo("instance");
      for (var source : dashboard.findValues("datasource")) {
        assertThat(source.path("uid").asText()).isEqualTo("${datasource}");
      }
    }
    assertThat(uids)
        .contains(
            "leasehold-overview",
            "leasehold-locks",
            "leasehold-kv",
            "leasehold-jvm",
            "leasehold-telemetry",
            "leasehold-gateway");
  }

  @Test
  void panelsHaveIdsOfTheirOwnAndDoNotOverlap() throws IOException {
    for (var file : Dashboards.files()) {
      var ids = new HashSet<Integer>();
      var taken = new HashSet<List<Integer>>();
      for (var panel : Dashboards.read(file).get("panels")) {
        var title = file.getFileName() + ": " + panel.get("title").asText();
        assertThat(ids.add(panel.get("id").intValue())).as(title).isTrue();
        assertThat(cells(panel.get("gridPos")))
            .as(title)
            .isNotEmpty()
            .allMatch(cell -> cell.get(0) < COLUMNS && taken.add(cell));
      }
    }
  }

  private static List<List<Integer>> cells(JsonNode place) {
    var cells = new ArrayList<List<Integer>>();
    for (int x = 0; x < place.get("w").intValue(); x++) {
      for (int y = 0; y < place.get("h").intValue(); y++) {
        cells.add(List.of(place.get("x").intValue() + x, place.get("y").intValue() + y));
      }
    }
    return cells;
  }

  @Test
  void theyAndTheAlertsAskOnlyForWhatIsPromised() throws IOException {
    var series = PromisedMetrics.series();
    var queries = new ArrayList<>(Dashboards.queries());
    var rules = KnownSettings.DEPLOY.resolve("prometheus/leasehold-rules.yml");
    Manifests.tree(Files.readString(rules))
        .findValues("expr")
        .forEach(expr -> queries.add(expr.asText()));
    assertThat(queries).hasSizeGreaterThan(60);
    for (var query : queries) {
      assertThat(Dashboards.metrics(query)).as(query).isNotEmpty().isSubsetOf(series);
    }
  }

  @Test
  void theNamesInAQueryAreFound() {
    assertThat(
            Dashboards.metrics(
                "sum by (le, a_b) (rate(x_bucket{c=\"d_e\"}[5m])) / on (f_g) h_i or vector(0)"))
        .containsExactly("h_i", "x_bucket");
  }

  @Test
  void theQueriesOfOldDashboardsStandInThemAsTheyAre() throws IOException {
    assertThat(Dashboards.queries()).containsAll(VERBATIM);
  }

  /** As recording rules, so that Prometheus' own checker reads them. */
  @Test
  void prometheusUnderstandsEveryQuery(@TempDir Path scratch) throws Exception {
    var queries = Dashboards.queries();
    assertThat(check(scratch, queries).exitCode()).isZero();
    var broken = new ArrayList<>(queries);
    broken.set(0, queries.get(0) + " +");
    assertThat(check(scratch, broken).exitCode()).isNotZero();
  }

  private static Promtool.Result check(Path scratch, List<String> queries) throws Exception {
    var rules =
        queries.stream()
            .map(
                query ->
                    "    - {record: 'a:b', labels: {q: '%d'}, expr: '%s'}\n"
                        .formatted(queries.indexOf(query), query.replace("'", "''")))
            .distinct()
            .collect(Collectors.joining("", "groups:\n- name: queries\n  rules:\n", ""));
    Files.writeString(scratch.resolve("queries.yml"), rules);
    return Promtool.run(scratch, scratch, "check", "rules", "queries.yml");
  }
}
