package io.leasehold.domain.async;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Going on with what is done already, or will be. */
class AtOnceTest {
  private static final CompletionStage<String> DONE = CompletableFuture.completedFuture("a");

  private static Throwable failureOf(CompletionStage<?> stage) {
    CompletionStage<Throwable> told = stage.handle((value, failure) -> failure);
    return told.toCompletableFuture().join();
  }

  @Test
  void whatIsDoneIsGoneOnWithWithoutAnotherStage() {
    var next = new CompletableFuture<String>();

    assertThat(AtOnce.then(DONE, value -> next)).isSameAs(next);
    assertThat(AtOnce.map(DONE, value -> value + "b").toCompletableFuture())
        .isCompletedWithValue("ab");
  }

  @Test
  void whatIsNotDoneIsWaitedFor() {
    var late = new CompletableFuture<String>();

    CompletableFuture<String> mapped = AtOnce.map(late, value -> value + "b").toCompletableFuture();
    CompletableFuture<String> then =
        AtOnce.then(late, value -> CompletableFuture.completedFuture(value + "c"))
            .toCompletableFuture();
    assertThat(mapped).isNotDone();
    assertThat(then).isNotDone();

    late.complete("a");
    assertThat(mapped).isCompletedWithValue("ab");
    assertThat(then).isCompletedWithValue("ac");
  }

  @Test
  void whatFailsOrThrowsIsAFailure() {
    var bug = new IllegalStateException("bug");

    assertThat(
            failureOf(
                AtOnce.map(
                    DONE,
                    value -> {
                      throw bug;
                    })))
        .isSameAs(bug);
    assertThat(
            failureOf(
                AtOnce.then(
                    DONE,
                    value -> {
                      throw bug;
                    })))
        .isSameAs(bug);
    CompletionStage<String> failed = CompletableFuture.failedFuture(bug);
    assertThat(failureOf(AtOnce.map(failed, value -> value)))
        .isInstanceOf(CompletionException.class)
        .hasCause(bug);
    assertThat(failureOf(AtOnce.then(failed, value -> DONE)))
        .isInstanceOf(CompletionException.class)
        .hasCause(bug);
  }

  @Test
  void anErrorIsAFailureToo() {
    var error = new StackOverflowError();

    assertThat(
            failureOf(
                AtOnce.map(
                    DONE,
                    value -> {
                      throw error;
                    })))
        .isSameAs(error);
    assertThat(
            failureOf(
                AtOnce.then(
                    DONE,
                    value -> {
                      throw error;
                    })))
        .isSameAs(error);
  }

  @Test
  void whatCannotBeAskedIsWaitedFor() {
    CompletionStage<String> closed = CompletableFuture.completedStage("a");
    var cancelled = new CompletableFuture<String>();
    cancelled.cancel(false);

    assertThat(AtOnce.map(closed, value -> value + "b").toCompletableFuture())
        .isCompletedWithValue("ab");
    assertThat(AtOnce.then(closed, value -> DONE).toCompletableFuture()).isCompletedWithValue("a");
    assertThat(failureOf(AtOnce.map(cancelled, value -> value)))
        .isInstanceOf(CompletionException.class);
  }
}
