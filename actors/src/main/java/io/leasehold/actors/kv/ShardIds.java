package io.leasehold.actors.kv;

import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;

/** Each shard of the store is one entity, alone in a shard of Pekko's. Safe for any thread. */
final class ShardIds extends ShardingMessageExtractor<KvMessage, KvMessage> {
  private final String[] ids;

  /**
   * Names them once.
   *
   * @param shards of the store
   */
  ShardIds(int shards) {
    ids = new String[shards];
    for (int i = 0; i < shards; i++) {
      ids[i] = Integer.toString(i);
    }
  }

  static int shardOf(String entityId) {
    return Integer.parseInt(entityId);
  }

  @Override
  public String entityId(KvMessage message) {
    return ids[message.shard()];
  }

  @Override
  public String shardId(String entityId) {
    return entityId;
  }

  @Override
  public KvMessage unwrapMessage(KvMessage message) {
    return message;
  }
}
