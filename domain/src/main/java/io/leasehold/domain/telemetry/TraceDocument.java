package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes what is known of a trace. Not thread safe. */
final class TraceDocument {
  private static final long DAY_MILLIS = 86_400_000;

  private static final List<MessageType> COUNTED =
      List.of(
          MessageType.EVENT,
          MessageType.METRIC,
          MessageType.PROGRESS,
          MessageType.RESOURCE,
          MessageType.SPAN);

  private final Trace trace;
  private final TraceTree tree;
  private final long start;
  private final long end;

  TraceDocument(Trace trace) {
    this.trace = trace;
    this.tree = new TraceTree(trace);
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    for (TraceSpan each : trace.spans()) {
      first = each.isStarted() ? Math.min(first, each.start()) : first;
      last = each.isEnded() ? Math.max(last, each.end()) : last;
    }
    this.start = first == Long.MAX_VALUE ? trace.firstTs() : first;
    long until = trace.isWhole() ? last : Math.max(last, trace.lastTs());
    this.end = Math.max(start, until);
  }

  int orphans() {
    return tree.orphans();
  }

  /**
   * The record of a closed trace.
   *
   * @param reason why it was closed
   */
  TraceRecord record(TraceEnd reason) {
    TraceSpan root = tree.firstRoot();
    String source = root == null ? trace.firstSource() : root.source();
    var out = new StringBuilder((int) Math.min(1 << 20, trace.bytes()));
    JsonOut.quoted(out.append("{\"v\":1,\"src\":"), source);
    out.append(",\"ts\":").append(ts()).append(",\"type\":\"trace\",\"tid\":");
    JsonOut.quoted(out, trace.tid());
    out.append(",\"data\":{");
    members(out, reason);
    out.append("}}");
    return new TraceRecord(trace.tid(), source, ts(), reason, out.toString().getBytes(UTF_8));
  }

  /** What a list of traces says of it; times that no clock can have said do not count. */
  SlowTrace summary(TraceEnd reason) {
    TraceSpan root = tree.firstRoot();
    long from = believed(start, trace.firstTs());
    return new SlowTrace(
        trace.tid(),
        root == null ? "" : root.name(),
        root == null ? trace.firstSource() : root.source(),
        from,
        Math.max(0, believed(end, trace.lastTs()) - from),
        reason,
        trace.spans().size());
  }

  /** Its end, if it can be believed. */
  private long ts() {
    return believed(end, trace.lastTs());
  }

  /** A time of a span, unless no clock can have said it beside its message: another unit. */
  private static long believed(long time, long ts) {
    return time >= ts - DAY_MILLIS && time <= ts + DAY_MILLIS ? time : ts;
  }

  /**
   * The document of a trace that somebody asks for.
   *
   * @param reason null = it is open
   */
  String shown(@Nullable TraceEnd reason) {
    var out = new StringBuilder((int) Math.min(1 << 20, trace.bytes()));
    JsonOut.quoted(out.append("{\"tid\":"), trace.tid());
    out.append(",\"state\":").append(reason == null ? "\"open\"," : "\"closed\",");
    members(out, reason);
    return out.append('}').toString();
  }

  private void members(StringBuilder out, @Nullable TraceEnd reason) {
    out.append("\"complete\":").append(reason == TraceEnd.ROOT_END).append(",\"reason\":");
    out.append(reason == null ? "null" : '"' + reason.wire() + '"');
    out.append(",\"late\":").append(reason == TraceEnd.LATE);
    out.append(",\"start\":").append(start).append(",\"end\":").append(end);
    out.append(",\"duration_ms\":").append(end - start);
    sources(out.append(",\"sources\":["));
    out.append("],\"counts\":{");
    String comma = "\"";
    for (MessageType each : COUNTED) {
      out.append(comma).append(each.wire()).append("\":").append(trace.count(each));
      comma = ",\"";
    }
    out.append("},\"roots\":[");
    tree.write(out);
    out.append("],\"items\":[");
    comma = "";
    for (String each : trace.items()) {
      out.append(comma).append(each);
      comma = ",";
    }
    out.append("],\"items_dropped\":").append(trace.itemsDropped());
  }

  private void sources(StringBuilder out) {
    String comma = "";
    for (Map.Entry<String, long[]> each : trace.sources().entrySet()) {
      JsonOut.quoted(out.append(comma).append("{\"src\":"), each.getKey());
      out.append(",\"messages\":").append(each.getValue()[0]);
      out.append(",\"busy_ms\":").append(busyMillis(each.getKey())).append('}');
      comma = ",";
    }
  }

  /** The union of the times of its spans, those that are whole. */
  private long busyMillis(String source) {
    List<TraceSpan> own = new ArrayList<>();
    for (TraceSpan each : trace.spans()) {
      if (each.isWhole() && each.source().equals(source)) {
        own.add(each);
      }
    }
    own.sort((one, other) -> Long.compare(one.start(), other.start()));
    long busy = 0;
    long until = Long.MIN_VALUE;
    for (TraceSpan each : own) {
      long from = Math.max(until, each.start());
      if (each.end() > from) {
        busy += each.end() - from;
        until = each.end();
      }
    }
    return busy;
  }
}
