package io.leasehold.app.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.leasehold.domain.health.HealthReport;
import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.health.alert.AlertBook;
import io.leasehold.domain.health.alert.AlertRule;
import io.leasehold.domain.health.alert.AlertRules;
import io.leasehold.domain.health.alert.SampleHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A node and Prometheus have the same rules, and come to the same result. */
class NodeAlertsTest {
  private static final Path FOLDER = KnownSettings.DEPLOY.resolve("prometheus");
  private static final String OUTSIDE = "LeaseholdNodeDown";
  private static final Pattern SERIES = Pattern.compile("([a-z_]+)\\{(.*)}");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");
  private static final long SECOND = 1_000_000_000L;

  private static JsonNode yaml(String name) throws IOException {
    return Manifests.tree(Files.readString(FOLDER.resolve(name)));
  }

  @Test
  void theTablesAgree() throws IOException {
    var shipped = new ArrayList<String>();
    for (JsonNode rule : yaml("leasehold-rules.yml").at("/groups/0/rules")) {
      if (!rule.get("alert").asText().equals(OUTSIDE)) {
        shipped.add(
            String.join(
                "; ",
                rule.get("alert").asText(),
                rule.get("expr").asText(),
                rule.get("for").asText(),
                rule.at("/labels/severity").asText(),
                rule.at("/annotations/summary").asText(),
                rule.at("/annotations/description").asText()));
      }
    }

    assertThat(AlertRules.ALL.stream().map(NodeAlertsTest::asShipped))
        .containsExactlyElementsOf(shipped);
  }

  private static String asShipped(AlertRule rule) {
    String title = rule.title().substring(0, 1).toLowerCase(java.util.Locale.ROOT);
    return String.join(
        "; ",
        rule.name(),
        rule.expression(),
        rule.patience(),
        rule.severity().wire(),
        "{{ $labels.instance }}: " + title + rule.title().substring(1),
        rule.description());
  }

  /** Every case that is made for promtool, evaluated by the rules of a node. */
  @Test
  void theSameSamplesRaiseTheSameAlerts() throws IOException {
    int cases = 0;
    for (JsonNode test : yaml("leasehold-rules.test.yml").get("tests")) {
      for (JsonNode check : test.get("alert_rule_test")) {
        if (!check.get("alertname").asText().equals(OUTSIDE)) {
          var expected = new ArrayList<Map<String, String>>();
          for (JsonNode alert : check.path("exp_alerts")) {
            var labels = new TreeMap<String, String>();
            alert
                .get("exp_labels")
                .properties()
                .forEach(each -> labels.put(each.getKey(), each.getValue().asText()));
            labels.remove("severity");
            expected.add(labels);
          }
          assertThat(raised(test, check))
              .as(test.get("name").asText() + " at " + check.get("eval_time").asText())
              .containsExactlyInAnyOrderElementsOf(expected);
          cases++;
        }
      }
    }
    assertThat(cases).isGreaterThan(40);
  }

  private static List<Map<String, String>> raised(JsonNode test, JsonNode check) {
    long interval = seconds(test.get("interval").asText());
    long until = seconds(check.get("eval_time").asText());
    var history = new SampleHistory((int) (300 / interval) + 1);
    var book = new AlertBook(AlertRules.ALL, "node-1:9765");
    var report = new HealthReport(List.of(), 0);
    for (long at = 0; at <= until; at++) {
      if (at % interval == 0) {
        history.add(at * SECOND, samples(test, (int) (at / interval)));
      }
      if (at % interval == 0 || at == until) {
        book.update(history, report, at * SECOND, at * 1_000);
      }
    }
    return book.alerts().active().stream()
        .filter(alert -> alert.name().equals(check.get("alertname").asText()))
        .map(Alert::labels)
        .map(labels -> (Map<String, String>) new TreeMap<>(labels))
        .toList();
  }

  private static List<SampleHistory.Sample> samples(JsonNode test, int index) {
    var samples = new ArrayList<SampleHistory.Sample>();
    for (JsonNode each : test.get("input_series")) {
      Matcher series = SERIES.matcher(each.get("series").asText());
      assertThat(series.matches()).isTrue();
      var labels = new HashMap<String, String>();
      Matcher label = LABEL.matcher(series.group(2));
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
      double value = value(each.get("values").asText(), index);
      samples.add(new SampleHistory.Sample(series.group(1), labels, value));
    }
    return samples;
  }

  /** {@code 7x3} is 7 7 7 7, {@code 0+2x3} is 0 2 4 6: promtool's own short forms. */
  private static double value(String values, int index) {
    int left = index;
    for (String part : values.split(" ")) {
      if (!part.contains("x")) {
        if (left-- == 0) {
          return part.equals("Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(part);
        }
        continue;
      }
      int times = Integer.parseInt(part.substring(part.indexOf('x') + 1));
      String[] numbers = part.substring(0, part.indexOf('x')).split("\\+");
      if (left <= times) {
        double step = numbers.length > 1 ? Double.parseDouble(numbers[1]) : 0;
        return Double.parseDouble(numbers[0]) + left * step;
      }
      left -= times + 1;
    }
    return Double.NaN; // the series has ended
  }

  private static long seconds(String duration) {
    long seconds = 0;
    Matcher part = Pattern.compile("([0-9]+)([sm])").matcher(duration);
    while (part.find()) {
      seconds += Long.parseLong(part.group(1)) * (part.group(2).equals("m") ? 60 : 1);
    }
    return seconds;
  }
}
