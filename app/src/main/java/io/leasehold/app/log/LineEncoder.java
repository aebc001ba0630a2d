package io.leasehold.app.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/**
 * One event, one line, whatever is in it: control characters of foreign texts are escaped, so that
 * nobody can write a line that looks like ours.
 */
final class LineEncoder extends EncoderBase<ILoggingEvent> {
  private static final DateTimeFormatter LOCAL =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());
  private static final DateTimeFormatter UTC =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final byte[] NOTHING = {};

  private final ObjectMapper mapper = new ObjectMapper();
  private final boolean json;
  private final String node;

  /**
   * Writes text or JSON.
   *
   * @param node in every line of JSON, until {@link Logging#runsAs}
   */
  LineEncoder(boolean json, String node) {
    this.json = json;
    this.node = node;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    String line = json ? json(event) : text(event);
    return (line + '\n').getBytes(StandardCharsets.UTF_8);
  }

  private static String level(ILoggingEvent event) {
    return event.getLevel().toString().toLowerCase(Locale.ROOT);
  }

  private static List<KeyValuePair> pairs(ILoggingEvent event) {
    var pairs = event.getKeyValuePairs();
    return pairs == null ? List.of() : pairs;
  }

  private static String text(ILoggingEvent event) {
    var line = new StringBuilder(160);
    line.append('[')
        .append(LOCAL.format(Instant.ofEpochMilli(event.getTimeStamp())))
        .append("] ")
        .append(level(event))
        .append(": ");
    escape(line, event.getFormattedMessage());
    for (KeyValuePair pair : pairs(event)) {
      line.append(' ').append(pair.key).append('=');
      escape(line, String.valueOf(pair.value));
    }
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      line.append(" error=");
      escape(line, failure.getClassName() + ": " + failure.getMessage());
      line.append(" stack=");
      escape(line, ThrowableProxyUtil.asString(failure));
    }
    return line.toString();
  }

  private static void escape(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        line.append("\\n");
      } else if (Character.isISOControl(c)) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
  }

  private String node(ILoggingEvent event) {
    var context = event.getLoggerContextVO();
    return context == null ? node : context.getPropertyMap().getOrDefault(Logging.NODE, node);
  }

  private String json(ILoggingEvent event) {
    ObjectNode line =
        mapper
            .createObjectNode()
            .put("timestamp", UTC.format(Instant.ofEpochMilli(event.getTimeStamp())))
            .put("level", level(event))
            .put("message", event.getFormattedMessage())
            .put("logger", event.getLoggerName())
            .put("thread", event.getThreadName())
            .put("node", node(event));
    for (KeyValuePair pair : pairs(event)) {
      if (pair.value instanceof Double || pair.value instanceof Float) {
        line.put(pair.key, ((Number) pair.value).doubleValue()); // NaN and infinity as text
      } else if (pair.value instanceof Number number) {
        line.put(pair.key, number.longValue());
      } else {
        line.put(pair.key, String.valueOf(pair.value));
      }
    }
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      line.putObject("error")
          .put("type", failure.getClassName())
          .put("message", failure.getMessage())
          .put("stack", ThrowableProxyUtil.asString(failure));
    }
    try {
      return mapper.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON can be written", e);
    }
  }
}
