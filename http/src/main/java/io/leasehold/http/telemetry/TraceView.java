package io.leasehold.http.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TraceSummary;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.observability.HealthViews;
import java.net.URLDecoder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Traces as JSON. No state. */
final class TraceView {
  private static final String PREFIX = "/traces/";
  private static final int USUAL = 100;
  private static final int MOST = 1_000;

  private TraceView() {}

  /** The trace whose id is the rest of the path, as it was put together: it is JSON already. */
  static CompletionStage<Answer> one(Call call, TelemetryControl control) {
    return control
        .trace(tid(call.path()))
        .thenApply(
            found ->
                found
                    .map(json -> new Answer(200, Answer.JSON, json.getBytes(UTF_8), Map.of()))
                    .orElseGet(
                        () -> Answer.json(404, Answer.object().put("error", "unknown_trace"))));
  }

  private static String tid(String path) {
    try {
      return URLDecoder.decode(path.substring(PREFIX.length()).replace("+", "%2B"), UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Call.BadQuery("the id of the trace is not percent-encoded as it should be");
    }
  }

  /** The traces that this node puts together. */
  static CompletionStage<Answer> list(Call call, TelemetryControl control) {
    return control.traces(call.limit(USUAL, MOST)).thenApply(TraceView::answer);
  }

  private static Answer answer(List<TraceSummary> traces) {
    ObjectNode body = Answer.object();
    ArrayNode list = body.putArray("traces");
    for (TraceSummary each : traces) {
      var reason = each.reason();
      list.addObject()
          .put("tid", each.tid())
          .put("state", reason == null ? "open" : "closed")
          .put("reason", reason == null ? null : reason.wire())
          .put("src", each.source())
          .put("started", HealthViews.time(each.startedMillis()))
          .put("spans", each.spans())
          .put("messages", each.messages());
    }
    return Answer.json(200, body);
  }
}
