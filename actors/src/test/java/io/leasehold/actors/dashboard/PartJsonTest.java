package io.leasehold.actors.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.domain.health.alert.Severity;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PartJsonTest {
  private static final Alert ALERT =
      new Alert(
          "N",
          Severity.CRITICAL,
          "title",
          "why",
          "metrics",
          Map.of("a", "b"),
          1_700_000_000_123L,
          0.5,
          Double.POSITIVE_INFINITY,
          "n:1",
          0);

  private static NodePart part(List<Alert> alerts) {
    var times = new Buckets(new TreeMap<>(Map.of(0.1, 3.0, Double.POSITIVE_INFINITY, 4.5)));
    var row =
        new LockRow(
            "k\uD83D\uDD12\n",
            "shared",
            3,
            2,
            1,
            "o",
            (1L << 53) - 1,
            5,
            List.of(new LockRow.Waiting("w", 1, 40)));
    return new NodePart(
        "127.0.0.1:25520",
        1L << 40,
        7,
        new NodeFigures.Rates(
            1.25,
            Double.NaN,
            1e6,
            3,
            0.5,
            6,
            2,
            times,
            Buckets.EMPTY,
            true,
            false,
            new GatewayFigures(5, 1, Map.of("rate_limit", 0.5), Buckets.EMPTY, 2)),
        new TelemetryPart(
            12,
            3,
            List.of(
                new TelemetryPart.Row(
                    "file", "half-open", null, 4.5, 12, 2, 3.25, 0, "file: disk \"full\""),
                new TelemetryPart.Row("chain", "closed", "b", 0, 0, 0, null, 1, null)),
            List.of(new TelemetryPart.Drop("overflow", 0.5, 7)),
            List.of(new TelemetryPart.Slow("job-1", "<b>", "a", 1L << 41, 1_612, "root_end", 4))),
        List.of(row),
        new Alerts(alerts, List.of(ALERT)));
  }

  @Test
  void aPartComesBack() {
    assertThat(PartJson.read(PartJson.written(part(List.of(ALERT)))))
        .contains(part(List.of(ALERT)));
  }

  @Test
  void aNodeThatSaysNothingOfItsTelemetryHasNone() {
    String document = PartJson.written(part(List.of())).replace("\"telemetry\":", "\"something\":");
    assertThat(PartJson.read(document).orElseThrow().telemetry()).isEqualTo(TelemetryPart.NONE);
  }

  @Test
  void aNodeThatSaysNothingOfSlowTracesHasNone() {
    String document = PartJson.written(part(List.of())).replace("\"slowest\":", "\"something\":");
    TelemetryPart read = PartJson.read(document).orElseThrow().telemetry();
    assertThat(read.slowest()).isEmpty();
    assertThat(read.targets()).isEqualTo(part(List.of()).telemetry().targets());
  }

  @Test
  void manyAlertsAreCut() {
    var read = PartJson.read(PartJson.written(part(Collections.nCopies(500, ALERT))));
    assertThat(read.orElseThrow().alerts().active()).hasSize(50);
  }

  @Test
  void whatANewerNodeAddsIsLeftOutAndWhatItChangesIsNotGuessed() {
    String document = PartJson.written(part(List.of()));
    assertThat(PartJson.read(document.replaceFirst("\\{", "{\"new\":[1],")))
        .contains(part(List.of()));
    assertThat(PartJson.read(document.replace("\"CRITICAL\"", "\"GRAVE\""))).isEmpty();
    assertThat(PartJson.read("no JSON")).isEmpty();
    String older = document.replaceFirst(",\"gateway\":\\{.*?\\}\\},\"streams\":2.0}", "");
    assertThat(older).doesNotContain("rate_limit");
    assertThat(PartJson.read(older).orElseThrow().rates().gateway())
        .isEqualTo(GatewayFigures.none());
  }
}
