package io.leasehold.actors.kv;

/**
 * Everything that travels to the sharded entities of the store, which are its shards. Those of
 * {@link KvShard.Command} are for the shard itself, others for a {@link ShardPart} in it.
 */
public interface KvMessage {
  /** Which shard this is for. */
  int shard();
}
