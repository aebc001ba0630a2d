package io.leasehold.domain.telemetry;

import io.leasehold.domain.telemetry.TraceMessage.SpanPart;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A span as its messages make it, in whatever order they come. Not thread safe. */
final class TraceSpan {
  /** The span without its texts, tags and children, with times of 13 digits. */
  private static final int FRAME_BYTES = 128;

  /** What it costs besides its JSON. */
  private static final int OVERHEAD_BYTES = 64;

  private final String sid;
  private String source;
  private String name = "";
  private @Nullable String pid;
  private @Nullable String status;
  private long start;
  private long end;
  private Map<String, String> tags = Map.of();
  private int bytes;

  /** Knows nothing yet but who speaks of it. */
  TraceSpan(String sid, String source) {
    this.sid = sid;
    this.source = source;
  }

  /** Takes one of its messages in; says what was odd. */
  Set<TraceAnomaly> merge(SpanPart part, String from) {
    Set<TraceAnomaly> odd = EnumSet.noneOf(TraceAnomaly.class);
    boolean wasWhole = isWhole();
    boolean first = part.isEnd() && end == 0; // its end has the last word on status and tags
    if (part.isEnd() && end != 0) {
      odd.add(TraceAnomaly.DUPLICATE_END);
    }
    if (first) {
      end = part.end();
    }
    if (part.isStart() && start == 0) {
      start = part.start();
      name = part.name();
      pid = part.pid();
      source = from;
    } else if (start == 0) {
      pid = pid == null ? part.pid() : pid; // until its start says better
      name = name.isEmpty() ? part.name() : name;
    }
    String says = part.status();
    if (says != null && (first || status == null)) {
      status = says;
    }
    merge(part.tags(), first);
    if (isWhole() && !wasWhole && end < start) {
      odd.add(TraceAnomaly.SKEW);
    }
    bytes = size();
    return odd;
  }

  private void merge(Map<String, String> more, boolean override) {
    if (more.isEmpty()) {
      return;
    }
    if (tags.isEmpty()) {
      tags = new LinkedHashMap<>();
    }
    more.forEach(
        (key, value) -> {
          if (override) {
            tags.put(key, value);
          } else {
            tags.putIfAbsent(key, value);
          }
        });
  }

  private int size() {
    int sum = FRAME_BYTES + OVERHEAD_BYTES;
    sum += JsonOut.quotedBytes(sid) + JsonOut.quotedBytes(name) + JsonOut.quotedBytes(source);
    sum += status == null ? 4 : JsonOut.quotedBytes(status);
    sum += pid == null ? 0 : JsonOut.quotedBytes(pid);
    for (Map.Entry<String, String> each : tags.entrySet()) {
      sum += JsonOut.quotedBytes(each.getKey()) + 2 + JsonOut.bytes(each.getValue());
    }
    return sum;
  }

  /** What it costs. */
  int bytes() {
    return bytes;
  }

  /** Whether its start was seen and names no parent. */
  boolean isRoot() {
    return start != 0 && pid == null;
  }

  boolean isStarted() {
    return start != 0;
  }

  boolean isEnded() {
    return end != 0;
  }

  /** Whether start and end were seen. */
  boolean isWhole() {
    return start != 0 && end != 0;
  }

  String sid() {
    return sid;
  }

  /** Empty until it is known. */
  String name() {
    return name;
  }

  String source() {
    return source;
  }

  @Nullable String pid() {
    return pid;
  }

  /** Milliseconds since the epoch, 0 = not seen. */
  long start() {
    return start;
  }

  /** Milliseconds since the epoch, 0 = not seen. */
  long end() {
    return end;
  }

  /** The span up to its children, which the caller writes and closes. */
  void write(StringBuilder out, boolean orphan, boolean namesParent) {
    JsonOut.quoted(out.append("{\"sid\":"), sid);
    JsonOut.quoted(out.append(",\"name\":"), name);
    JsonOut.quoted(out.append(",\"src\":"), source);
    number(out.append(",\"start\":"), start, isStarted());
    number(out.append(",\"end\":"), end, isEnded());
    number(out.append(",\"duration_ms\":"), Math.max(0, end - start), isWhole());
    out.append(",\"status\":");
    if (status == null) {
      out.append("null");
    } else {
      JsonOut.quoted(out, status);
    }
    if (orphan) {
      out.append(",\"orphan\":true");
    }
    if (isWhole() && end < start) {
      out.append(",\"skew\":true");
    }
    if (namesParent && pid != null) {
      JsonOut.quoted(out.append(",\"pid\":"), pid);
    }
    out.append(",\"tags\":{");
    boolean first = true;
    for (Map.Entry<String, String> each : tags.entrySet()) {
      if (!first) {
        out.append(',');
      }
      first = false;
      JsonOut.quoted(out, each.getKey());
      out.append(':').append(each.getValue());
    }
    out.append("},\"children\":[");
  }

  private static void number(StringBuilder out, long value, boolean known) {
    if (known) {
      out.append(value);
    } else {
      out.append("null");
    }
  }
}
