package io.leasehold.actors.cluster;

import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The way to all entities of a type; known once the region has been started. Safe for any thread.
 *
 * @param <M> what entities take
 */
public final class RegionRef<M> {
  private volatile @Nullable ActorRef<M> ref;
  private volatile boolean closed;

  /** The region has been started. */
  public void set(ActorRef<M> region) {
    ref = region;
  }

  /**
   * From here on nothing is sent: the node leaves. Its region would keep what comes for shards that
   * have been handed off, and with a message kept it does not stop in time.
   */
  public void close() {
    closed = true;
  }

  public boolean isClosed() {
    return closed;
  }

  /** Sends it on, or drops it after {@link #close}. */
  public void tell(M message) {
    if (closed) {
      return;
    }
    var region = ref;
    if (region == null) {
      throw new IllegalStateException("the region has not been started");
    }
    region.tell(message);
  }
}
