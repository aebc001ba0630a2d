package io.leasehold.actors.lock;

import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks one thing of one key, for those without a connection of their own. Costs a promise and a
 * timer each: for people and scripts. Safe for any thread.
 */
public final class LockDesk {
  /** How often a request is asked again because its key has moved to another node. */
  private static final int MOVES = 3;

  private final ActorSystem<?> system;
  private final LockService locks;
  private final Duration timeout;

  /**
   * A desk of this node.
   *
   * @param timeout then the answer is "unavailable, outcome unknown"
   */
  public LockDesk(ActorSystem<?> system, LockService locks, Duration timeout) {
    this.system = system;
    this.locks = locks;
    this.timeout = timeout;
  }

  /** Never fails: what broke is {@link LockAnswer.Unavailable}. */
  public CompletionStage<LockAnswer> ask(String key, LockOperation operation) {
    return ask(key, operation, MOVES);
  }

  private CompletionStage<LockAnswer> ask(String key, LockOperation operation, int movesLeft) {
    return AskPattern.<LockMessage, LockReplies>ask(
            locks.region(),
            replyTo ->
                new LockActor.Deliver(key, List.of(new LockActor.Request(0, operation)), replyTo),
            timeout,
            system.scheduler())
        .handle(
            (replies, failure) -> {
              LockAnswer answer = replies == null ? unavailable(failure) : replies.answer(0);
              return answer instanceof LockAnswer.Moved && movesLeft > 0
                  ? ask(key, operation, movesLeft - 1)
                  : CompletableFuture.completedFuture(answer);
            })
        .thenCompose(answer -> answer);
  }

  private LockAnswer unavailable(@Nullable Throwable failure) {
    return new LockAnswer.Unavailable(
        failure instanceof TimeoutException
            ? "owner did not answer within " + timeout.toMillis() + " ms"
            : String.valueOf(failure),
        true);
  }
}
