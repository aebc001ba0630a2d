package io.leasehold.domain.telemetry;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Puts traces together: takes messages, closes a trace when it is over, tells a listener. Keeps
 * what was closed for a while, so that it can be shown and amended.
 *
 * <p>Bounded in the bytes of one trace and of all, those that are kept included; a trace costs 512
 * bytes at least, so there are never more than 2,000 for each MiB. Every call costs about the same
 * however many traces there are, but for the closing of one, which writes it. Never reads a clock.
 * Not thread safe.
 */
public final class TraceTable {
  /** Closed traces that are remembered, so that what comes for them is known to be late. */
  public static final int MAX_REMEMBERED = 50_000;

  private static final long REMEMBERED_NANOS = 600_000_000_000L;

  /** A fragment of late messages is closed so long after its last one. */
  private static final long LATE_NANOS = 2_000_000_000L;

  private static final int MAX_DOUBTED = 10_000;

  /**
   * Bounds, all above 0 but {@code lingerNanos} and {@code keepNanos}, which may be 0.
   *
   * @param lingerNanos from the end of the last root
   * @param idleNanos from the last message
   * @param maxAgeNanos from the first message
   * @param keepNanos how long a closed trace can be shown
   * @param maxBytes of all traces
   * @param maxTraceBytes of one
   */
  public record Limits(
      long lingerNanos,
      long idleNanos,
      long maxAgeNanos,
      long keepNanos,
      long maxBytes,
      long maxTraceBytes) {}

  /** Is told what happens to traces. Must not call the table. */
  public interface Listener {
    /** A trace was closed, or a fragment of one that had been. */
    void closed(TraceRecord record);

    /** Something was odd. */
    void odd(TraceAnomaly what, int count);
  }

  private record Kept(Trace trace, TraceEnd reason, long closedNanos, SlowTrace summary) {}

  private final Listener listener;
  private Limits limits;

  /** By their last message: the first has been idle the longest. */
  private final LinkedHashMap<String, Trace> open = new LinkedHashMap<>();

  /** The same by their first message. */
  private final LinkedHashSet<Trace> byAge = new LinkedHashSet<>();

  /** Those whose roots have ended, by when. */
  private final LinkedHashSet<Trace> lingering = new LinkedHashSet<>();

  /** Late messages by trace, in the order of the last message. */
  private final LinkedHashMap<String, Trace> fragments = new LinkedHashMap<>();

  /** By when they were closed. */
  private final LinkedHashMap<String, Kept> kept = new LinkedHashMap<>();

  /** When a trace was closed, by when. */
  private final LinkedHashMap<String, Long> remembered = new LinkedHashMap<>();

  /** Not open, but some message of them was lost. */
  private final LinkedHashSet<String> doubted = new LinkedHashSet<>();

  private long bytes;

  public TraceTable(Limits limits, Listener listener) {
    this.limits = limits;
    this.listener = listener;
  }

  /** Other bounds from now on; open traces stay open. */
  public void limits(Limits next) {
    limits = next;
  }

  /** Takes a message in. */
  public void add(TraceMessage message, long nowNanos) {
    String tid = message.tid();
    Trace trace = open.remove(tid);
    if (trace == null) {
      if (isRemembered(tid, nowNanos)) {
        addLate(message, nowNanos);
        return;
      }
      trace = new Trace(tid, message.source(), nowNanos);
      if (doubted.remove(tid)) {
        trace.overran();
      }
      byAge.add(trace);
      bytes += trace.bytes();
    }
    open.put(tid, trace);
    long before = trace.bytes();
    long endedBefore = trace.hasEnded() ? trace.endedNanos() : -1;
    trace.add(message, nowNanos).forEach(odd -> listener.odd(odd, 1));
    bytes += trace.bytes() - before;
    if (!trace.hasEnded()) {
      lingering.remove(trace);
    } else if (endedBefore != trace.endedNanos() || !lingering.contains(trace)) {
      lingering.remove(trace);
      lingering.add(trace);
    }
    if (trace.bytes() > limits.maxTraceBytes()) {
      close(trace, TraceEnd.TOO_BIG, nowNanos, true);
    }
    makeRoom(nowNanos);
  }

