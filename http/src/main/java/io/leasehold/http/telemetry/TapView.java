package io.leasehold.http.telemetry;

import io.leasehold.domain.telemetry.Level;
import io.leasehold.domain.telemetry.MessageType;
import io.leasehold.domain.telemetry.TapFeed;
import io.leasehold.domain.telemetry.TapFilter;
import io.leasehold.domain.telemetry.TelemetryControl;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Call;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Messages as they are accepted, as server-sent events. What there is is collected ten times a
 * second, if the reader wants it: the pipeline hears of nobody. No state.
 */
final class TapView {
  private static final Duration EVERY = Duration.ofMillis(100);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);
  private static final ByteString BEGINNING = ByteString.fromString(": messages as they come\n\n");
  private static final ByteString STILL_HERE = ByteString.fromString(":\n\n");
  private static final ByteString FULL =
      ByteString.fromString("event: refused\ndata: {\"why\":\"all places are taken\"}\n\n");

  private TapView() {}

  static Answer of(Call call, TelemetryControl control) {
    TapFilter filter = filter(call);
    long limit = call.query("limit").isPresent() ? call.limit(1, 999_999_999) : Long.MAX_VALUE;
    if (!control.mayTap()) {
      return Answer.error(
          Answer.Problem.OVERLOADED, "tap.max_clients watch already", call.correlationId());
    }
    // begun by who reads: a client that is gone by then takes no place
    Source<ByteString, NotUsed> events =
        Source.lazySource(
                () ->
                    control
                        .tap(filter, limit)
                        .map(TapView::events)
                        .orElseGet(() -> Source.single(FULL)))
            .mapMaterializedValue(begun -> NotUsed.getInstance());
    return Answer.streaming("text/event-stream", events).with("X-Accel-Buffering", "no");
  }

  private static Source<ByteString, NotUsed> events(TapFeed feed) {
    return Source.tick(Duration.ZERO, EVERY, NotUsed.getInstance())
        .map(tick -> feed.take())
        .takeWhile(seen -> !seen.last(), true)
        .map(TapView::text)
        .filter(text -> !text.isEmpty())
        .keepAlive(KEEP_ALIVE, () -> STILL_HERE)
        .prepend(Source.single(BEGINNING))
        .watchTermination(
            (timer, done) -> {
              done.whenComplete((end, failure) -> feed.close());
              return NotUsed.getInstance();
            });
  }

  private static ByteString text(TapFeed.Seen seen) {
    var text = new StringBuilder();
    seen.messages().forEach(each -> text.append("data: ").append(each).append("\n\n"));
    if (seen.skipped() > 0) {
      text.append("event: skipped\ndata: {\"skipped\":").append(seen.skipped()).append("}\n\n");
    }
    return ByteString.fromString(text.toString());
  }

  private static TapFilter filter(Call call) {
    try {
      return new TapFilter(
          call.query("src").orElse(""),
          types(call.query("type").orElse("")),
          level(call.query("min_level").orElse("")),
          call.query("tid").orElse(""));
    } catch (IllegalArgumentException e) {
      throw new Call.BadQuery(String.valueOf(e.getMessage()));
    }
  }

  private static Set<MessageType> types(String text) {
    Set<MessageType> types = EnumSet.noneOf(MessageType.class);
    for (String each : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      MessageType type = MessageType.of(each);
      if (type == null) {
        throw new IllegalArgumentException(
            "type: must be of "
                + Arrays.stream(MessageType.values())
                    .map(MessageType::wire)
                    .collect(Collectors.joining(", ")));
      }
      types.add(type);
    }
    return types;
  }

  private static @Nullable Level level(String text) {
    Level level = text.isEmpty() ? null : Level.of(text);
    if (level == null && !text.isEmpty()) {
      throw new IllegalArgumentException("min_level: must be debug, info, warn, error or fatal");
    }
    return level;
  }
}
