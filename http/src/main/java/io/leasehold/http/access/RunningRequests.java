package io.leasehold.http.access;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.pekko.Done;

/**
 * The requests of one connection that are not answered yet; each is told of the end of the
 * connection by a future of its own. With one for all, what every request hangs on it would be kept
 * as long as the connection lives. As many as the port reads at once; safe for any thread.
 */
final class RunningRequests {
  private final Map<Long, CompletableFuture<Done>> unanswered = new ConcurrentHashMap<>();
  private final AtomicLong begun = new AtomicLong();
  private volatile boolean ended;

  /**
   * Runs one.
   *
   * @param request given what is done when the connection has ended, at once if it has already
   */
  <T> CompletionStage<T> run(Function<CompletionStage<Done>, CompletionStage<T>> request) {
    var told = new CompletableFuture<Done>();
    long number = begun.incrementAndGet();
    unanswered.put(number, told);
    if (ended) { // looked at after the put: an end at the same time sees the one or the other
      told.complete(Done.getInstance());
    }
    return request.apply(told).whenComplete((answer, failure) -> unanswered.remove(number));
  }

  /** The connection has ended, or its input. */
  void end() {
    ended = true;
    unanswered.values().forEach(told -> told.complete(Done.getInstance()));
  }

  int count() {
    return unanswered.size();
  }
}
