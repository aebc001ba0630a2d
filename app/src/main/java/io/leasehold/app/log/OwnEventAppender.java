package io.leasehold.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.telemetry.OwnEvents;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/** Hands what is logged to telemetry, as messages that are bounded in size. Never waits. */
final class OwnEventAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /**
   * Locks and the store, and nothing of telemetry or of alerts about it: a message that tells of a
   * lost message might be lost itself, and so on.
   */
  static final List<String> LOGGERS =
      List.of(
          "leasehold.lock",
          "leasehold.audit",
          "io.leasehold.actors.journal",
          "io.leasehold.actors.kv",
          "io.leasehold.actors.lock",
          "io.leasehold.http.kv",
          "io.leasehold.streams.kv",
          "io.leasehold.streams.lock");

  /** In characters; with all of them a line has 20 KiB at the very most. */
  private static final int MAX_MESSAGE = 2_000;

  private static final int MAX_VALUE = 200;
  private static final int MAX_PAIRS = 10;

  private final ObjectMapper mapper = new ObjectMapper();
  private final OwnEvents events;

  OwnEventAppender(OwnEvents events) {
    this.events = events;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (events.wants(event.getLevel().isGreaterOrEqual(Level.WARN))) {
      events.offer(line(event));
    }
  }

  private byte[] line(ILoggingEvent event) {
    ObjectNode line =
        mapper
            .createObjectNode()
            .put("v", 1)
            .put("src", OwnEvents.SOURCE)
            .put("ts", event.getTimeStamp())
            .put("type", "event");
    ObjectNode ctx =
        line.putObject("data")
            .put("level", level(event.getLevel()))
            .put("msg", cut(event.getFormattedMessage(), MAX_MESSAGE))
            .putObject("ctx");
    ctx.put("logger", event.getLoggerName());
    var context = event.getLoggerContextVO();
    if (context != null && context.getPropertyMap().containsKey(Logging.NODE)) {
      ctx.put("node", context.getPropertyMap().get(Logging.NODE));
    }
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.stream()
          .limit(MAX_PAIRS)
          .forEach(each -> ctx.put(each.key, cut(String.valueOf(each.value), MAX_VALUE)));
    }
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      ctx.put("error", cut(failure.getClassName() + ": " + failure.getMessage(), MAX_VALUE));
    }
    try { // a text first: half of a surrogate pair is no error there
      return mapper.writeValueAsString(line).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON can be written", e);
    }
  }

  private static String level(Level level) {
    return level == Level.TRACE ? "debug" : level.toString().toLowerCase(Locale.ROOT);
  }

  private static String cut(String text, int most) {
    return text.length() > most ? text.substring(0, most) + "..." : text;
  }
}
