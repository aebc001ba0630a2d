package io.leasehold.actors.lock;

import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;

/**
 * Which partition a key belongs to. Immutable; safe for any thread.
 *
 * <p>The number of partitions and this hash are fixed for the life of the data: the leases of a key
 * stand in the journal of its partition.
 */
public final class Partitions extends ShardingMessageExtractor<LockMessage, LockMessage> {
  /** More would make groups, and with them throughput, small; fewer bytes would not be saved. */
  public static final int MAX = 256;

  /** No key contains U+0000, so no key is mistaken for a partition. */
  private static final char MARK = '\0';

  private final String[] shardIds;
  private final String[] entityIds;

  public Partitions(int count) {
    if (count < 1 || count > MAX) {
      throw new IllegalArgumentException("partitions = " + count + ": must be 1.." + MAX);
    }
    shardIds = new String[count];
    entityIds = new String[count];
    for (int i = 0; i < count; i++) {
      shardIds[i] = Integer.toString(i);
      entityIds[i] = MARK + shardIds[i];
    }
  }

  public int count() {
    return shardIds.length;
  }

  /**
   * The partition of a key, 0 to count - 1. The hash of {@link String#hashCode}, which the language
   * fixes, is mixed by the finaliser of MurmurHash3 (public domain), since similar keys have
   * similar hash codes.
   */
  public int of(String key) {
    int hash = key.hashCode();
    hash ^= hash >>> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >>> 13;
    hash *= 0xc2b2ae35;
    hash ^= hash >>> 16;
    return Integer.remainderUnsigned(hash, shardIds.length);
  }

  /** The entity that keeps the journal of this partition. */
  String entityId(int partition) {
    return entityIds[partition];
  }

  static boolean isPartition(String entityId) {
    return entityId.charAt(0) == MARK;
  }

  static int partitionOf(String entityId) {
    return Integer.parseInt(entityId, 1, entityId.length(), 10);
  }

  @Override
  public String entityId(LockMessage message) {
    return message.entityId();
  }

  @Override
  public String shardId(String entityId) {
    return isPartition(entityId) ? entityId.substring(1) : shardIds[of(entityId)];
  }

  @Override
  public LockMessage unwrapMessage(LockMessage message) {
    return message;
  }
}
