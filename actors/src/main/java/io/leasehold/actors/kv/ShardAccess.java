package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvTime;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** What a {@link ShardPart} may use of its shard. Confined to the actor of the shard. */
interface ShardAccess {
  int shard();

  KvNode node();

  ActorContext<KvMessage> actor();

  /** The committed state; null until the journal has been read. Not to be changed. */
  @Nullable KvImage image();

  /** This moment. */
  KvTime now();

  /**
   * Whether the image may be shown as {@link KvStore.Consistency#CONSISTENT} now. If not, work at
   * the gate may: it is done when there is proof.
   */
  boolean isProven();

  /** Has it run in one of the next groups. */
  void submit(GateWork work);
}
