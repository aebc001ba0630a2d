package io.leasehold.http.telemetry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.telemetry.DeadLetterJob;
import io.leasehold.domain.telemetry.DeadLetterReport;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import io.leasehold.http.observability.HealthViews;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/** Dead letters over HTTP: what there is, and orders to replay or drop them. No state. */
final class DeadLetterView {
  private static final Pattern LIMIT = Pattern.compile("[1-9][0-9]{0,17}");

  private DeadLetterView() {}

  /** With {@code wait=true} when no work is under way any more, or after some seconds. */
  static CompletionStage<Answer> report(Call call, TelemetryControl control) {
    boolean wait = call.query("wait").orElse("false").equals("true");
    return control.deadLetters(wait).thenApply(DeadLetterView::answer);
  }

  private static Answer answer(DeadLetterReport report) {
    ObjectNode body = Answer.object();
    ArrayNode groups = body.putArray("dead_letters");
    for (DeadLetterReport.Group each : report.groups()) {
      groups
          .addObject()
          .put("backend", each.target())
          .put("reason", each.reason())
          .put("count", each.count())
          .put("bytes", each.bytes())
          .put("oldest", HealthViews.time(each.oldestMillis()));
    }
    DeadLetterJob job = report.job();
    ObjectNode told = body.putObject("job").put("state", lower(job.state()));
    if (job.state() != DeadLetterJob.State.NONE) {
      told.put("action", lower(job.order().action()))
          .put("backend", job.order().target())
          .put("dry_run", job.order().dryRun())
          .put("replayed", job.replayed())
          .put("failed", job.failed())
          .put("dropped", job.dropped())
          .put("left", job.left())
          .put("why", job.why());
    }
    return Answer.json(200, body);
  }

  /** 202: it is being carried out, the report tells how far it is; 409: it cannot be. */
  static Answer begin(Call call, TelemetryControl control, DeadLetterJob.Action action) {
    String target =
        call.query("backend").orElseThrow(() -> new Call.BadQuery("backend must be given"));
    String limit = call.query("limit").orElse(Long.toString(Long.MAX_VALUE / 10));
    if (!LIMIT.matcher(limit).matches()) {
      throw new Call.BadQuery("limit must be a whole number of 1 or more");
    }
    var order =
        new DeadLetterJob.Order(
            action,
            target,
            call.query("reason").orElse(null),
            call.query("to").orElse(target),
            Long.parseLong(limit),
            call.query("dry_run").orElse("false").equals("true"));
    String why = control.work(order);
    ObjectNode body = Answer.object();
    return why.isEmpty()
        ? Answer.json(202, body.put("state", "running"))
        : Answer.json(409, body.put("code", "refused").put("message", why));
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
