package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The key-value store of the cluster, seen from one node. Safe for any thread; nothing blocks.
 *
 * <p>Every stage is completed within {@code kv.request-timeout} (a restore excepted); what cannot
 * be done in that time is {@link KvResult.Unavailable}, never a failed stage.
 */
public interface KvStore {

  /** Which state a read may show. */
  enum Consistency {
    /** Every acknowledged write, or {@link KvResult.Unavailable}. */
    CONSISTENT,
    /** What the node that last owned the shard has, without proof that it still owns it. */
    STALE
  }

  /**
   * Who asks, for the logs of the node that answers.
   *
   * @param correlationId harmless text of at most 64 characters
   * @param standsAlone whoever asks waits for the answer before it asks for more: a read may be
   *     answered beside writes that were sent, and not answered, before it
   */
  record Caller(String correlationId, Consistency consistency, boolean standsAlone) {}

  /** Runs one operation on its shard. */
  CompletionStage<KvResult> run(KvOperation operation, Caller caller);

  /**
   * Runs operations independently of each other; those on one shard in their order. The results
   * stand in the order of the operations.
   */
  CompletionStage<List<KvResult>> runAll(List<KvOperation> operations, Caller caller);

  /**
   * Which entries of the whole store.
   *
   * @param prefix empty = all
   * @param behind start behind this key, null = at the first
   * @param limit 1..1,000
   * @param maxBytes the page ends when its values pass it, with one entry at least
   * @param keysOnly entries come without values
   * @param wantsPosition whether a position for a watch is to be taken before the listing
   */
  record ListQuery(
      Bytes prefix,
      @Nullable Bytes behind,
      int limit,
      long maxBytes,
      boolean keysOnly,
      boolean wantsPosition) {}

  /**
   * A page of the store, by key.
   *
   * @param ttlMillis left of each entry, in the order of the entries; 0 = no deadline
   * @param more whether a further matching live key existed
   * @param position of a watch that misses no later change, if it was asked for
   * @param failure why there is no page; null if there is one
   */
  record Listed(
      List<KvEntry> entries,
      List<Long> ttlMillis,
      boolean more,
      @Nullable String position,
      KvResult.@Nullable Unavailable failure) {}

  CompletionStage<Listed> list(ListQuery query, Caller caller);

  /** What a watch shows. */
  enum EventKind {
    PUT,
    DELETE,
    EXPIRE
  }

  /**
   * What to watch.
   *
   * @param key only this key; null = {@code prefix} counts
   * @param prefix empty = all
   * @param kinds not empty
   * @param values whether puts come with their values
   * @param position where to resume; null = now
   */
  record WatchQuery(
      @Nullable Bytes key,
      Bytes prefix,
      Set<EventKind> kinds,
      boolean values,
      @Nullable String position) {}

  /** What a watcher is told. Each comes with the position behind it. */
  sealed interface WatchEvent {
    String position();

    /** The first event: so many shards are watched by the store. */
    record Ready(int shards, String position) implements WatchEvent {}

    /**
     * A key has a new value.
     *
     * @param value with values wanted
     */
    record Put(
        Bytes key,
        int shard,
        long revision,
        boolean created,
        long expiresAtMillis,
        @Nullable Bytes value,
        String position)
        implements WatchEvent {}

    /** Deleted or, with {@code expired}, past its deadline. */
    record Gone(Bytes key, int shard, long revision, boolean expired, String position)
        implements WatchEvent {}

    /** Changes with {@code from} < revision <= {@code to} may be missing. */
    record Gap(int shard, long from, long to, String reason, String position)
        implements WatchEvent {}

    /** The node stops; nothing follows. */
    record Bye(String position) implements WatchEvent {}
  }

  /** Why there is no watch. */
  enum WatchRefusal {
    INVALID_POSITION,
    TOO_MANY_WATCHERS
  }

  /**
   * A stream of events, or why there is none.
   *
   * @param events bounded, at the pace of whoever reads it; null if refused
   */
  record Watch(
      @Nullable Source<List<WatchEvent>, NotUsed> events, @Nullable WatchRefusal refusal) {}

  Watch watch(WatchQuery query);

  /**
   * All live entries as lines of JSON, as section 10 of the store's specification has them. Fails,
   * leaving the last line out, if a shard does not answer.
   */
  Source<ByteString, NotUsed> backup(Bytes prefix);

  /** What a restore does with what is there. */
  enum RestoreMode {
    SKIP,
    OVERWRITE,
    REPLACE
  }

  /**
   * How a restore went.
   *
   * @param badBackup why nothing was changed; null if the file was whole
   * @param unavailable why it ended half-way; null if it did not
   */
  record Restored(
      long restored,
      long skipped,
      long expired,
      long total,
      @Nullable String badBackup,
      @Nullable String unavailable) {}

  /** Restores a file that {@link #backup} made; it is checked whole before the first write. */
  CompletionStage<Restored> restore(Path file, RestoreMode mode, Caller caller);

  /** The mark of a lock in one shard. */
  record Mark(int shard, long token) {}

  /** Empty if a shard did not answer. */
  CompletionStage<Optional<List<Mark>>> fenceMarks(String lock);

  /**
   * Forgets the marks of a lock; the number of shards that had one, empty if one did not answer.
   */
  CompletionStage<Optional<Integer>> forgetFence(String lock);

  /**
   * One shard.
   *
   * @param node that has it, {@code host:port}
   * @param keys live ones, with those past their deadline that are not removed yet
   * @param bytes of keys and values
   * @param waiting operations at its gate
   * @param snapshotBytes of its last snapshot
   * @param journalBytes of the events after it
   */
  record ShardStats(
      int shard,
      String node,
      long keys,
      long expiring,
      long bytes,
      long revision,
      int waiting,
      int marks,
      long snapshotBytes,
      long journalBytes) {}

  /**
   * The whole store.
   *
   * @param missing shards that did not answer within two seconds
   * @param watchers of this node
   */
  record Stats(List<ShardStats> shards, int missing, int watchers) {}

  CompletionStage<Stats> stats();

  /** How many shards the store has. */
  int shards();
}
