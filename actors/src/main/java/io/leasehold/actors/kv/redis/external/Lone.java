package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * A command that was asked by itself, and what became of it: what {@link Batch} is for many, with
 * less to do for the most usual of all requests. Safe for any thread.
 */
final class Lone extends Asked<Outcome> {
  private volatile boolean ended;

  private Lone(Link link, Deadlines deadlines, Watch watch) {
    super(link, deadlines, watch);
  }

  /** Sends a command by a connection. */
  static CompletionStage<Outcome> send(
      Link link, List<Bytes> command, Duration patience, Deadlines deadlines, Watch watch) {
    var lone = new Lone(link, deadlines, watch);
    CompletionStage<Outcome> result = lone.within(patience);
    link.send(command, lone);
    return result;
  }

  @Override
  public void answered(int index, Reply reply) {
    ended = true;
    end(new Outcome.Replied(reply), true, reply.weight());
  }

  @Override
  public void failed(int index, Throwable failure) {
    ended = true;
    end(new Outcome.Lost(), false, 0);
  }

  @Override
  boolean isOver() {
    return ended;
  }

  @Override
  Outcome until(Outcome.Late late) {
    return late;
  }
}
