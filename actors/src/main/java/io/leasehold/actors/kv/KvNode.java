package io.leasehold.actors.kv;

import io.leasehold.actors.lock.LockMessage;
import io.leasehold.domain.kv.KvCapacity;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What all shards of a node share. Safe for any thread.
 *
 * @param address of the member, {@code host:port}
 * @param shards of the store
 * @param rules what limits a shard
 * @param capacity of this node, for all its shards
 * @param journals opens the journal of a shard
 * @param board where shards show their figures
 * @param router to every shard
 * @param views what other threads see of the shards of this node
 * @param desk where answers to this node go
 * @param locks the way to every lock, to ask about tokens
 * @param lease proof of ownership; null = no other node can own a shard
 * @param ids names of owners: every start of a shard has its own
 * @param instances what holds for all embedded instances
 * @param parts what lives in each shard besides
 */
record KvNode(
    Clock clock,
    String address,
    int shards,
    KvGroup.Rules rules,
    KvCapacity capacity,
    KvMetrics metrics,
    ShardJournal.Opener journals,
    ShardBoard board,
    ShardRouter router,
    ShardViews views,
    AnswerDesk desk,
    ActorRef<LockMessage> locks,
    @Nullable Lease lease,
    Supplier<UUID> ids,
    InstanceSetup instances,
    List<ShardPart.Factory> parts) {

  KvNode {
    parts = List.copyOf(parts);
  }

  /**
   * How shards prove that they are still this node's.
   *
   * @param nanos how long a proof holds for reads
   * @param prover asks the database for all shards of the node
   */
  record Lease(long nanos, ActorRef<OwnerProver.Message> prover) {}
}
