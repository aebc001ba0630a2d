package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvPage;
import io.leasehold.domain.kv.KvResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a shard answers to the desk of the node that asked. All are immutable. */
public sealed interface KvAnswer {

  /** What operations came to. */
  record Results(List<Result> results) implements KvAnswer {
    public Results {
      results = List.copyOf(results);
    }
  }

  /**
   * What one operation came to.
   *
   * @param number of the request
   * @param result null = it was not looked at, since the shard moves: it may be asked again
   * @param isPart more follow: the first results of a transaction, {@code result} is then {@link
   *     KvResult.Applied}, or a piece of replies, {@link KvResult.ReplyBytes}
   */
  record Result(long number, @Nullable KvResult result, boolean isPart) {}

  /** What a question came to. */
  record Report(long number, Content content) implements KvAnswer {}

  /** The answer to a {@link KvShard.Question}. */
  sealed interface Content {}

  /**
   * A page.
   *
   * @param ttlMillis left of each entry, 0 = no deadline
   * @param epoch of the shard when the page was made
   * @param revision of the shard when the page was made
   */
  record Drawn(KvPage page, List<Long> ttlMillis, long epoch, long revision) implements Content {
    public Drawn {
      ttlMillis = List.copyOf(ttlMillis);
    }
  }

  /** The figures of the shard. */
  record Measured(KvStore.ShardStats stats) implements Content {}

  /** The newest token seen of a lock; 0 = none. */
  record Marked(long token) implements Content {}

  /** The mark of a lock is gone. */
  record Forgotten(boolean existed) implements Content {}

  /** {@link KvResult.Overloaded} or {@link KvResult.Unavailable}. */
  record Failed(KvResult why) implements Content {}

  /** It was not looked at, since the shard moves: it may be asked again. */
  record Moved() implements Content {}
}