  private boolean isRemembered(String tid, long nowNanos) {
    Long closed = remembered.get(tid);
    return closed != null && nowNanos - closed < REMEMBERED_NANOS;
  }

  private void addLate(TraceMessage message, long nowNanos) {
    String tid = message.tid();
    Trace fragment = fragments.remove(tid);
    if (fragment == null) {
      fragment = new Trace(tid, message.source(), nowNanos);
      bytes += fragment.bytes();
    }
    fragments.put(tid, fragment);
    long before = fragment.bytes();
    Set<TraceAnomaly> odd = fragment.add(message, nowNanos);
    bytes += fragment.bytes() - before;
    Kept whole = kept.get(tid);
    if (whole != null && whole.trace.bytes() + fragment.bytes() <= limits.maxTraceBytes()) {
      before = whole.trace.bytes();
      odd.addAll(whole.trace.add(message, nowNanos));
      bytes += whole.trace.bytes() - before;
    }
    odd.add(TraceAnomaly.LATE);
    odd.forEach(each -> listener.odd(each, 1));
    boolean old = nowNanos - fragment.firstNanos() >= limits.maxAgeNanos();
    if (old || fragment.bytes() > limits.maxTraceBytes()) {
      closeFragment(fragment, nowNanos);
    }
    makeRoom(nowNanos);
  }

  /** A message of this trace was lost before it came here: what is put together has a hole. */
  public void lost(String tid) {
    Trace trace = open.get(tid);
    if (trace != null) {
      trace.overran();
    } else {
      doubted.add(tid);
      if (doubted.size() > MAX_DOUBTED) {
        removeFirst(doubted.iterator());
      }
    }
  }

  /** The same where it may have been any of those. */
  public void lostSome(Predicate<String> tids) {
    for (Trace each : open.values()) {
      if (tids.test(each.tid())) {
        each.overran();
      }
    }
  }

  private static void removeFirst(Iterator<?> all) {
    all.next();
    all.remove();
  }

  /** Closes and forgets what is due. To be called a few times a second. */
  public void tick(long nowNanos) {
    while (!lingering.isEmpty()) {
      Trace first = lingering.iterator().next();
      if (nowNanos - first.endedNanos() < limits.lingerNanos()) {
        break;
      }
      close(first, first.isWhole() ? TraceEnd.ROOT_END : TraceEnd.OPEN_SPANS, nowNanos, true);
    }
    while (!open.isEmpty()) {
      Trace first = first(open);
      if (nowNanos - first.lastNanos() < limits.idleNanos()) {
        break;
      }
      close(first, TraceEnd.IDLE, nowNanos, true);
    }
    while (!byAge.isEmpty()) {
      Trace first = byAge.iterator().next();
      if (nowNanos - first.firstNanos() < limits.maxAgeNanos()) {
        break;
      }
      close(first, TraceEnd.MAX_AGE, nowNanos, true);
    }
    while (!fragments.isEmpty() && nowNanos - first(fragments).lastNanos() >= LATE_NANOS) {
      closeFragment(first(fragments), nowNanos);
    }
    while (!kept.isEmpty() && nowNanos - first(kept).closedNanos >= limits.keepNanos()) {
      forgetFirstKept();
    }
    while (!remembered.isEmpty() && nowNanos - first(remembered) >= REMEMBERED_NANOS) {
      removeFirst(remembered.values().iterator());
    }
  }

  private static <T> T first(Map<String, T> map) {
    return map.values().iterator().next();
  }

  private void forgetFirstKept() {
    bytes -= first(kept).trace.bytes();
    removeFirst(kept.values().iterator());
  }

  /** What can only be shown goes first, then what has been idle the longest. */
  private void makeRoom(long nowNanos) {
    while (bytes > limits.maxBytes()) {
      if (!kept.isEmpty()) {
        forgetFirstKept();
      } else if (!open.isEmpty()) {
        close(first(open), TraceEnd.EVICTED, nowNanos, false);
      } else if (!fragments.isEmpty()) {
        closeFragment(first(fragments), nowNanos);
      } else {
        return;
      }
    }
  }

