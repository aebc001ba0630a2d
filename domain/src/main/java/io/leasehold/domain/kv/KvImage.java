package io.leasehold.domain.kv;

import io.leasehold.domain.kv.redis.Keyspaces;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the committed changes of a shard add up to. Confined to whoever owns it; entries and changes
 * are immutable and may be shared.
 */
public final class KvImage {
  /**
   * How much of the past is kept for watchers.
   *
   * @param events 0 or more
   * @param bytes accounted, 0 or more
   */
  public record HistoryBounds(int events, long bytes) {}

  private final NavigableMap<Bytes, KvEntry> entries;
  private final KvMarks marks;
  private final HistoryBounds bounds;
  private Keyspaces keyspaces = new Keyspaces();
  private KvHistory history;
  private long revision;
  private long epoch;
  private long accountedBytes;
  private long sizeBytes;
  private int expiring;

  /** A shard that never held anything. */
  public KvImage(HistoryBounds bounds) {
    this(bounds, new TreeMap<>(), new KvMarks(Map.of(), Map.of()), new KvHistory(0, 0, 0), 0, 0);
    history = new KvHistory(bounds.events(), bounds.bytes(), 0);
  }

  private KvImage(
      HistoryBounds bounds,
      NavigableMap<Bytes, KvEntry> entries,
      KvMarks marks,
      KvHistory history,
      long revision,
      long epoch) {
    this.bounds = bounds;
    this.entries = entries;
    this.marks = marks;
    this.history = history;
    this.revision = revision;
    this.epoch = epoch;
  }

  /** A shard as a snapshot has it; its history begins behind {@code revision}. */
  public static KvImage of(
      HistoryBounds bounds,
      Collection<KvEntry> entries,
      long revision,
      long epoch,
      Map<String, Long> marks,
      Map<Integer, Long> floors) {
    var history = new KvHistory(bounds.events(), bounds.bytes(), revision);
    var image =
        new KvImage(bounds, new TreeMap<>(), new KvMarks(marks, floors), history, revision, epoch);
    for (KvEntry entry : entries) {
      image.entries.put(entry.key(), entry);
      image.count(entry, 1);
    }
    return image;
  }

  /** The same state again, independent of this one. Cost: one step an entry. */
  public KvImage copy() {
    var copy =
        new KvImage(bounds, new TreeMap<>(entries), marks.copy(), history.copy(), revision, epoch);
    copy.keyspaces = keyspaces.copy();
    copy.accountedBytes = accountedBytes;
    copy.sizeBytes = sizeBytes;
    copy.expiring = expiring;
    return copy;
  }

  /** Takes a committed change. */
  public void apply(KvChange change) {
    if (change.revision() != 0) {
      revision = change.revision();
      history.add(change);
    }
    if (change instanceof KvChange.Written written) {
      put(written.entry());
    } else if (change instanceof KvChange.Removed removed) {
      KvEntry before = entries.remove(removed.key());
      if (before != null) {
        count(before, -1);
      }
    } else if (change instanceof KvChange.Touched touched) {
      KvEntry before = entries.get(touched.key());
      if (before != null) {
        put(before.expiringAt(touched.expiresAtMillis()));
      }
    } else if (change instanceof KvChange.EpochBegun begun) {
      epoch = begun.epoch();
      // nothing of the past may be replayed to a watcher of the new store
      history = new KvHistory(bounds.events(), bounds.bytes(), revision);
    } else if (change instanceof KvChange.InstanceChanged changed) {
      keyspaces.apply(changed.instance(), changed.effects());
    } else {
      marks.apply(change);
    }
  }

  private void put(KvEntry entry) {
    KvEntry before = entries.put(entry.key(), entry);
    if (before != null) {
      count(before, -1);
    }
    count(entry, 1);
  }

  private void count(KvEntry entry, int sign) {
    accountedBytes += sign * entry.accountedBytes();
    sizeBytes += sign * ((long) entry.key().size() + entry.value().size());
    expiring += entry.expiresAtMillis() == 0 ? 0 : sign;
  }

  /** The entry of a key, which may be past its deadline; null if there is none. */
  public @Nullable KvEntry get(Bytes key) {
    return entries.get(key);
  }

  /** All entries by key, those past their deadline too; not to be changed. */
  public NavigableMap<Bytes, KvEntry> entries() {
    return Collections.unmodifiableNavigableMap(entries);
  }

  /** What the embedded instances of Redis hold that live in this shard. */
  public Keyspaces keyspaces() {
    return keyspaces;
  }

  public KvMarks marks() {
    return marks;
  }

  public KvHistory history() {
    return history;
  }

  /** The last revision taken. */
  public long revision() {
    return revision;
  }

  /** Changes when the store is replaced by a backup; 0 at first. */
  public long epoch() {
    return epoch;
  }

  /** What counts towards the limits. */
  public long accountedBytes() {
    return accountedBytes + keyspaces.accountedBytes();
  }

  /** Bytes of keys and values. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Entries with a deadline. */
  public int expiring() {
    return expiring;
  }
}
