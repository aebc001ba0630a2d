package io.leasehold.domain.telemetry;

import io.leasehold.domain.telemetry.TraceMessage.SpanPart;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What has come for one trace. Knows nothing of time but what it is told. Not thread safe. */
final class Trace {
  /** Short forms that are kept; more are counted. */
  static final int MAX_ITEMS = 200;

  private static final int BASE_BYTES = 512;
  private static final int SOURCE_BYTES = 128;
  private static final int ITEM_BYTES = 32;

  private final String tid;
  private final String firstSource;
  private final long firstNanos;
  private final Map<String, TraceSpan> spans = new LinkedHashMap<>(4);
  private final Map<String, long[]> sources = new LinkedHashMap<>(4);
  private final List<String> items = new ArrayList<>(4);
  private final long[] counts = new long[MessageType.values().length];
  private long itemsDropped;
  private long firstTs = Long.MAX_VALUE;
  private long lastTs = Long.MIN_VALUE;
  private long lastNanos;
  private long rootsEndedNanos;
  private long bytes;
  private int rootsSeen;
  private int rootsOpen;
  private int whole;
  private boolean overrun;

  /** Empty yet; its first message is of {@code firstSource}. */
  Trace(String tid, String firstSource, long nowNanos) {
    this.tid = tid;
    this.firstSource = firstSource;
    this.firstNanos = nowNanos;
    this.lastNanos = nowNanos;
    this.bytes = BASE_BYTES + 2L * JsonOut.quotedBytes(tid) + JsonOut.quotedBytes(firstSource);
  }

  /** Takes a message in; says what was odd about it. */
  Set<TraceAnomaly> add(TraceMessage message, long nowNanos) {
    lastNanos = nowNanos;
    firstTs = Math.min(firstTs, message.ts());
    lastTs = Math.max(lastTs, message.ts());
    counts[message.type().ordinal()]++;
    long[] messages = sources.get(message.source());
    if (messages == null) {
      messages = new long[1];
      sources.put(message.source(), messages);
      bytes += SOURCE_BYTES + JsonOut.quotedBytes(message.source());
    }
    messages[0]++;
    SpanPart part = message.span();
    if (part != null) {
      return merge(part, message.source(), nowNanos);
    }
    if (items.size() < MAX_ITEMS) {
      items.add(message.item());
      bytes += ITEM_BYTES + JsonOut.bytes(message.item());
    } else {
      itemsDropped++;
    }
    return EnumSet.noneOf(TraceAnomaly.class);
  }

  private Set<TraceAnomaly> merge(SpanPart part, String source, long nowNanos) {
    TraceSpan span = spans.computeIfAbsent(part.sid(), sid -> new TraceSpan(sid, source));
    bytes -= span.bytes();
    whole -= span.isWhole() ? 1 : 0;
    boolean wasRoot = span.isRoot();
    boolean wasOpen = wasRoot && !span.isEnded();
    Set<TraceAnomaly> odd = span.merge(part, source);
    bytes += span.bytes();
    whole += span.isWhole() ? 1 : 0;
    boolean isOpen = span.isRoot() && !span.isEnded();
    rootsSeen += (span.isRoot() ? 1 : 0) - (wasRoot ? 1 : 0);
    rootsOpen += (isOpen ? 1 : 0) - (wasOpen ? 1 : 0);
    if (rootsOpen == 0 && span.isRoot() && (wasOpen || !wasRoot)) {
      rootsEndedNanos = nowNanos;
    }
    return odd;
  }

  /** Some of its messages were lost. */
  void overran() {
    overrun = true;
  }

  boolean isOverrun() {
    return overrun;
  }

  /** Whether at least one root was seen, and none is open. */
  boolean hasEnded() {
    return rootsSeen > 0 && rootsOpen == 0;
  }

  /** When the last root ended; of a trace that {@link #hasEnded}. */
  long endedNanos() {
    return rootsEndedNanos;
  }

  /** Whether there are spans, and each has a start and an end. */
  boolean isWhole() {
    return !spans.isEmpty() && whole == spans.size();
  }

  String tid() {
    return tid;
  }

  long firstNanos() {
    return firstNanos;
  }

  long lastNanos() {
    return lastNanos;
  }

  /** What it costs, its record included. */
  long bytes() {
    return bytes;
  }

  Collection<TraceSpan> spans() {
    return spans.values();
  }

  /** How many messages came, by source, in the order in which they were first seen. */
  Map<String, long[]> sources() {
    return sources;
  }

  String firstSource() {
    return firstSource;
  }

  List<String> items() {
    return items;
  }

  long itemsDropped() {
    return itemsDropped;
  }

  long count(MessageType type) {
    return counts[type.ordinal()];
  }

  /** The lowest {@code ts} of its messages. */
  long firstTs() {
    return firstTs;
  }

  /** The highest {@code ts} of its messages. */
  long lastTs() {
    return lastTs;
  }
}
