package io.leasehold.domain.telemetry;

import io.leasehold.domain.telemetry.MessageReader.Field;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What of a message counts for its trace: a part of a span, or the short form of anything else.
 * Immutable; keeps nothing of the line it was read from.
 */
public final class TraceMessage {
  /** Characters of a value in a short form; a longer one is cut. */
  static final int MAX_TEXT = 1_024;

  /**
   * Objects and arrays in a tag that nest deeper stand as text: what is put together stays flat.
   */
  static final int MAX_TAG_DEPTH = 8;

  private static final double MAX_MILLIS = 0x1p53;

  private static final Map<MessageType, List<String>> SHOWN =
      Map.of(
          MessageType.EVENT, List.of("level", "msg"),
          MessageType.METRIC, List.of("name", "value"),
          MessageType.PROGRESS, List.of("job_id", "percent", "status"));

  /**
   * One message of a span: its start, its end, or both.
   *
   * @param name empty of an end
   * @param start milliseconds since the epoch, 0 of an end
   * @param end milliseconds since the epoch, 0 of a start
   * @param status null = it says none
   * @param tags JSON by name
   */
  record SpanPart(
      String sid,
      @Nullable String pid,
      String name,
      long start,
      long end,
      @Nullable String status,
      Map<String, String> tags) {
    boolean isStart() {
      return start > 0;
    }

    boolean isEnd() {
      return end > 0;
    }
  }

  private final String tid;
  private final String source;
  private final long ts;
  private final MessageType type;
  private final @Nullable SpanPart span;
  private final String item;

  private TraceMessage(
      String tid, String source, long ts, MessageType type, @Nullable SpanPart span, String item) {
    this.tid = tid;
    this.source = source;
    this.ts = ts;
    this.type = type;
    this.span = span;
    this.item = item;
  }

  /** Whether a message as it was just read is part of a trace. */
  public static boolean isTraced(MessageReader message) {
    return message.isPresent(Field.TID)
        && message.type() != MessageType.HEARTBEAT
        && message.type() != MessageType.GOODBYE
        && message.type() != MessageType.TRACE;
  }

  /**
   * Takes out what counts.
   *
   * @param message as it was just read from {@code line}, one that {@link #isTraced}
   */
  public static TraceMessage of(MessageReader message, byte[] line) {
    String tid = message.text(Field.TID);
    String source = message.text(Field.SRC);
    MessageType type = message.type();
    SpanPart span = type == MessageType.SPAN ? span(message, line) : null;
    String item = span == null ? item(message, line, source) : "";
    return new TraceMessage(tid, source, message.ts(), type, span, item);
  }

  private interface Member {
    void see(String name, JsonText.Kind kind, JsonText json);
  }

  /** Shows the members of {@code data}; of duplicate keys all, the last at last. */
  private static void members(MessageReader message, byte[] line, Member member) {
    if (!message.isObject(Field.DATA)) {
      return;
    }
    var json = new JsonText();
    json.begin(line, message.from(Field.DATA), message.to(Field.DATA));
    members(json, line, member);
  }

  private static void members(JsonText json, byte[] line, Member member) {
    json.accept('{');
    if (json.accept('}')) {
      return;
    }
    do {
      json.name();
      String name = JsonText.decode(line, json.from(), json.to(), json.isEscaped());
      member.see(name, json.value(2), json);
    } while (json.accept(','));
  }

  private static SpanPart span(MessageReader message, byte[] line) {
    Map<String, String> texts = new HashMap<>();
    Map<String, Long> times = new HashMap<>();
    Map<String, String> tags = new LinkedHashMap<>();
    members(
        message,
        line,
        (name, kind, json) -> {
          switch (name) {
            case "name", "status" -> {
              if (kind == JsonText.Kind.STRING) {
                texts.put(name, JsonText.decode(line, json.from(), json.to(), json.isEscaped()));
              } else {
                texts.remove(name);
              }
            }
            case "start", "end" -> times.put(name, millis(kind, json, line));
            case "tags" -> {
              tags.clear();
              if (kind == JsonText.Kind.OBJECT) {
                tags(line, json.from(), json.to(), tags);
              }
            }
            default -> {}
          }
        });
    long end = times.getOrDefault("end", 0L);
    long start = times.getOrDefault("start", 0L);
    return new SpanPart(
        message.text(Field.SID),
        message.isPresent(Field.PID) ? message.text(Field.PID) : null,
        texts.getOrDefault("name", ""),
        start == 0 && end == 0 ? Math.max(1, message.ts()) : start,
        end,
        texts.get("status"),
        tags);
  }

  private static void tags(byte[] line, int from, int to, Map<String, String> tags) {
    var json = new JsonText();
    json.begin(line, from, to);
    members(
        json, line, (name, kind, at) -> tags.put(name, value(kind, at, line, Integer.MAX_VALUE)));
  }

  /** 0 of what is no time: absent, null, no number, not positive. */
  private static long millis(JsonText.Kind kind, JsonText json, byte[] line) {
    return kind == JsonText.Kind.NUMBER
        ? (long)
            Math.max(0, Math.min(MAX_MILLIS, MessageReader.numberAt(line, json.from(), json.to())))
        : 0;
  }

  private static String item(MessageReader message, byte[] line, String source) {
    Map<String, String> values = new HashMap<>();
    List<String> shown = SHOWN.getOrDefault(message.type(), List.of());
    members(
        message,
        line,
        (name, kind, json) -> {
          if (shown.contains(name)) {
            values.put(name, value(kind, json, line, MAX_TEXT));
          }
        });
    var out = new StringBuilder(128).append("{\"ts\":").append(message.ts()).append(",\"src\":");
    JsonOut.quoted(out, source);
    out.append(",\"type\":\"").append(message.type().wire()).append('"');
    if (message.isPresent(Field.SID)) {
      JsonOut.quoted(out.append(",\"sid\":"), message.text(Field.SID));
    }
    for (String name : shown) {
      String value = values.get(name);
      if (value != null) {
        out.append(",\"").append(name).append("\":").append(value);
      }
    }
    return out.append('}').toString();
  }

  /** The value just passed, as JSON; what is too long or too deep becomes a text. */
  private static String value(JsonText.Kind kind, JsonText json, byte[] line, int maxChars) {
    if (kind == JsonText.Kind.STRING) {
      return JsonOut.quoted(
          cut(JsonText.decode(line, json.from(), json.to(), json.isEscaped()), maxChars));
    }
    String raw = JsonText.decode(line, json.from(), json.to(), false);
    boolean fits = raw.length() <= maxChars && depth(raw) <= MAX_TAG_DEPTH;
    return fits ? raw : JsonOut.quoted(cut(raw, maxChars));
  }

  private static String cut(String text, int maxChars) {
    return text.length() <= maxChars ? text : text.substring(0, maxChars) + '…';
  }

  private static int depth(String json) {
    int depth = 0;
    int deepest = 0;
    boolean inside = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (inside && c == '\\') {
        i++;
      } else if (c == '"') {
        inside = !inside;
      } else if (!inside && (c == '{' || c == '[')) {
        deepest = Math.max(deepest, ++depth);
      } else if (!inside && (c == '}' || c == ']')) {
        depth--;
      }
    }
    return deepest;
  }

  /** The trace it belongs to. */
  public String tid() {
    return tid;
  }

  String source() {
    return source;
  }

  /** Milliseconds since the epoch. */
  long ts() {
    return ts;
  }

  MessageType type() {
    return type;
  }

  /** Null if it is no span. */
  @Nullable SpanPart span() {
    return span;
  }

  /** Its short form; empty of a span. */
  String item() {
    return item;
  }
}
