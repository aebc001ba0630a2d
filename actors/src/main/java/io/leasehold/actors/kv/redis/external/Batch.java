package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Commands that were sent together, and what became of each of them. When its time is up, those
 * without an answer are late. Safe for any thread.
 */
final class Batch extends Asked<List<Outcome>> {
  private final AtomicReferenceArray<@Nullable Outcome> outcomes;
  private final AtomicInteger left;

  private Batch(int size, Link link, Deadlines deadlines, Watch watch) {
    super(link, deadlines, watch);
    this.outcomes = new AtomicReferenceArray<>(size);
    this.left = new AtomicInteger(size);
  }

  /**
   * Sends commands by a connection, in one go.
   *
   * @param commands at least one
   */
  static CompletionStage<List<Outcome>> send(
      Link link, List<List<Bytes>> commands, Duration patience, Deadlines deadlines, Watch watch) {
    var batch = new Batch(commands.size(), link, deadlines, watch);
    CompletionStage<List<Outcome>> result = batch.within(patience);
    link.sendAll(commands, batch);
    return result;
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
    List<Outcome> all = all(outcome);
    boolean answered = false;
    long weight = 0;
    for (Outcome each : all) {
      if (each instanceof Outcome.Replied replied) {
        answered = true;
        weight += replied.reply().weight();
      }
    }
    end(all, answered, weight);
  }

  @Override
  boolean isOver() {
    return left.get() == 0;
  }

  @Override
  List<Outcome> until(Outcome.Late late) {
    return all(late);
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
}
