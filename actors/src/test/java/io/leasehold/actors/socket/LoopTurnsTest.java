package io.leasehold.actors.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is put off to the end of a turn of a loop. */
class LoopTurnsTest {
  private SocketLoop loop;

  @BeforeEach
  void start() throws IOException {
    loop = SocketLoop.start("turns", Clock.system());
  }

  @AfterEach
  void stop() {
    loop.close();
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aThreadKnowsItsLoop() throws Exception {
    var within = new CompletableFuture<SocketLoop>();
    loop.execute(() -> within.complete(SocketLoop.current()));

    assertThat(get(within)).isSameAs(loop);
    assertThat(SocketLoop.current()).isNull();
  }

  @Test
  void theEndOfATurnComesOnceBehindAllItsTasks() throws Exception {
    List<String> order = new ArrayList<>();
    var done = new CompletableFuture<List<String>>();
    loop.execute(
        () -> {
          loop.atEndOfTurn(() -> order.add("end"));
          loop.execute(() -> order.add("task"));
          loop.execute(() -> order.add("another"));
          order.add("first");
        });
    loop.execute(() -> loop.atEndOfTurn(() -> done.complete(List.copyOf(order))));

    assertThat(get(done)).startsWith("first", "task", "another").containsOnlyOnce("end");
  }

  @Test
  void aTurnEndsThoughItsTasksFail() throws Exception {
    var ended = new CompletableFuture<String>();
    loop.execute(
        () -> {
          loop.atEndOfTurn(
              () -> {
                throw new IllegalStateException("an end fails");
              });
          loop.atEndOfTurn(() -> ended.complete("it did"));
          throw new AssertionError("a task fails");
        });

    assertThat(get(ended)).isEqualTo("it did");
  }

  /** Nothing wakes the loop but what it still has to do. */
  @Test
  void whatAnEndAddsEndsTheNextTurnWhichComesByItself() throws Exception {
    var second = new CompletableFuture<String>();
    loop.execute(
        () -> loop.atEndOfTurn(() -> loop.atEndOfTurn(() -> second.complete("it did too"))));

    assertThat(get(second)).isEqualTo("it did too");
  }

  @Test
  void theLastTurnEndsToo() throws Exception {
    var last = new CompletableFuture<String>();
    loop.execute(
        () -> {
          loop.close();
          loop.atEndOfTurn(() -> loop.atEndOfTurn(() -> last.complete("it did as well")));
        });

    assertThat(get(last)).isEqualTo("it did as well");
  }
}
