package io.leasehold.domain.kv;

import io.leasehold.domain.kv.redis.Reply;
import java.util.List;

/** What an operation came to. All are immutable. */
public sealed interface KvResult {

  /** Whether it is a refusal or a failure: as a step it makes the transaction a conflict. */
  default boolean isFailure() {
    return true;
  }

  /** An answer that no rule refused. */
  sealed interface Success extends KvResult {
    @Override
    default boolean isFailure() {
      return false;
    }
  }

  /**
   * The key has this value.
   *
   * @param ttlMillis left, 0 = no deadline
   */
  record Found(KvEntry entry, long ttlMillis) implements Success {}

  /** No such key. A success of a get, a failure of a touch. */
  record Absent() implements KvResult {}

  /** A read whose If-None-Match met the present version. */
  record NotModified(long version) implements Success {}

  /**
   * A value was written.
   *
   * @param expiresAtMillis time of the shard, 0 = never
   */
  record Stored(boolean created, long version, long expiresAtMillis) implements Success {}

  /**
   * The key is gone.
   *
   * @param version of the delete; 0 if nothing was there
   */
  record Deleted(boolean existed, long version) implements Success {}

  /**
   * The deadline was set or, with 0, removed.
   *
   * @param version of the key, unchanged
   */
  record Touched(long version, long expiresAtMillis) implements Success {}

  /** The number was changed to {@code number}. */
  record Counted(boolean created, long number, long version) implements Success {}

  /**
   * A transaction was carried out.
   *
   * @param results of its steps, in their order
   * @param version of its last change, 0 if it changed nothing
   */
  record Applied(List<KvResult> results, long version) implements Success {
    public Applied {
      results = List.copyOf(results);
    }
  }

  /**
   * If-Match or If-None-Match does not hold.
   *
   * @param currentVersion 0 = the key is absent
   */
  record PreconditionFailed(long currentVersion) implements KvResult {}

  /** A newer holder has been here. */
  record StaleFence(long newestToken) implements KvResult {}

  /** The token is not that of a live lease. */
  record UnknownFence() implements KvResult {}

  record CasMismatch(long currentVersion) implements KvResult {}

  record NotAnInteger() implements KvResult {}

  record Overflow() implements KvResult {}

  /**
   * A condition or a step of a transaction did not hold; nothing was changed.
   *
   * @param inStep or in the transaction's own conditions
   * @param index of the condition or of the step, from 0
   * @param currentVersion of the key in question, 0 = absent
   * @param message what was found and what was asked
   */
  record Conflict(boolean inStep, int index, long currentVersion, String message)
      implements KvResult {}

  /** No room. {@code scope} is shard or node; bytes as accounted. */
  record StorageFull(String scope, long usedBytes, long limitBytes) implements KvResult {}

  /** Too much waits in the shard already; nothing was done. */
  record Overloaded(String message) implements KvResult {}

  /**
   * The shard could not do it.
   *
   * @param outcomeUnknown a commit was under way: it may have been done
   */
  record Unavailable(String message, boolean outcomeUnknown) implements KvResult {}

  /** What commands of an embedded instance answered, refusals of single ones included. */
  record Replies(List<Reply> replies) implements Success {
    public Replies {
      replies = List.copyOf(replies);
    }
  }

  /**
   * A piece of {@link Replies} that are too large for one message between nodes: the pieces one
   * after another are their form on the wire.
   */
  record ReplyBytes(Bytes bytes) implements Success {}

  /**
   * Commands of an embedded instance were not answered in time; they may have been run.
   *
   * @param waitedMillis how long was waited
   */
  record Unanswered(long waitedMillis) implements KvResult {}
}
