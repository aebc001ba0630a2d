package io.leasehold.app.server;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting, as only starting and stopping may do it. */
final class Patience {
  private static final Duration START = Duration.ofSeconds(60);

  private Patience() {}

  /** Waits a minute at most; {@code otherwise} begins the message of what went wrong. */
  static <T> T await(CompletionStage<T> stage, String otherwise) throws StartException {
    return await(stage, START, otherwise);
  }

  static <T> T await(CompletionStage<T> stage, Duration patience, String otherwise)
      throws StartException {
    try {
      return stage.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new StartException(otherwise + " (" + rootMessage(e) + ")", e);
    } catch (TimeoutException e) {
      throw new StartException(otherwise + " within " + patience.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException(otherwise + " (interrupted)", e);
    }
  }

  static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
