package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.actors.socket.SocketLoop;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.netty.util.Timeout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Commands that were sent together, and what became of each of them. Done when all are answered, or
 * when its time is up: then those without an answer are late. What was sent in the thread of a loop
 * is done there as a rule, unless it is large or late. Safe for any thread.
 */
final class Batch implements Link.Answers {
  /** Replies that take longer to write than a thread of the connections has. */
  static final long LARGE = 64L << 10;

  /** Is told how it ended. */
  interface Watch {
    /** The instance answered something. */
    void answered();

    /** There was no answer in time. */
    void late(Duration patience);

    /** Nothing of it is on its way any more; after {@link #late} this may take a while. */
    void gone();
  }

  private final AtomicReferenceArray<@Nullable Outcome> outcomes;
  private final AtomicInteger left;
  private final CompletableFuture<List<Outcome>> result = new CompletableFuture<>();
  private final Link link;
  private final Deadlines deadlines;
  private final Watch watch;

  /** Where it was asked, and is told what became of it: two threads serve all connections. */
  private final @Nullable SocketLoop loop = SocketLoop.current();

  private volatile @Nullable Timeout timeout;

  private Batch(int size, Link link, Deadlines deadlines, Watch watch) {
    this.outcomes = new AtomicReferenceArray<>(size);
    this.left = new AtomicInteger(size);
    this.link = link;
    this.deadlines = deadlines;
    this.watch = watch;
  }

  /**
   * Sends commands by a connection, in one go.
   *
   * @param commands at least one
   */
  static CompletionStage<List<Outcome>> send(
      Link link, List<List<Bytes>> commands, Duration patience, Deadlines deadlines, Watch watch) {
    var batch = new Batch(commands.size(), link, deadlines, watch);
    batch.timeout = deadlines.in(patience, () -> batch.tooLate(patience));
    link.sendAll(commands, batch);
    return batch.result;
  }

  @Override
  public void answered(int index, Reply reply) {
    one(index, new Outcome.Replied(reply));
  }

  @Override
  public void failed(int index, Throwable failure) {
    one(index, new Outcome.Lost());
  }

  private void one(int index, Outcome outcome) {
    outcomes.set(index, outcome);
    if (left.decrementAndGet() > 0) {
      return;
    }
    Timeout waiting = timeout;
    if (waiting != null) {
      waiting.cancel();
    }
    watch.gone();
    List<Outcome> all = all(outcome);
    if (!result.isDone() && all.stream().anyMatch(Outcome.Replied.class::isInstance)) {
      watch.answered();
    }
    Executor home = loop;
    if (isLarge(all)) {
      deadlines.executor().execute(() -> result.complete(all));
    } else if (home != null) {
      home.execute(() -> result.complete(all));
    } else {
      result.complete(all);
    }
  }

  private void tooLate(Duration patience) {
    if (left.get() > 0 && result.complete(all(new Outcome.Late(patience.toMillis())))) {
      watch.late(patience);
      link.late(patience, deadlines);
    }
  }

  /**
   * @param other stands for what is not there yet
   */
  private List<Outcome> all(Outcome other) {
    var all = new ArrayList<Outcome>(outcomes.length());
    for (int i = 0; i < outcomes.length(); i++) {
      Outcome outcome = outcomes.get(i);
      all.add(outcome == null ? other : outcome);
    }
    return all;
  }

  private static boolean isLarge(List<Outcome> outcomes) {
    long weight = 0;
    for (Outcome each : outcomes) {
      weight += each instanceof Outcome.Replied replied ? replied.reply().weight() : 0;
    }
    return weight > LARGE;
  }
}
