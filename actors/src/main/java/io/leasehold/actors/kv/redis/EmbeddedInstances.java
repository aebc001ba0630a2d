package io.leasehold.actors.kv.redis;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The embedded instances of Redis, seen from one node: sends commands to the shards that keep them,
 * in parts that fit into a message. Safe for any thread; nothing blocks, and no stage fails.
 */
public final class EmbeddedInstances {
  /** Commands of one part. */
  public static final int PART_COMMANDS = 512;

  /**
   * What a part weighs at most, as {@link KvOperation#weight} has it: what goes with the arguments
   * counts too, and a frame between nodes holds 2 MiB.
   */
  public static final long MAX_WEIGHT = 1_900L << 10;

  private static final long PART_WEIGHT = 1_536L << 10;
  private static final long ANY_MEMORY = 1;
  private static final List<Bytes> INFO = List.of(Bytes.utf8("INFO"), Bytes.utf8("MEMORY"));
  private static final Pattern USED = Pattern.compile("used_memory:([0-9]{1,18})");
  private static final List<List<Bytes>> DROP = List.of(List.of(Bytes.utf8("FLUSHALL")));

  /** The way to the shards. */
  public interface Shards {
    /** As {@code KvClient.commands}. */
    CompletionStage<KvResult> commands(
        KvOperation.Commands operation, String correlationId, Duration patience);
  }

  /** What became of a command. */
  public sealed interface Outcome {
    /** It was run, or refused in the words of Redis. */
    record Replied(Reply reply) implements Outcome {}

    /** There was no answer in time; it may have been run. */
    record Late(long waitedMillis) implements Outcome {}

    /**
     * The instance could not be asked, or its journal failed.
     *
     * @param retryAfterSeconds when it is worth asking again, 1 or more
     */
    record Unavailable(String cause, boolean mayHaveRun, int retryAfterSeconds) implements Outcome {
      public Unavailable(String cause, boolean mayHaveRun) {
        this(cause, mayHaveRun, 1);
      }
    }

    /** The connection broke before there was an answer; it may have been run. */
    record Lost() implements Outcome {}
  }

  /**
   * Which instance is asked.
   *
   * @param maxMemory bytes it may hold
   * @param correlationId of the request, harmless text
   * @param client who asks, {@code address:port}, as monitors are shown it; may be empty
   */
  public record Target(UUID instance, long maxMemory, String correlationId, String client) {}

  private final Shards shards;
  private final Clock clock;
  private final long maxReply;

  /**
   * @param maxReply bytes that a pipeline answers; what follows in it is not run
   */
  public EmbeddedInstances(Shards shards, Clock clock, long maxReply) {
    this.shards = shards;
    this.clock = clock;
    this.maxReply = maxReply;
  }

  /** One instance, as any other is asked. */
  public InstanceCommands on(Target target) {
    return new InstanceCommands() {
      @Override
      public CompletionStage<Outcome> run(List<Bytes> command, Duration patience) {
        return EmbeddedInstances.this.run(target, command, patience);
      }

      @Override
      public CompletionStage<List<Outcome>> pipeline(
          List<List<Bytes>> commands, Duration patience) {
        return EmbeddedInstances.this.pipeline(target, commands, patience);
      }

      @Override
      public CompletionStage<Outcome> transaction(List<List<Bytes>> commands, Duration patience) {
        return EmbeddedInstances.this.transaction(target, commands, patience);
      }

      @Override
      public boolean isExternal() {
        return false;
      }
    };
  }

  /** Runs one command, which weighs no more than {@link #MAX_WEIGHT}. */
  public CompletionStage<Outcome> run(Target target, List<Bytes> command, Duration patience) {
    return one(target, List.of(command), false, List.of(), patience);
  }

  /**
   * Runs commands as one, which together weigh no more than {@link #MAX_WEIGHT}: the reply is an
   * array of theirs, or why none was run.
   */
  public CompletionStage<Outcome> transaction(
      Target target, List<List<Bytes>> commands, Duration patience) {
    return transaction(target, commands, List.of(), patience);
  }

  /**
   * The same if nothing has touched some keys since they were looked at; else the reply is a nil
   * array, and none was run.
   *
   * @param watched as {@link KeyVersions} gave them; they weigh with the commands
   */
  public CompletionStage<Outcome> transaction(
      Target target,
      List<List<Bytes>> commands,
      List<KvOperation.Commands.Watched> watched,
      Duration patience) {
    return one(target, commands, true, watched, patience);
  }

  private CompletionStage<Outcome> one(
      Target target,
      List<List<Bytes>> commands,
      boolean transaction,
      List<KvOperation.Commands.Watched> watched,
      Duration patience) {
    return send(target, commands, transaction, watched, patience)
        .thenApply(outcomes -> outcomes.get(0));
  }

  /**
   * Runs commands one after another, in parts, each when the one before has been answered. Others
   * may come in between parts. Behind a part that failed nothing is run.
   *
   * @param commands each weighs no more than {@link #MAX_WEIGHT}; may be empty
   * @return in their order
   */
  public CompletionStage<List<Outcome>> pipeline(
      Target target, List<List<Bytes>> commands, Duration patience) {
    return next(new Pipeline(target, commands, clock.nanos(), patience), new ArrayList<>(), 0);
  }

