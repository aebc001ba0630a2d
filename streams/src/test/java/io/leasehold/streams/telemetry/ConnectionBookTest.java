package io.leasehold.streams.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;
import org.junit.jupiter.api.Test;

class ConnectionBookTest {
  private record Task(long nanos, Runnable run) {}

  private final HandClock clock = new HandClock();
  private final ConnectionBook book = new ConnectionBook(10, new AtomicInteger(), clock);
  private final ArrayDeque<Task> timer = new ArrayDeque<>();

  private CompletableFuture<Done> quiet(long silence, long atMost) {
    return book.quiet(silence, atMost, (nanos, run) -> timer.add(new Task(nanos, run)))
        .toCompletableFuture();
  }

  /** Time passes until the timer is due. */
  private long fire() {
    Task next = timer.remove();
    clock.advance(Duration.ofNanos(next.nanos()));
    next.run().run();
    return next.nanos();
  }

  @Test
  void whatIsReadMeanwhileBeginsTheSilenceAnew() {
    book.read();
    var quiet = quiet(100, 1_000);
    Task first = timer.remove();
    assertThat(first.nanos()).isEqualTo(100);
    clock.advance(Duration.ofNanos(60));
    book.read();

    clock.advance(Duration.ofNanos(40));
    first.run().run();
    assertThat(quiet).isNotDone();
    assertThat(fire()).isEqualTo(60);

    assertThat(quiet).isCompleted();
    assertThat(timer).isEmpty();
  }

  @Test
  void whoReadsOnAndOnIsNotWaitedForLongerThanAgreed() {
    book.read();
    var quiet = quiet(100, 250);
    long waited = 0;
    while (!quiet.isDone()) {
      Task next = timer.remove();
      clock.advance(Duration.ofNanos(next.nanos()));
      book.read();
      next.run().run();
      waited += next.nanos();
    }

    assertThat(waited).isEqualTo(250);
  }

  @Test
  void silenceThatHasLastedNeedsNoWait() {
    book.read();
    clock.advance(Duration.ofNanos(100));

    assertThat(quiet(100, 1_000)).isCompleted();
    assertThat(timer).isEmpty();
  }
}
