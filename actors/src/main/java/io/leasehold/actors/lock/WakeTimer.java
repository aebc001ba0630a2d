package io.leasehold.actors.lock;

import java.time.Duration;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * The one timer of a lock actor. Confined to it.
 *
 * <p>A timer that is set for an earlier time is left alone: it finds nothing due and is set again,
 * which is cheaper than to set one with every request.
 */
final class WakeTimer {
  private final ActorContext<LockMessage> context;
  private final LockActor.WakeUp message;
  private @Nullable Cancellable timer;
  private long dueNanos;

  WakeTimer(ActorContext<LockMessage> context, LockActor.WakeUp message) {
    this.context = context;
    this.message = message;
  }

  /** Sees to it that the actor is woken at {@code due}, or before. */
  void wakeBy(long due, long nowNanos) {
    if (timer != null) {
      if (dueNanos - due <= 0) {
        return;
      }
      timer.cancel();
    }
    dueNanos = due;
    timer =
        context.scheduleOnce(
            Duration.ofNanos(Math.max(1, due - nowNanos)), context.getSelf(), message);
  }

  /** The message has come. It may also have come from elsewhere: a timer that is set is ended. */
  void fired() {
    cancel();
    timer = null;
  }

  void cancel() {
    if (timer != null) {
      timer.cancel();
    }
  }
}
