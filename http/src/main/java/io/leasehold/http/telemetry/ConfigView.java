package io.leasehold.http.telemetry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.telemetry.ConfigReport;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.http.access.Answer;
import io.leasehold.http.observability.HealthViews;
import java.util.concurrent.CompletionStage;

/** The configuration in force as JSON. No state. */
final class ConfigView {
  private ConfigView() {}

  static CompletionStage<Answer> of(TelemetryControl control) {
    return control.config().thenApply(ConfigView::answer);
  }

  private static Answer answer(ConfigReport report) {
    ObjectNode body =
        Answer.object()
            .put("generation", report.generation())
            .put("sha256", report.sha256())
            .put("loaded_at", HealthViews.time(report.loadedAtMillis()));
    body.set("config", Answer.read(report.effective()));
    ArrayNode history = body.putArray("history");
    for (ConfigReport.Kept each : report.history()) {
      ObjectNode kept = history.addObject();
      if (each.generation() > 0) {
        kept.put("generation", each.generation());
      } else {
        kept.putNull("generation");
      }
      kept.put("file", each.file())
          .put("sha256", each.sha256())
          .put("kept_at", HealthViews.time(each.keptAtMillis()));
    }
    return Answer.json(200, body);
  }
}
