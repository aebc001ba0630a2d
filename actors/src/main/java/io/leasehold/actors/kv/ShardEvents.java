package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.redis.Effect;
import java.util.List;

/**
 * What a shard knows of those who listen to its embedded instances, and of the keys that
 * transactions watch. A start of the shard anew loses both: listeners are told so and come again,
 * watched keys count as touched. Confined to the actor of the shard.
 */
final class ShardEvents implements ShardPart {
  private final ShardAccess shard;
  private final ShardListeners listeners;
  private final WatchedKeys watched;

  ShardEvents(ShardAccess shard) {
    this.shard = shard;
    this.listeners = new ShardListeners(shard);
    // half of all numbers are left to count on
    this.watched = new WatchedKeys(shard.node().ids().get().getLeastSignificantBits() >> 1);
  }

  ShardListeners listeners() {
    return listeners;
  }

  /** As {@link WatchedKeys#areUntouched}. */
  boolean areUntouched(KvOperation.Commands operation, List<Effect> uncommitted) {
    return watched.areUntouched(operation.instance(), operation.watched(), uncommitted);
  }

  @Override
  public boolean onMessage(KvMessage message) {
    if (message instanceof EventTraffic.Listen said) {
      listeners.take(said);
      return true;
    }
    if (message instanceof EventTraffic.Look look) {
      if (shard.image() != null) { // until then there is nobody who would notice what is touched
        List<Long> versions =
            look.keys().stream().map((Bytes key) -> watched.look(look.instance(), key)).toList();
        look.replyTo().tell(new EventTraffic.Seen(versions));
      }
      return true;
    }
    return false;
  }

  @Override
  public void onImage() {
    watched.forgetAll();
  }

  @Override
  public void onCommitted(List<KvChange> changes) {
    for (KvChange change : changes) {
      if (change instanceof KvChange.InstanceChanged changed) {
        watched.touched(changed.instance(), changed.effects());
      }
    }
  }

  @Override
  public void onTick() {
    listeners.sweep();
  }

  @Override
  public void onEnd() {
    listeners.end();
  }
}
