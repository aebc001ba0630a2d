package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvLookup;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.KvTime;
import io.leasehold.domain.time.Clock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What threads other than its actor may see of a shard of this node: its committed entries. A get
 * that stands alone is answered from them by the thread that asks, which saves it the way to the
 * shard and back. Safe for any thread; nothing blocks.
 *
 * <p>Why such a read is linearizable: it is of the moment at which the entry is looked up. A change
 * is in the entries before it is acknowledged, and a key with a change that is under way is not
 * looked up here: the database may have taken it, and another owner may have shown it. Whether the
 * shard is still this node's is looked at after that moment. Until then nobody else can have
 * acknowledged a write: who takes a shard over waits until the proof is out of date, and a shard
 * that is handed over shuts its view before.
 */
final class ShardViews {
  /** One shard. Changed by its actor only. */
  static final class View {
    /** What is shown; another one whenever it is opened anew. */
    private static final class Sight {
      final KvModel model;
      final KvTime.Source time;
      final Predicate<Bytes> busy;

      Sight(KvModel model, KvTime.Source time, Predicate<Bytes> busy) {
        this.model = model;
        this.time = time;
        this.busy = busy;
      }
    }

    private final Clock clock;
    private final long leaseNanos;
    private volatile @Nullable Sight sight;
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
     * @param busy whether something on an order key is under way: true from before it is sent to
     *     the database until it is in the entries, or has failed
     */
    void open(KvModel committed, KvTime.Source now, Predicate<Bytes> busy) {
      Sight before = sight;
      if (before == null || before.model != committed) {
        shut();
        sight = new Sight(committed, now, busy);
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
      sight = null;
    }

    /** Whether somebody has looked since this was asked last: the next proof is wanted. */
    boolean wasUsed() {
      boolean was = used;
      used = false;
      return was;
    }

    private @Nullable KvResult get(KvOperation.Get get, boolean stale) {
      Sight seen = sight;
      if (seen == null) {
        return null;
      }
      if (!used) {
        used = true;
      }
      if (!seen.model.tryLock()) {
        return null; // changes are being taken in, or another reader is here: the actor can wait
      }
      KvEntry entry;
      KvTime now;
      try {
        if (seen.busy.test(KvKeys.hashPart(get.key()))) {
          return null;
        }
        now = seen.time.now(); // before a change that keeps the entry alive can begin
        entry = seen.model.kv().get(get.key());
      } finally {
        seen.model.unlock();
      }
      // the proof behind the entry, and the view behind the proof: if the shard has been away in
      // between, the proof may be that of its return, and the view is another
      boolean current = (stale || isProven()) && sight == seen;
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
