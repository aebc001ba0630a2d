package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.actors.socket.SocketLoop;
import io.netty.util.Timeout;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of an instance in one go. Done when all of it is answered, or when its time is up.
 * What was sent in the thread of a loop is done there as a rule, unless it is large or late. Safe
 * for any thread.
 *
 * @param <T> what became of it
 */
abstract class Asked<T> implements Link.Answers {
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

  private final CompletableFuture<T> result = new CompletableFuture<>();
  private final Link link;
  private final Deadlines deadlines;
  private final Watch watch;

  /** Where it was asked, and is told what became of it: few threads serve all connections. */
  private final @Nullable SocketLoop loop = SocketLoop.current();

  private volatile @Nullable Timeout timeout;

  Asked(Link link, Deadlines deadlines, Watch watch) {
    this.link = link;
    this.deadlines = deadlines;
    this.watch = watch;
  }

  /** Begins to wait. To be called once, before anything is sent. */
  final CompletionStage<T> within(Duration patience) {
    timeout = deadlines.in(patience, () -> tooLate(patience));
    return result;
  }

  /** Whether nothing more comes. */
  abstract boolean isOver();

  /**
   * What became of it.
   *
   * @param late of what is not answered
   */
  abstract T until(Outcome.Late late);

  /**
   * Nothing more comes.
   *
   * @param answered whether anything of it was
   */
  final void end(T outcome, boolean answered, long weight) {
    Timeout waiting = timeout;
    if (waiting != null) {
      waiting.cancel();
    }
    watch.gone();
    if (answered && !result.isDone()) {
      watch.answered();
    }
    SocketLoop home = loop;
    if (weight > LARGE) {
      deadlines.executor().execute(() -> result.complete(outcome));
    } else if (home != null) {
      home.execute(() -> result.complete(outcome));
    } else {
      result.complete(outcome);
    }
  }

  private void tooLate(Duration patience) {
    if (!isOver() && result.complete(until(new Outcome.Late(patience.toMillis())))) {
      watch.late(patience);
      link.late(patience, deadlines);
    }
  }
}
