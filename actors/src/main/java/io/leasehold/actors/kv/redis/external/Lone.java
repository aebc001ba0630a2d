package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.actors.socket.SocketLoop;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.netty.util.Timeout;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A command that was asked by itself, and what became of it: what {@link Batch} is for many, with
 * less to do for the most usual of all requests. Safe for any thread.
 */
final class Lone implements Link.Answers {
  private final CompletableFuture<Outcome> result = new CompletableFuture<>();
  private final Link link;
  private final Deadlines deadlines;
  private final Batch.Watch watch;

  /** Where it was asked, and is told what became of it. */
  private final @Nullable SocketLoop loop = SocketLoop.current();

  private volatile @Nullable Timeout timeout;
  private volatile boolean ended;

  private Lone(Link link, Deadlines deadlines, Batch.Watch watch) {
    this.link = link;
    this.deadlines = deadlines;
    this.watch = watch;
  }

  /** Sends a command by a connection. */
  static CompletionStage<Outcome> send(
      Link link, List<Bytes> command, Duration patience, Deadlines deadlines, Batch.Watch watch) {
    var lone = new Lone(link, deadlines, watch);
    lone.timeout = deadlines.in(patience, () -> lone.tooLate(patience));
    link.send(command, lone);
    return lone.result;
  }

  @Override
  public void answered(int index, Reply reply) {
    end(new Outcome.Replied(reply), reply.weight() > Batch.LARGE);
  }

  @Override
  public void failed(int index, Throwable failure) {
    end(new Outcome.Lost(), false);
  }

  private void end(Outcome outcome, boolean large) {
    ended = true;
    Timeout waiting = timeout;
    if (waiting != null) {
      waiting.cancel();
    }
    watch.gone();
    if (outcome instanceof Outcome.Replied && !result.isDone()) {
      watch.answered();
    }
    SocketLoop home = loop;
    if (large) {
      deadlines.executor().execute(() -> result.complete(outcome));
    } else if (home != null) {
      home.execute(() -> result.complete(outcome));
    } else {
      result.complete(outcome);
    }
  }

  private void tooLate(Duration patience) {
    if (!ended && result.complete(new Outcome.Late(patience.toMillis()))) {
      watch.late(patience);
      link.late(patience, deadlines);
    }
  }
}
