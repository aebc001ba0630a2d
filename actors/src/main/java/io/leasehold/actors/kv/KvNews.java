package io.leasehold.actors.kv;

import io.leasehold.actors.kv.KvStore.EventKind;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvPosition;
import org.jspecify.annotations.Nullable;

/**
 * What a watcher is told, without the position behind it: that depends on what it was told before.
 * All are immutable.
 */
sealed interface KvNews {
  /** Accounted for it while it waits. */
  default long weight() {
    return 64;
  }

  /** Where the watch begins. */
  record Joined(KvPosition at) implements KvNews {}

  /**
   * A key has changed.
   *
   * @param expiresAtMillis 0 = no deadline
   * @param value only where values are wanted
   */
  record Changed(
      int shard,
      long revision,
      EventKind kind,
      Bytes key,
      boolean created,
      long expiresAtMillis,
      @Nullable Bytes value)
      implements KvNews {
    @Override
    public long weight() {
      return 64L + key.size() + (value == null ? 0 : value.size());
    }
  }

  /**
   * Changes with {@code from} < revision <= {@code to} may be missing.
   *
   * @param tag of the shard from here on
   */
  record Missed(int shard, int tag, long from, long to, GapReason reason) implements KvNews {}

  /** Why changes are missing. */
  enum GapReason {
    HISTORY_TRIMMED,
    SLOW_CONSUMER,
    SHARD_MOVED,
    STORE_REPLACED;

    /** Its name in the protocol and in metrics. */
    String wire() {
      return switch (this) {
        case HISTORY_TRIMMED -> "history_trimmed";
        case SLOW_CONSUMER -> "slow_consumer";
        case SHARD_MOVED -> "shard_moved";
        case STORE_REPLACED -> "store_replaced";
      };
    }
  }

  /** How watchers see a change; null = they do not. */
  static @Nullable EventKind kindOf(KvChange change) {
    if (change instanceof KvChange.Written) {
      return EventKind.PUT;
    } else if (change instanceof KvChange.Removed removed) {
      return removed.expired() ? EventKind.EXPIRE : EventKind.DELETE;
    }
    return null;
  }

  /** The change as a watcher gets it. */
  static Changed of(int shard, EventKind kind, Bytes key, KvChange change, boolean values) {
    if (change instanceof KvChange.Written written) {
      var entry = written.entry();
      return new Changed(
          shard,
          change.revision(),
          kind,
          key,
          written.created(),
          entry.expiresAtMillis(),
          values ? entry.value() : null);
    }
    return new Changed(shard, change.revision(), kind, key, false, 0, null);
  }
}
