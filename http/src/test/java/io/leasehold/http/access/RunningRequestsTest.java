package io.leasehold.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.junit.jupiter.api.Test;

/** What a connection keeps of its requests, and what it tells them. */
class RunningRequestsTest {
  private final RunningRequests requests = new RunningRequests();
  private final List<CompletableFuture<Done>> told = new ArrayList<>();

  private CompletableFuture<String> run() {
    var answer = new CompletableFuture<String>();
    CompletionStage<String> unused =
        requests.run(
            ended -> {
              told.add(ended.toCompletableFuture());
              return answer;
            });
    return answer;
  }

  @Test
  void nothingIsKeptOfWhatIsAnswered() {
    for (int i = 0; i < 1_000; i++) {
      CompletableFuture<String> answer = run();
      assertThat(requests.count()).isEqualTo(1);
      if (i % 2 == 0) {
        answer.complete("ok");
      } else {
        answer.completeExceptionally(new IllegalStateException("not foreseen"));
      }
      assertThat(requests.count()).isZero();
    }
    requests.end();
    assertThat(told).noneMatch(CompletableFuture::isDone);
  }

  @Test
  void theEndIsToldToWhatRunsAndToWhatComesLater() {
    var first = run();
    run();
    assertThat(told).noneMatch(CompletableFuture::isDone);

    requests.end();
    assertThat(told).hasSize(2).allMatch(CompletableFuture::isDone);
    first.complete("too late");
    assertThat(requests.count()).isEqualTo(1);

    run();
    assertThat(told).hasSize(3).allMatch(CompletableFuture::isDone);
  }

  @Test
  void anEndAtTheSameTimeIsNotMissed() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      var both = new RunningRequests();
      var start = new CyclicBarrier(2);
      var end =
          CompletableFuture.runAsync(
              () -> {
                meet(start);
                both.end();
              });
      meet(start);
      var seen = new CompletableFuture<CompletionStage<Done>>();
      var unused =
          both.run(
              ended -> {
                seen.complete(ended);
                return new CompletableFuture<String>();
              });
      end.get(10, TimeUnit.SECONDS);
      assertThat(seen.join().toCompletableFuture()).as("round %d", i).isDone();
    }
  }

  private static void meet(CyclicBarrier start) {
    try {
      start.await(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
