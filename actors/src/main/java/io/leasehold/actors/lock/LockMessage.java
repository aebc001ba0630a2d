package io.leasehold.actors.lock;

/**
 * Everything that travels to the sharded entities of the lock service: to the actor of a key, or to
 * the actor of a partition.
 *
 * <p>Both are entities of one type, and the shard of a key is its partition: so the locks of a
 * partition and its journal are on the same node by construction, also while a shard moves.
 */
public sealed interface LockMessage permits LockActor.Command, LockPartition.Command, StopEntity {
  /** Which entity this is for: the key, or {@link Partitions#entityId} of a partition. */
  String entityId();
}
