package io.leasehold.domain.kv.redis;

/** Room beyond the limit of an instance: that of the shard and of the node. */
public interface RedisRoom {
  /**
   * Takes room, or takes none and returns false.
   *
   * @param bytes above 0
   */
  boolean tryTake(long bytes);

  /** Gives room back, or takes back what was given, also beyond the limit. */
  void count(long bytes);
}
