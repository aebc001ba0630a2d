package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.redis.RedisContext;
import io.leasehold.domain.kv.redis.RedisLimits;
import java.util.SplittableRandom;

/** Runs the commands of the instances that live in a shard. Confined to the actor of the shard. */
final class ShardInstances {
  private static final long NANOS_A_SECOND = 1_000_000_000L;

  private final KvNode node;
  private final SplittableRandom random;
  private final long startedNanos;

  ShardInstances(KvNode node) {
    this.node = node;
    // members and keys are picked by it, nothing that has to be hard to guess
    this.random = new SplittableRandom(node.ids().get().getLeastSignificantBits());
    this.startedNanos = node.clock().nanos();
  }

  /**
   * Runs an operation in a group. Its replies may go out when the group is committed.
   *
   * @param group nothing else may look at the shard before its commands are taken back
   */
  KvResult run(KvOperation.Commands operation, KvGroup group) {
    return group.instances().run(operation, context(operation.maxMemory()));
  }

  private RedisContext context(long maxMemory) {
    InstanceSetup setup = node.instances();
    var limits =
        new RedisLimits(
            setup.maxKey(), setup.maxValue(), setup.maxCommand(), setup.maxReply(), maxMemory);
    long uptime = (node.clock().nanos() - startedNanos) / NANOS_A_SECOND;
    return new RedisContext(
        limits, random, channel -> 0, new RedisContext.Server(setup.version(), uptime, 0));
  }
}
