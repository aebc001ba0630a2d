package io.leasehold.http.telemetry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.telemetry.TopFigures;
import io.leasehold.http.access.Answer;
import java.util.Locale;

/** What went through in the last second as JSON. No state. */
final class TopView {
  private TopView() {}

  static Answer of(TopFigures figures) {
    ObjectNode body =
        Answer.object()
            .put("received_per_s", whole(figures.receivedPerSecond()))
            .put("delivered_per_s", whole(figures.deliveredPerSecond()));
    ArrayNode sources = body.putArray("sources");
    for (TopFigures.SourceRate each : figures.sources()) {
      sources
          .addObject()
          .put("src", each.name())
          .put("per_s", whole(each.perSecond()))
          .put("bytes_per_s", whole(each.bytesPerSecond()))
          .put("dropped_per_s", whole(each.droppedPerSecond()));
    }
    ArrayNode backends = body.putArray("backends");
    for (TopFigures.TargetRate each : figures.targets()) {
      ObjectNode backend =
          backends
              .addObject()
              .put("name", each.name())
              .put("state", each.state().name().toLowerCase(Locale.ROOT))
              .put("per_s", whole(each.perSecond()))
              .put("buffer", each.buffer())
              .put("lag", each.lag());
      if (Double.isNaN(each.p99Millis())) {
        backend.putNull("p99_ms");
      } else {
        backend.put("p99_ms", Math.round(each.p99Millis() * 100) / 100.0);
      }
      backend.put("dropped_per_s", whole(each.droppedPerSecond()));
    }
    ArrayNode drops = body.putArray("drops");
    for (TopFigures.DropRate each : figures.drops()) {
      drops
          .addObject()
          .put("reason", each.reason())
          .put("per_s", whole(each.perSecond()))
          .put("total", each.total());
    }
    return Answer.json(200, body);
  }

  private static long whole(double perSecond) {
    return Math.round(perSecond);
  }
}
