package io.leasehold.actors.access.account;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** What a request to the accounts came to. */
public sealed interface Outcome<T> {
  /** It was done, and stands in the database. */
  record Done<T>(T value) implements Outcome<T> {}

  /**
   * It was not done, and changed nothing.
   *
   * @param message for the client
   * @param retryAfterSeconds when it may be asked again, 0 = that would not help
   */
  record Refused<T>(Reason reason, String message, int retryAfterSeconds) implements Outcome<T> {
    Refused(Reason reason, String message) {
      this(reason, message, 0);
    }

    /** The same for another kind of result. */
    public <U> Outcome<U> as() {
      return new Refused<>(reason, message, retryAfterSeconds);
    }
  }

  /** Why it was not done. */
  enum Reason {
    INVALID,
    UNAUTHENTICATED,
    FORBIDDEN,
    NOT_FOUND,
    CONFLICT,
    TOO_MANY,
    NOT_BUILT,
    /** What is behind the gateway did not do its part. */
    BAD_GATEWAY,
    UNAVAILABLE
  }

  static <T> Outcome<T> done(T value) {
    return new Done<>(value);
  }

  static <T> Outcome<T> no(Reason reason, String message) {
    return new Refused<>(reason, message);
  }

  /** Goes on with what was done. */
  default <U> Outcome<U> then(Function<T, Outcome<U>> next) {
    return this instanceof Done<T> done ? next.apply(done.value()) : ((Refused<T>) this).as();
  }

  /** Makes something else of what was done. */
  default <U> Outcome<U> map(Function<T, U> next) {
    return then(value -> done(next.apply(value)));
  }

  /** Goes on with what was done, and waits for what comes of it. */
  default <U> CompletionStage<Outcome<U>> thenLater(Function<T, CompletionStage<Outcome<U>>> next) {
    return this instanceof Done<T> done
        ? next.apply(done.value())
        : CompletableFuture.completedFuture(((Refused<T>) this).as());
  }
}
