package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private static final int WRITERS = 4;
  private static final int EACH = 260_000;

  @Test
  void whatWasNotedComesBack() {
    long[] now = {5};
    var history = new History(List.of(new LockKey("a", 1), new LockKey("b", 3)), () -> now[0]);

    int wait = history.acquire(7, 1, 2, 300, 400);
    now[0] = 6;
    history.seenQueued(wait);
    now[0] = 7;
    history.seenQueued(wait);
    history.answered(wait, Outcome.GRANTED, 99, 250, 40);
    int again = history.repeat(wait);
    int release = history.onToken(7, Kind.RELEASE, 1, 99, 0);

    assertThat(history.get(wait))
        .isEqualTo(
            new Operation(
                0, 0, 7, Kind.ACQUIRE, 1, 2, 5, 7, Outcome.GRANTED, 99, 300, 250, 400, 40, 6));
    assertThat(history.get(again).request()).isEqualTo(wait);
    assertThat(history.get(again).outcome()).isEqualTo(Outcome.PENDING);
    assertThat(history.get(again).answeredNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(history.get(release).token()).isEqualTo(99);
    assertThat(history.ofKey(0).operations()).isEmpty();
    assertThat(history.ofKey(1).operations()).hasSize(3);
  }

  @Test
  void aMillionOperationsOfManyWritersFit() throws InterruptedException {
    var keys = new ArrayList<LockKey>();
    for (int i = 0; i < WRITERS; i++) {
      keys.add(new LockKey("k" + i, 1));
    }
    History history = History.starting(keys);
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    for (int i = 0; i < WRITERS; i++) {
      int writer = i;
      writers.execute(
          () -> {
            for (int n = 1; n <= EACH; n++) {
              int number = history.acquire(writer, writer, 1, 1_000, 0);
              history.answered(number, Outcome.GRANTED, n, 1_000, 0);
            }
          });
    }
    writers.shutdown();
    assertThat(writers.awaitTermination(50, TimeUnit.SECONDS)).isTrue();

    assertThat(history.size()).isEqualTo(WRITERS * EACH);
    for (int i = 0; i < WRITERS; i++) {
      KeyHistory ofKey = history.ofKey(i);
      assertThat(ofKey.operations()).hasSize(EACH);
      long token = 0;
      for (Operation operation : ofKey.operations()) {
        assertThat(operation.client()).isEqualTo(i);
        assertThat(operation.token()).isEqualTo(++token);
      }
    }
  }
}
