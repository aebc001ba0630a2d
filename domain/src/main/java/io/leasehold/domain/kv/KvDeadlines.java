package io.leasehold.domain.kv;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of a shard's entries, earliest first. Confined to whoever owns the shard's state.
 *
 * <p>An entry that is overwritten leaves its old deadline here; it is recognised and dropped when
 * its turn comes, and all of them are dropped when they outnumber the others.
 */
public final class KvDeadlines {
  private static final int SLACK = 1_024;

  private record Due(long atMillis, Bytes key) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return Long.compare(atMillis, other.atMillis);
    }
  }

  private final PriorityQueue<Due> dues = new PriorityQueue<>();

  /** Those of all entries of an image. */
  public KvDeadlines(KvImage image) {
    collect(image);
  }

  private void collect(KvImage image) {
    dues.clear();
    for (KvEntry entry : image.entries().values()) {
      if (entry.expiresAtMillis() != 0) {
        dues.add(new Due(entry.expiresAtMillis(), entry.key()));
      }
    }
  }

  /** Takes note of a change that the image has taken already. */
  public void apply(KvChange change, KvImage image) {
    if (change instanceof KvChange.Written written && written.entry().expiresAtMillis() != 0) {
      dues.add(new Due(written.entry().expiresAtMillis(), written.entry().key()));
    } else if (change instanceof KvChange.Touched touched && touched.expiresAtMillis() != 0) {
      dues.add(new Due(touched.expiresAtMillis(), touched.key()));
    }
    if (dues.size() > 2L * image.expiring() + SLACK) {
      collect(image);
    }
  }

  private @Nullable Due next(KvImage image) {
    for (Due due = dues.peek(); due != null; due = dues.peek()) {
      KvEntry entry = image.get(due.key());
      if (entry != null && entry.expiresAtMillis() == due.atMillis()) {
        return due;
      }
      dues.remove();
    }
    return null;
  }

  /** When the next entry expires, in the time of the shard; 0 = none does. */
  public long nextMillis(KvImage image) {
    Due due = next(image);
    return due == null ? 0 : due.atMillis();
  }

  /**
   * Takes the keys out whose deadline has come, each once; give them back with {@link #putBack} if
   * they are not removed.
   */
  public List<Bytes> takeDue(KvImage image, long shardMillis, int max) {
    var keys = new LinkedHashSet<Bytes>(); // a deadline that was kept or set twice is here twice
    for (Due due = next(image);
        due != null && due.atMillis() <= shardMillis && keys.size() < max;
        due = next(image)) {
      dues.remove();
      keys.add(due.key());
    }
    return List.copyOf(keys);
  }

  /** The removal of these keys was not committed. */
  public void putBack(KvImage image, List<Bytes> keys) {
    for (Bytes key : keys) {
      KvEntry entry = image.get(key);
      if (entry != null && entry.expiresAtMillis() != 0) {
        dues.add(new Due(entry.expiresAtMillis(), key));
      }
    }
  }
}
