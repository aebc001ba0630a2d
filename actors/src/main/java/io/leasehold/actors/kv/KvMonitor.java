package io.leasehold.actors.kv;

import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.PartitionView;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/** What monitoring may ask the store of this node. Safe for any thread; changes nothing. */
public interface KvMonitor {
  /**
   * The shards on this node, a quarter of a second old.
   *
   * @param owned shards that have been read
   * @param recovering shards that are being read
   * @param entries with those past their deadline that are not removed yet
   * @param sizeBytes of keys and values
   * @param marks of fencing tokens
   * @param usedBytes accounted, what counts towards the limit
   * @param limitBytes of this node
   */
  record Figures(
      int owned,
      int recovering,
      long entries,
      long sizeBytes,
      long marks,
      long usedBytes,
      long limitBytes) {}

  Figures figures();

  /** The journals of the shards on this node, with what waits at their gates. */
  List<JournalView> journals();

  /** All shards of the cluster by number, as last heard of. */
  List<PartitionView> placement();

  /** Whether changes are kept in a database. */
  boolean isDurable();

  /**
   * How long a shard of this node takes to answer, in nanoseconds; empty if none is here. Fails if
   * it does not answer within two seconds.
   */
  CompletionStage<OptionalLong> probe();
}
