package io.leasehold.domain.kv;

import org.jspecify.annotations.Nullable;

/** What depends on the entry of a key alone, as it is. Safe for any thread. */
public final class KvLookup {
  private KvLookup() {}

  /**
   * What a get comes to, whatever its fence.
   *
   * @param entry that of its key, also past its deadline; null = there is none
   */
  public static KvResult get(KvOperation.Get get, @Nullable KvEntry entry, KvTime now) {
    KvEntry present = entry == null || entry.isExpired(now.shardMillis()) ? null : entry;
    KvResult unmet = unmet(get, present);
    return unmet == null ? found(present, now) : unmet;
  }

  /**
   * What an operation comes to whose precondition does not hold; null = it holds.
   *
   * @param present the live entry of its key; null = there is none
   */
  static @Nullable KvResult unmet(KvOperation operation, @Nullable KvEntry present) {
    long version = present == null ? 0 : present.version();
    if (!operation.precondition().matches(version)) {
      return new KvResult.PreconditionFailed(version);
    }
    if (!operation.precondition().noneMatches(version)) {
      return operation.isRead()
          ? new KvResult.NotModified(version)
          : new KvResult.PreconditionFailed(version);
    }
    return null;
  }

  /** A live entry, or that there is none. */
  static KvResult found(@Nullable KvEntry present, KvTime now) {
    return present == null
        ? new KvResult.Absent()
        : new KvResult.Found(present, present.ttlMillis(now.shardMillis()));
  }
}
