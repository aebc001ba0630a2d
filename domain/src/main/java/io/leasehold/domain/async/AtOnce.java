package io.leasehold.domain.async;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Goes on with stages as they do themselves, but where one is done already, without another stage
 * behind it. A chain of steps that all can be taken at once then ends in the one stage that has to
 * be waited for, and what waits there waits once. No state; safe for any thread.
 */
public final class AtOnce {
  private AtOnce() {}

  /** As {@link CompletionStage#thenApply}; for values that are not null. */
  public static <T, R> CompletionStage<R> map(
      CompletionStage<T> stage, Function<? super T, ? extends R> next) {
    if (!isThere(stage)) {
      return stage.thenApply(next);
    }
    try {
      return CompletableFuture.completedFuture(next.apply(value(stage)));
    } catch (Throwable e) { // as stages do
      return CompletableFuture.failedFuture(e);
    }
  }

  /** As {@link CompletionStage#thenCompose}; for values that are not null. */
  public static <T, R> CompletionStage<R> then(
      CompletionStage<T> stage, Function<? super T, CompletionStage<R>> next) {
    if (!isThere(stage)) {
      return stage.thenCompose(next);
    }
    try {
      return next.apply(value(stage));
    } catch (Throwable e) { // as stages do
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Its value if that is there; null if it has to be waited for, or there is a failure. */
  public static <T> @Nullable T now(CompletionStage<T> stage) {
    return isThere(stage) ? value(stage) : null;
  }

  /** Whether its value is there, and no failure: the others go on with it at once. */
  public static boolean isThere(CompletionStage<?> stage) {
    // others extend it and can not be asked, such as those that only a stage is to be seen of
    return stage.getClass() == CompletableFuture.class
        && ((CompletableFuture<?>) stage).isDone()
        && !((CompletableFuture<?>) stage).isCompletedExceptionally();
  }

  @SuppressWarnings("NullAway") // it is there
  private static <T> T value(CompletionStage<T> stage) {
    return ((CompletableFuture<T>) stage).getNow(null);
  }
}