  private void close(Trace trace, TraceEnd why, long nowNanos, boolean keep) {
    open.remove(trace.tid());
    byAge.remove(trace);
    lingering.remove(trace);
    bytes -= trace.bytes();
    TraceEnd reason = trace.isOverrun() ? TraceEnd.OVERRUN : why;
    var document = new TraceDocument(trace);
    if (document.orphans() > 0) {
      listener.odd(TraceAnomaly.ORPHAN, document.orphans());
    }
    remember(trace.tid(), nowNanos);
    if (keep && limits.keepNanos() > 0) {
      bytes += trace.bytes();
      kept.put(trace.tid(), new Kept(trace, reason, nowNanos, document.summary(reason)));
    }
    listener.closed(document.record(reason));
  }

  private void closeFragment(Trace fragment, long nowNanos) {
    fragments.remove(fragment.tid());
    bytes -= fragment.bytes();
    remember(fragment.tid(), nowNanos);
    listener.closed(new TraceDocument(fragment).record(TraceEnd.LATE));
  }

  private void remember(String tid, long nowNanos) {
    remembered.remove(tid);
    remembered.put(tid, nowNanos);
    if (remembered.size() > MAX_REMEMBERED) {
      removeFirst(remembered.values().iterator());
    }
  }

  /** Closes the trace that has been idle the longest, or a fragment; false if there is none. */
  public boolean closeOne(TraceEnd reason, long nowNanos) {
    if (!open.isEmpty()) {
      close(first(open), reason, nowNanos, true);
    } else if (!fragments.isEmpty()) {
      closeFragment(first(fragments), nowNanos);
    } else {
      return false;
    }
    return true;
  }

  /** Closes those traces, and forgets what it knows of them: another table has them now. */
  public void moved(Predicate<String> tids, long nowNanos) {
    for (Trace each : List.copyOf(open.values())) {
      if (tids.test(each.tid())) {
        close(each, TraceEnd.MOVED, nowNanos, false);
      }
    }
    for (Trace each : List.copyOf(fragments.values())) {
      if (tids.test(each.tid())) {
        closeFragment(each, nowNanos);
      }
    }
    for (Kept each : List.copyOf(kept.values())) {
      if (tids.test(each.trace.tid())) {
        bytes -= each.trace.bytes();
        kept.remove(each.trace.tid());
      }
    }
    remembered.keySet().removeIf(tids);
    doubted.removeIf(tids);
  }

  /** Whether one of those traces is open, can be shown or is remembered. */
  public boolean hasAny(Predicate<String> tids) {
    return open.keySet().stream().anyMatch(tids)
        || fragments.keySet().stream().anyMatch(tids)
        || remembered.keySet().stream().anyMatch(tids)
        || kept.keySet().stream().anyMatch(tids);
  }

  /** The document of a trace that is open or kept, JSON; null if it is neither. */
  public @Nullable String shown(String tid) {
    Trace trace = open.get(tid);
    if (trace != null) {
      return new TraceDocument(trace).shown(null);
    }
    Kept closed = kept.get(tid);
    if (closed != null) {
      return new TraceDocument(closed.trace).shown(closed.reason);
    }
    Trace fragment = fragments.get(tid);
    return fragment == null ? null : new TraceDocument(fragment).shown(null);
  }

  /** Open and kept traces, the newest first: of each the state and some figures. */
  public List<TraceSummary> newest(int limit) {
    List<TraceSummary> all = new ArrayList<>();
    for (Trace each : newestFirst(open.values())) {
      if (all.size() < limit) {
        all.add(TraceSummary.of(each, null));
      }
    }
    for (Kept each : newestFirst(kept.values())) {
      if (all.size() < limit) {
        all.add(TraceSummary.of(each.trace, each.reason));
      }
    }
    return all;
  }

  /** Of the closed traces that can be shown those that took the longest; looks at all of them. */
  public List<SlowTrace> slowest(int limit) {
    return SlowTrace.slowest(() -> kept.values().stream().map(Kept::summary).iterator(), limit);
  }

  private static <T> List<T> newestFirst(Collection<T> oldestFirst) {
    List<T> all = new ArrayList<>(oldestFirst);
    Collections.reverse(all);
    return all;
  }

  /** Traces that are open, fragments included. */
  public int open() {
    return open.size() + fragments.size();
  }

  /** Closed traces that can be shown. */
  public int kept() {
    return kept.size();
  }

  /** Of all traces, also those that are kept. */
  public long bytes() {
    return bytes;
  }
}
