package io.leasehold.http.telemetry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.Explanation;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import java.util.Locale;

/** What would become of a line, with the state of where it would go, as JSON. No state. */
final class ExplainView {
  private ExplainView() {}

  /** The answer to a request whose body is the line. */
  static Answer of(Call call, TelemetryControl control) {
    byte[] line =
        call.body().orElseThrow(() -> new Call.BadQuery("the body must be one line, of 64 KiB"));
    Explanation found = control.explain(line);
    DropReason dropped = found.rejected() == null ? found.dropped() : found.rejected();
    ObjectNode body =
        Answer.object()
            .put("valid", found.rejected() == null)
            .put("dropped", dropped == null ? null : dropped.wire())
            .put("src", found.source())
            .put("type", found.type())
            .put("trace", found.trace());
    ArrayNode rules = body.putArray("rules");
    for (Explanation.Step each : found.rules()) {
      rules
          .addObject()
          .put("rule", each.rule())
          .put("target", each.target())
          .put("matched", each.matched())
          .put("why", each.why());
    }
    TelemetryStatus status = control.status();
    ArrayNode targets = body.putArray("targets");
    for (Explanation.Copy each : found.copies()) {
      ObjectNode target =
          targets
              .addObject()
              .put("target", each.target())
              .put("importance", each.importance())
              .put("message", each.message());
      status.targets().stream()
          .filter(state -> state.name().equals(each.target()))
          .forEach(state -> add(target, state, status));
    }
    ArrayNode lines = body.putArray("lines");
    found.lines().forEach(lines::add);
    return Answer.json(200, body);
  }

  private static void add(
      ObjectNode target, TelemetryStatus.TargetState state, TelemetryStatus status) {
    target
        .put("active", state.active())
        .put("buffer", state.buffered())
        .put("buffer_bytes", state.bufferedBytes());
    ObjectNode breakers = target.putObject("backends");
    for (TelemetryStatus.BackendState each : status.backends()) {
      if (state.backends().contains(each.name())) {
        breakers.put(each.name(), each.breaker().name().toLowerCase(Locale.ROOT));
      }
    }
  }
}
