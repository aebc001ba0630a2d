package io.leasehold.actors.kv.redis.external;

import io.netty.util.Timeout;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Connects in one round of tries at a time, for all who wait. Safe for any thread. */
final class Rounds {
  private final Supplier<CompletionStage<Link>> dial;
  private final Consumer<Throwable> gaveUp;
  private final Deadlines deadlines;
  private final Duration patience;
  private @Nullable CompletableFuture<Link> current;

  /**
   * @param dial one round
   * @param gaveUp told of a round that failed, before whoever waits is
   * @param patience nobody waits longer
   */
  Rounds(
      Supplier<CompletionStage<Link>> dial,
      Consumer<Throwable> gaveUp,
      Deadlines deadlines,
      Duration patience) {
    this.dial = dial;
    this.gaveUp = gaveUp;
    this.deadlines = deadlines;
    this.patience = patience;
  }

  /** A connection, once there is one; fails if there is none in time. */
  CompletionStage<Link> connected() {
    CompletionStage<Link> round = begin();
    var result = new CompletableFuture<Link>();
    Timeout timeout =
        deadlines.in(
            patience,
            () ->
                result.completeExceptionally(
                    new IOException("not connected within " + patience.toMillis() + " ms")));
    round.whenComplete(
        (link, failure) -> {
          timeout.cancel();
          if (link == null) {
            result.completeExceptionally(failure);
          } else {
            result.complete(link);
          }
        });
    return result;
  }

  /** Begins a round if none is under way. */
  CompletionStage<Link> begin() {
    var round = new CompletableFuture<Link>();
    synchronized (this) {
      if (current != null) {
        return current;
      }
      current = round;
    }
    dial.get()
        .whenComplete(
            (link, failure) -> {
              synchronized (this) {
                current = null;
              }
              if (link != null) {
                round.complete(link);
              } else {
                gaveUp.accept(failure);
                round.completeExceptionally(failure);
              }
            });
    return round;
  }
}