  private record Pipeline(
      Target target, List<List<Bytes>> commands, long startedNanos, Duration patience) {}

  private CompletionStage<List<Outcome>> next(
      Pipeline pipeline, List<Outcome> outcomes, long replied) {
    List<List<Bytes>> commands = pipeline.commands();
    int from = outcomes.size();
    if (from == commands.size()) {
      return CompletableFuture.completedFuture(outcomes);
    }
    Duration left = pipeline.patience().minusNanos(clock.nanos() - pipeline.startedNanos());
    Outcome rest = null;
    if (left.isNegative() || left.isZero()) {
      rest = new Outcome.Late(pipeline.patience().toMillis());
    } else if (replied > maxReply) {
      rest =
          new Outcome.Replied(
              new Reply.Failure(
                  "ERR reply exceeds maximum allowed size. Limit: " + maxReply + " bytes"));
    } else if (from > 0 && !(outcomes.get(from - 1) instanceof Outcome.Replied)) {
      rest = new Outcome.Unavailable("a command before it in the pipeline was not answered", false);
    }
    if (rest != null) {
      while (outcomes.size() < commands.size()) {
        outcomes.add(rest);
      }
      return CompletableFuture.completedFuture(outcomes);
    }
    List<List<Bytes>> part = commands.subList(from, partEnd(commands, from));
    return send(pipeline.target(), part, false, List.of(), left)
        .thenCompose(
            answered -> {
              outcomes.addAll(answered);
              return next(pipeline, outcomes, replied + weight(answered));
            });
  }

  private static int partEnd(List<List<Bytes>> commands, int from) {
    long weight = 0;
    int end = from;
    while (end < commands.size() && end - from < PART_COMMANDS) {
      weight += KvOperation.Commands.weightOf(commands.get(end));
      if (weight > PART_WEIGHT && end > from) {
        break;
      }
      end++;
    }
    return end;
  }

  private static long weight(List<Outcome> outcomes) {
    long weight = 0;
    for (Outcome each : outcomes) {
      weight += each instanceof Outcome.Replied replied ? replied.reply().weight() : 0;
    }
    return weight;
  }

  private CompletionStage<List<Outcome>> send(
      Target target,
      List<List<Bytes>> commands,
      boolean transaction,
      List<KvOperation.Commands.Watched> watched,
      Duration patience) {
    int answers = transaction ? 1 : commands.size();
    return shards
        .commands(
            new KvOperation.Commands(
                target.instance().toString(),
                commands,
                transaction,
                target.maxMemory(),
                target.client(),
                watched),
            target.correlationId(),
            patience)
        .thenApply(result -> outcomes(result, answers));
  }

  private static List<Outcome> outcomes(KvResult result, int count) {
    if (result instanceof KvResult.Replies replies) {
      var outcomes = new ArrayList<Outcome>(count);
      replies.replies().forEach(reply -> outcomes.add(new Outcome.Replied(reply)));
      return outcomes;
    }
    Outcome outcome;
    if (result instanceof KvResult.Unanswered unanswered) {
      outcome = new Outcome.Late(unanswered.waitedMillis());
    } else if (result instanceof KvResult.Unavailable unavailable) {
      outcome = new Outcome.Unavailable(unavailable.message(), unavailable.outcomeUnknown());
    } else if (result instanceof KvResult.Overloaded overloaded) {
      outcome = new Outcome.Unavailable(overloaded.message(), false);
    } else {
      throw new IllegalArgumentException("no result of commands: " + result);
    }
    return new ArrayList<>(Collections.nCopies(count, outcome));
  }

  /**
   * What an instance holds now.
   *
   * @param usedBytes keys, values and what goes with each element; 0 if it did not answer
   * @param error why it did not; null = it did
   */
  public record Memory(long usedBytes, @Nullable String error) {}

  /** Asks the owner of the instance, which tells it from what is committed. */
  public CompletionStage<Memory> memory(UUID instance, String correlationId, Duration patience) {
    return run(new Target(instance, ANY_MEMORY, correlationId, ""), INFO, patience)
        .thenApply(EmbeddedInstances::memory);
  }

  private static Memory memory(Outcome outcome) {
    if (outcome instanceof Outcome.Replied replied && replied.reply() instanceof Reply.Bulk text) {
      Matcher used = USED.matcher(text.bytes().text());
      if (used.find()) {
        return new Memory(Long.parseLong(used.group(1)), null);
      }
    }
    if (outcome instanceof Outcome.Late late) {
      return new Memory(0, "no answer within " + late.waitedMillis() + " ms");
    }
    return new Memory(
        0,
        outcome instanceof Outcome.Unavailable away ? away.cause() : "an answer without a figure");
  }

  /**
   * Removes all that an instance holds. To be called again until it says true: nothing else removes
   * what a deleted instance held.
   *
   * @return whether that is committed
   */
  public CompletionStage<Boolean> drop(UUID instance, String correlationId, Duration patience) {
    var target = new Target(instance, ANY_MEMORY, correlationId, "");
    return one(target, DROP, false, List.of(), patience)
        .thenApply(
            outcome ->
                outcome instanceof Outcome.Replied replied
                    && !(replied.reply() instanceof Reply.Failure));
  }
}
