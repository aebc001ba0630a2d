package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.kv.KvResult;
import org.jspecify.annotations.Nullable;

/**
 * What waits at the gate of a shard. It is run once and then told how that ended; or it is refused
 * or sent away without having been run. Confined to the actor of the shard.
 */
interface GateWork {
  /** Bytes it brings. */
  long weight();

  /** Works with the same order key are run in their order; null = it needs no order. */
  default @Nullable Bytes orderKey() {
    return null;
  }

  /** The token that its lock has to be asked about before this can be run; null = none. */
  default @Nullable Fence toAsk(KvGroup group) {
    return null;
  }

  /** What the lock said of {@link #toAsk}. */
  default void told(KvMarks.Proof proof) {}

  /** Runs in a group that is to be committed as a whole. */
  void run(KvGroup group);

  /** The group is committed, or had nothing to commit and the shard is surely ours. */
  void done();

  /**
   * It was not run, or its group was not committed.
   *
   * @param why {@link KvResult.Overloaded} or {@link KvResult.Unavailable}
   */
  void refused(KvResult why);

  /** It was not run, and the shard moves: it may be asked again. */
  void moved();
}
