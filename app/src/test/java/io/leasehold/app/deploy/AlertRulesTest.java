package io.leasehold.app.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The alerts that are shipped are those that are promised, and Prometheus raises them. */
class AlertRulesTest {
  private static final Path FOLDER = KnownSettings.DEPLOY.resolve("prometheus");
  private static final String RULES = "leasehold-rules.yml";
  private static final String RULES_TEST = "leasehold-rules.test.yml";

  @TempDir Path scratch;

  private static JsonNode rules() throws IOException {
    return Manifests.tree(Files.readString(FOLDER.resolve(RULES))).at("/groups/0/rules");
  }

  private static List<String> promised() throws IOException {
    try (var in = AlertRulesTest.class.getResourceAsStream("/deploy/alerts.txt")) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .toList();
    }
  }

  @Test
  void theRulesAreThoseThatArePromised() throws IOException {
    var shipped = new ArrayList<String>();
    for (var rule : rules()) {
      shipped.add(
          Stream.of("/alert", "/expr", "/for", "/labels/severity")
              .map(pointer -> rule.at(pointer).asText())
              .reduce((left, right) -> left + "; " + right)
              .orElseThrow());
    }
    assertThat(shipped).containsExactlyElementsOf(promised());
  }

  @Test
  void everyAlertSaysWhereAndWhatToDo() throws IOException {
    for (var rule : rules()) {
      assertThat(rule.at("/annotations/summary").asText()).startsWith("{{ $labels.instance }}: ");
      assertThat(rule.at("/annotations/description").asText()).endsWith(".");
    }
  }

  @Test
  void everyAlertHasOneFiringAndOneQuietCase() throws IOException {
    var tests = Manifests.tree(Files.readString(FOLDER.resolve(RULES_TEST))).get("tests");
    var cases = new ArrayList<String>();
    for (var test : tests) {
      var checks = test.get("alert_rule_test");
      var last = checks.get(checks.size() - 1);
      boolean fires = last.path("exp_alerts").size() == 1;
      cases.add(last.get("alertname").asText() + (fires ? " fires" : " is quiet"));
      assertThat(test.get("name").asText()).isEqualTo(cases.get(cases.size() - 1));
    }
    var expected = new ArrayList<String>();
    for (var rule : rules()) {
      expected.add(rule.get("alert").asText() + " fires");
      expected.add(rule.get("alert").asText() + " is quiet");
    }
    assertThat(cases).containsExactlyElementsOf(expected);
  }

  @Test
  void prometheusTakesTheFiles() throws Exception {
    assertThat(Promtool.run(FOLDER, scratch, "check", "rules", RULES))
        .satisfies(
            result -> {
              assertThat(result.output()).contains(promised().size() + " rules found");
              assertThat(result.exitCode()).isZero();
            });
    assertThat(Promtool.run(FOLDER, scratch, "check", "config", "--syntax-only", "prometheus.yml"))
        .satisfies(result -> assertThat(result.exitCode()).as(result.output()).isZero());
  }

  @Test
  void prometheusRaisesThem() throws Exception {
    assertThat(Promtool.run(FOLDER, scratch, "test", "rules", RULES_TEST))
        .satisfies(result -> assertThat(result.exitCode()).as(result.output()).isZero());
  }

  /** A threshold moved, a wait made longer, an expression or severity changed. */
  @Test
  void theCasesNoticeARuleThatIsNotAsItWas() throws Exception {
    var rules = Files.readString(FOLDER.resolve(RULES));
    var tests = Files.readString(FOLDER.resolve(RULES_TEST));
    var changes =
        Map.of("> 0.8", "> 0.79", "for: 1m", "for: 9m", "== 0'", "== 7'", "critical", "page");
    for (var change : changes.entrySet()) {
      var changed = rules.replace(change.getKey(), change.getValue());
      assertThat(changed).isNotEqualTo(rules);
      Files.writeString(scratch.resolve(RULES), changed);
      Files.writeString(scratch.resolve(RULES_TEST), tests);
      assertThat(Promtool.run(scratch, scratch, "test", "rules", RULES_TEST).exitCode())
          .as(change.toString())
          .isNotZero();
    }
  }
}
