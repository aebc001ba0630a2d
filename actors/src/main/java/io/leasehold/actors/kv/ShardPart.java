package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvChange;
import java.util.List;

/**
 * Something that lives inside a shard and has messages of its own, such as its watches. Confined to
 * the actor of the shard; one instance for each start of it.
 */
interface ShardPart {
  /** Makes one for a shard that starts. Safe for any thread. */
  interface Factory {
    ShardPart create(ShardAccess shard);
  }

  /** Returns false if the message is not one of its own. */
  boolean onMessage(KvMessage message);

  /**
   * The journal has been read, for the first time or again after a failure: {@link
   * ShardAccess#image} is a new one, which holds all that was committed.
   */
  void onImage();

  /** These changes are committed and in the image. */
  void onCommitted(List<KvChange> changes);

  /** Called some four times a second. */
  void onTick();

  /** The actor ends: the shard moves, or is started again. */
  void onEnd();
}
