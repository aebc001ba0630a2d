package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvLookup;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * What threads other than its actor may see of a shard of this node: its committed entries. A get
 * that stands alone is answered from them by the thread that asks, which saves it the way to the
 * shard and back. Safe for any thread; nothing blocks.
 *
 * <p>Why such a read is linearizable: a change is in the entries before it is acknowledged, and
 * whether the shard is still this node's is looked at after the entry was read. Until then nobody
 * else can have acknowledged a write: who takes a shard over waits until the proof is out of date,
 * and a shard that is handed over shuts its view before.
 */
final class ShardViews {
  /** One shard. Changed by its actor only. */
  static final class View {
    private final Clock clock;
    private final long leaseNanos;
    private volatile @Nullable KvModel model;
    private volatile KvTime.@Nullable Source time;
    private volatile boolean proven;
    private volatile long provenNanos;
    private volatile boolean used;

    private View(long leaseNanos, Clock clock) {
      this.leaseNanos = leaseNanos;
      this.clock = clock;
    }

    /**
     * Shows these entries from now on.
     *
     * @param now the time of the shard
     */
    void open(KvModel committed, KvTime.Source now) {
      if (model != committed) {
        shut();
        time = now;
        model = committed;
      }
    }

    /**
     * The shard is this node's for a read lease from then on.
     *
     * @param startedNanos when what proves it began
     */
    void proven(long startedNanos) {
      provenNanos = startedNanos;
      proven = true;
    }

    /** Shows nothing until it is opened and, with a lease, proven again. */
    void shut() {
      proven = false;
      model = null;
    }

    /** Whether somebody has looked since this was asked last: the next proof is wanted. */
    boolean wasUsed() {
      boolean was = used;
      used = false;
      return was;
    }

    private @Nullable KvResult get(KvOperation.Get get, boolean stale) {
      KvModel seen = model;
      KvTime.Source source = time;
      if (seen == null || source == null) {
        return null;
      }
      if (!used) {
        used = true;
      }
      if (!seen.tryLock()) {
        return null; // changes are being taken in: the actor can wait for that
      }
      KvEntry entry;
      try {
        entry = seen.kv().get(get.key());
      } finally {
        seen.unlock();
      }
      KvTime now = source.now();
      // the proof behind the entry, and the model behind the proof: if the shard has been away in
      // between, the proof may be that of its return, and the model is another
      boolean current = (stale || isProven()) && model == seen;
      return current ? KvLookup.get(get, entry, now) : null;
    }

    private boolean isProven() {
      if (leaseNanos == 0) {
        return true;
      }
      long since = provenNanos;
      return proven && clock.nanos() - since < leaseNanos;
    }
  }

  private final View[] views;

  /**
   * @param leaseNanos how long a proof holds for reads, 0 = no other node can own a shard
   */
  ShardViews(int shards, long leaseNanos, Clock clock) {
    this.views = new View[shards];
    for (int i = 0; i < shards; i++) {
      views[i] = new View(leaseNanos, clock);
    }
  }

  /** That of a shard, for its actor. */
  View of(int shard) {
    return views[shard];
  }

  /**
   * What a get without a fence comes to now.
   *
   * @param stale without proof that the shard is still this node's
   * @return null = the shard has to be asked
   */
  @Nullable KvResult get(int shard, KvOperation.Get get, boolean stale) {
    return views[shard].get(get, stale);
  }
}
