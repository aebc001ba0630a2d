package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.redis.RedisContext;
import io.leasehold.domain.kv.redis.RedisGroup;
import io.leasehold.domain.kv.redis.RedisLimits;
import io.leasehold.domain.kv.redis.Replies;
import java.util.List;
import java.util.SplittableRandom;

/** Runs the commands of the instances that live in a shard. Confined to the actor of the shard. */
final class ShardInstances {
  private static final long NANOS_A_SECOND = 1_000_000_000L;

  private final KvNode node;
  private final ShardEvents events;
  private final SplittableRandom random;
  private final long startedNanos;

  ShardInstances(KvNode node, ShardEvents events) {
    this.node = node;
    this.events = events;
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
    if (!operation.watched().isEmpty()
        && !events.areUntouched(operation, group.instances().of(operation.instance()).effects())) {
      return new KvResult.Replies(List.of(Replies.NIL_ARRAY));
    }
    return group.instances().run(operation, context(operation));
  }

  /** Those who listen to the instance are told what an operation did, now that it is committed. */
  void done(KvOperation.Commands operation, List<RedisGroup.Published> published) {
    ShardListeners listeners = events.listeners();
    if (!published.isEmpty()) {
      listeners.published(operation.instance(), published);
    }
    if (listeners.isMonitored(operation.instance())) {
      RedisLimits limits = limits(operation.maxMemory());
      List<List<Bytes>> run =
          operation.commands().stream()
              .filter(command -> RedisGroup.refusal(command, limits) == null)
              .toList();
      listeners.ran(operation, run);
    }
  }

  private RedisContext context(KvOperation.Commands operation) {
    long uptime = (node.clock().nanos() - startedNanos) / NANOS_A_SECOND;
    return new RedisContext(
        limits(operation.maxMemory()),
        random,
        channel -> events.listeners().hearing(operation.instance(), channel),
        new RedisContext.Server(node.instances().version(), uptime, 0));
  }

  private RedisLimits limits(long maxMemory) {
    InstanceSetup setup = node.instances();
    return new RedisLimits(
        setup.maxKey(), setup.maxValue(), setup.maxCommand(), setup.maxReply(), maxMemory);
  }
}
