package io.leasehold.http.observability;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.http.access.Answer;
import java.util.List;
import java.util.TreeMap;

/** Renders alerts. No state; safe for any thread. */
public final class AlertViews {
  private AlertViews() {}

  /** What is active and what has ended. */
  public static Answer answer(Alerts alerts) {
    ObjectNode body = Answer.object().put("count", alerts.active().size());
    fill(body.putArray("alerts"), alerts.active());
    fill(body.putArray("resolved"), alerts.resolved());
    return ApiViews.fresh(Answer.json(200, body));
  }

  /** Adds one object for each alert. */
  public static void fill(ArrayNode array, List<Alert> alerts) {
    for (Alert alert : alerts) {
      ObjectNode row =
          array
              .addObject()
              .put("name", alert.name())
              .put("level", alert.severity().wire())
              .put("title", alert.title())
              .put("description", alert.description())
              .put("source", alert.source())
              .put("timestamp", HealthViews.time(alert.sinceMillis()));
      put(row, "value", alert.value());
      put(row, "threshold", alert.threshold());
      row.put("node", alert.node());
      if (!alert.labels().isEmpty()) {
        ObjectNode labels = row.putObject("labels");
        new TreeMap<>(alert.labels()).forEach(labels::put);
      }
      if (alert.resolvedMillis() != 0) {
        row.put("resolved_at", HealthViews.time(alert.resolvedMillis()));
      }
    }
  }

  /** Whole numbers without a fraction; what JSON has no number for is null. */
  public static void put(ObjectNode to, String name, double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      to.putNull(name);
    } else if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      to.put(name, (long) value);
    } else {
      to.put(name, value);
    }
  }
}
