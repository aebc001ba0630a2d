package io.leasehold.streams.kv.redis;

import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one connection on their way to its instance: those that come together go
 * together, each batch in one message, so that they are run in their order. Confined to its stage.
 */
final class RespBatches {
  /**
   * Under way at a time, since each may be answered with as much as a reply may have; what comes
   * meanwhile goes with the next.
   */
  static final int MAX_UNDER_WAY = 4;

  private static final long MAX_WEIGHT = 1_500L << 10;

  private final RespDoor door;
  private final ReplyQueue replies;
  private final Executor stage;
  private List<List<Bytes>> commands = new ArrayList<>();
  private List<ReplyQueue.Slot> slots = new ArrayList<>();
  private EmbeddedInstances.@Nullable Target target;
  private long weight;
  private int underWay;
  private @Nullable Runnable whenIdle;

  /**
   * @param stage runs things where this is confined to
   */
  RespBatches(RespDoor door, ReplyQueue replies, Executor stage) {
    this.door = door;
    this.replies = replies;
    this.stage = stage;
  }

  /** Whether a command may be taken now. */
  boolean hasRoom() {
    return underWay < MAX_UNDER_WAY;
  }

  /** Whether nothing is under way, nor about to be. */
  boolean isIdle() {
    return underWay == 0 && commands.isEmpty();
  }

  /** Takes a command, which goes with the next batch. */
  void add(EmbeddedInstances.Target to, List<Bytes> command, ReplyQueue.Slot slot) {
    long more = KvOperation.Commands.weightOf(command);
    if (commands.size() == EmbeddedInstances.PART_COMMANDS
        || (!commands.isEmpty() && weight + more > MAX_WEIGHT)) {
      flush();
    }
    target = to;
    commands.add(command);
    slots.add(slot);
    weight += more;
  }

  /** Sends what was taken. */
  void flush() {
    EmbeddedInstances.Target to = target;
    if (commands.isEmpty() || to == null) {
      return;
    }
    List<List<Bytes>> sent = commands;
    List<ReplyQueue.Slot> places = slots;
    commands = new ArrayList<>();
    slots = new ArrayList<>();
    weight = 0;
    long started = door.clock().nanos();
    var patience = sent.size() == 1 ? door.rules().commandTimeout() : door.rules().batchTimeout();
    underWay++;
    CompletionStage<List<Outcome>> outcomes = door.instances().pipeline(to, sent, patience);
    outcomes.whenComplete(
        (all, failure) ->
            stage.execute(
                () -> {
                  for (int i = 0; i < places.size(); i++) {
                    Reply reply =
                        all == null
                            ? new Reply.Failure("ERR internal error")
                            : RespTexts.reply(all.get(i));
                    answer(places.get(i), sent.get(i), reply, started);
                  }
                  ended();
                }));
  }

  private void answer(ReplyQueue.Slot slot, List<Bytes> command, Reply reply, long started) {
    door.meter()
        .answered(command.get(0), reply instanceof Reply.Failure, door.clock().nanos() - started);
    replies.fill(slot, reply);
  }

  /** Runs a transaction behind all that was taken; a nil array if a watched key was touched. */
  void transaction(
      EmbeddedInstances.Target to,
      List<List<Bytes>> all,
      List<KvOperation.Commands.Watched> watched,
      ReplyQueue.Slot slot) {
    flush();
    long started = door.clock().nanos();
    underWay++;
    door.instances()
        .transaction(to, all, watched, door.rules().batchTimeout())
        .whenComplete(
            (outcome, failure) ->
                stage.execute(
                    () -> {
                      Reply reply =
                          outcome == null
                              ? new Reply.Failure("ERR internal error")
                              : RespTexts.reply(outcome);
                      count(all, reply, door.clock().nanos() - started);
                      replies.fill(slot, reply);
                      ended();
                    }));
  }

  private void count(List<List<Bytes>> all, Reply reply, long nanos) {
    if (reply.equals(Replies.NIL_ARRAY)) {
      return; // none was run
    }
    for (int i = 0; i < all.size(); i++) {
      boolean failed =
          !(reply instanceof Reply.Array array)
              || i >= array.items().size()
              || array.items().get(i) instanceof Reply.Failure;
      door.meter().answered(all.get(i).get(0), failed, nanos);
    }
  }

  private void ended() {
    underWay--;
    Runnable task = whenIdle;
    if (underWay == 0 && task != null) {
      whenIdle = null;
      task.run();
    }
  }

  /** Has something run, once, when all that was taken is answered; nothing may be added before. */
  void whenIdle(Runnable task) {
    flush();
    if (underWay == 0) {
      task.run();
    } else {
      whenIdle = task;
    }
  }
}
