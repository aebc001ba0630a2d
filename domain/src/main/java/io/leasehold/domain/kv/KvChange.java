package io.leasehold.domain.kv;

import io.leasehold.domain.kv.redis.Effect;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One committed change of a shard. All are immutable. */
public sealed interface KvChange {
  /** The revision it took; 0 = it takes none and no watcher sees it. */
  default long revision() {
    return 0;
  }

  /** The key it is about, if watchers see it. */
  default @Nullable Bytes watchedKey() {
    return null;
  }

  /** Accounted bytes of it in the history. */
  default long weight() {
    return 64;
  }

  /**
   * A key has a new value.
   *
   * @param created it was absent before
   */
  record Written(KvEntry entry, boolean created) implements KvChange {
    @Override
    public long revision() {
      return entry.version();
    }

    @Override
    public Bytes watchedKey() {
      return entry.key();
    }

    @Override
    public long weight() {
      return entry.accountedBytes();
    }
  }

  /**
   * A key is gone.
   *
   * @param expired its deadline came; false = it was deleted
   */
  record Removed(Bytes key, long revision, boolean expired) implements KvChange {
    @Override
    public Bytes watchedKey() {
      return key;
    }

    @Override
    public long weight() {
      return 64L + key.size();
    }
  }

  /** A key has another deadline: time of the shard, 0 = none. */
  record Touched(Bytes key, long expiresAtMillis) implements KvChange {}

  /** The highest token seen of a lock. */
  record Marked(String lock, long token) implements KvChange {}

  /**
   * A mark was pushed out: tokens of its lock partition up to {@code floor} prove nothing any more.
   */
  record MarkEvicted(String lock, int lockPartition, long floor) implements KvChange {}

  /** A mark was taken back by an administrator. */
  record MarkForgotten(String lock) implements KvChange {}

  /** A node took the shard over without a graceful hand-over. */
  record TakenOver(String node) implements KvChange {}

  /** What commands did to an instance of the embedded Redis; no watcher of the store sees it. */
  record InstanceChanged(String instance, List<Effect> effects) implements KvChange {
    public InstanceChanged {
      effects = List.copyOf(effects);
    }

    @Override
    public long weight() {
      long weight = 64;
      for (Effect effect : effects) {
        weight += effect.weight();
      }
      return weight;
    }
  }

  /** The store was replaced by a backup: earlier positions mean nothing any more. */
  record EpochBegun(long epoch) implements KvChange {}
}
