package io.leasehold.streams.telemetry.spool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far the streams of the clients are settled, so that a line that comes again is known. The
 * least recently used is forgotten for a new one, but none that has a connection. Safe for any
 * thread.
 */
public final class StreamBook {
  private static final long KEPT_MILLIS = 24 * 3_600_000L;

  /** A stream belongs to its source. */
  public record Key(String src, String stream) {}

  /** One stream. */
  public final class Entry {
    private final Key key;
    private long settled;
    private long lastUsedMillis;
    private boolean frozen;
    private @Nullable Runnable owner;

    private Entry(Key key, long settled, long lastUsedMillis) {
      this.key = key;
      this.settled = settled;
      this.lastUsedMillis = lastUsedMillis;
    }

    public Key key() {
      return key;
    }

    /** The highest number that is settled, and all below it are. */
    public long settled() {
      synchronized (StreamBook.this) {
        return settled;
      }
    }

    /**
     * A number that is settled now; those below it are too. Nothing changes if that is known, or if
     * the stream is frozen.
     */
    public void settle(long number, long nowMillis) {
      synchronized (StreamBook.this) {
        lastUsedMillis = nowMillis;
        if (isNews(number)) {
          settled = number;
        }
      }
    }

    /** Whether {@link #settle} with this number would change anything. */
    boolean isNews(long number) {
      synchronized (StreamBook.this) {
        return !frozen && number > settled;
      }
    }

    /**
     * A number was refused that may come again as another: until the next claim nothing above
     * counts as settled. Else a client that did not hear of the refusal would take it for settled.
     */
    public void freeze() {
      synchronized (StreamBook.this) {
        frozen = true;
      }
    }

    boolean isOwnedBy(@Nullable Runnable someone) {
      synchronized (StreamBook.this) {
        return owner == someone;
      }
    }
  }

  private final int max;
  private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
  private final List<Key> forgotten = new ArrayList<>();

  /**
   * Knows none.
   *
   * @param max streams at most, those with a connection not counted
   */
  public StreamBook(int max) {
    this.max = max;
  }

  synchronized void restore(Key key, long settled, long lastUsedMillis) {
    entries.put(key, new Entry(key, settled, lastUsedMillis));
  }

  /**
   * A connection takes a stream; the one that had it is told.
   *
   * @param replaced is run, by any thread, when a newer connection takes it
   */
  public Entry claim(Key key, Runnable replaced, long nowMillis) {
    Runnable before;
    Entry entry;
    synchronized (this) {
      entry = entries.computeIfAbsent(key, fresh -> new Entry(fresh, 0, nowMillis));
      before = entry.owner;
      entry.owner = replaced;
      entry.frozen = false;
      entry.lastUsedMillis = nowMillis;
      forgetOver();
    }
    if (before != null) {
      before.run();
    }
    return entry;
  }

  /** The connection ends; harmless if another has the stream. */
  public synchronized void release(Entry entry, Runnable owner) {
    if (entry.owner == owner) {
      entry.owner = null;
    }
  }

  private void forgetOver() {
    var eldest = entries.values().iterator();
    while (entries.size() > max && eldest.hasNext()) {
      Entry each = eldest.next();
      if (each.owner == null) {
        eldest.remove();
        forgotten.add(each.key);
      }
    }
  }

  /** Forgets those that nobody has used for a day. */
  public synchronized void forgetOld(long nowMillis) {
    var all = entries.values().iterator();
    while (all.hasNext()) {
      Entry each = all.next();
      if (each.owner == null && nowMillis - each.lastUsedMillis > KEPT_MILLIS) {
        all.remove();
        forgotten.add(each.key);
      }
    }
  }

  /** Those forgotten since the last call, that are not known again. */
  synchronized List<Key> takeForgotten() {
    List<Key> gone = forgotten.stream().filter(each -> !entries.containsKey(each)).toList();
    forgotten.clear();
    return gone;
  }

  /** Streams that are known. */
  public synchronized Map<Key, Long> all() {
    Map<Key, Long> all = new LinkedHashMap<>();
    entries.values().forEach(each -> all.put(each.key, each.settled));
    return all;
  }
}
