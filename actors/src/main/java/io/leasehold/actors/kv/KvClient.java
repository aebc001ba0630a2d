package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Operations on the store and questions about it, as {@link KvStore} has them. Safe for any thread;
 * nothing blocks.
 */
public final class KvClient {
  /** What operations of one message bring at most, one operation excepted. */
  private static final long PART_BYTES = 1L << 20;

  /** Operations of one message at most. */
  private static final int PART_OPERATIONS = 256;

  /** Never seen: all have answered when they are looked at. */
  private static final KvResult NOT_ANSWERED = new KvResult.Unavailable("no answer", true);

  private static final KvAnswer.Content NO_CONTENT = new KvAnswer.Moved();

  private final Clock clock;
  private final int shards;
  private final KvCalls calls;
  private final ShardViews views;
  private final long patienceNanos;
  private final KvMetrics metrics;

  KvClient(
      Clock clock,
      int shards,
      KvCalls calls,
      ShardViews views,
      Duration requestTimeout,
      KvMetrics metrics) {
    this.clock = clock;
    this.shards = shards;
    this.calls = calls;
    this.views = views;
    this.patienceNanos = requestTimeout.toNanos();
    this.metrics = metrics;
  }

  /** As {@link KvStore#shards}. */
  public int shards() {
    return shards;
  }

  /** As {@link KvStore#run}. */
  public CompletionStage<KvResult> run(KvOperation operation, KvStore.Caller caller) {
    int shard = KvKeys.shardOf(operation.key(), shards);
    KvResult seen = seen(operation, shard, caller);
    return seen == null
        ? calls.run(shard, List.of(operation), caller, patienceNanos).get(0)
        : CompletableFuture.completedFuture(seen);
  }

  /** What a get comes to that can be answered here and now; null = its shard has to be asked. */
  private @Nullable KvResult seen(KvOperation operation, int shard, KvStore.Caller caller) {
    if (!caller.standsAlone()
        || !(operation instanceof KvOperation.Get get)
        || get.fence() != null) {
      return null;
    }
    long started = clock.nanos();
    boolean stale = caller.consistency() == KvStore.Consistency.STALE;
    KvResult result = views.get(shard, get, stale);
    if (result != null) {
      metrics.operated(get.name(), 1, false);
      metrics.answered(clock.nanos() - started);
    }
    return result;
  }

  /**
   * Runs commands of an embedded instance, in one message: they must weigh less than a frame
   * between nodes holds.
   *
   * @param correlationId as in {@link KvStore.Caller}
   * @param patience an answer that comes later is {@link KvResult.Unanswered}
   * @return {@link KvResult.Replies}, {@link KvResult.Unanswered}, {@link KvResult.Overloaded} or
   *     {@link KvResult.Unavailable}; never fails
   */
  public CompletionStage<KvResult> commands(
      KvOperation.Commands operation, String correlationId, Duration patience) {
    int shard = KvKeys.shardOf(operation.key(), shards);
    var caller = new KvStore.Caller(correlationId, KvStore.Consistency.CONSISTENT, false);
    return calls.run(shard, List.of(operation), caller, patience.toNanos()).get(0);
  }

  /** As {@link KvStore#runAll}. */
  public CompletionStage<List<KvResult>> runAll(
      List<KvOperation> operations, KvStore.Caller caller) {
    Map<Integer, List<Integer>> byShard = new TreeMap<>();
    for (int i = 0; i < operations.size(); i++) {
      int shard = KvKeys.shardOf(operations.get(i).key(), shards);
      byShard.computeIfAbsent(shard, none -> new ArrayList<>()).add(i);
    }
    List<CompletableFuture<KvResult>> results = new ArrayList<>();
    operations.forEach(each -> results.add(new CompletableFuture<>()));
    byShard.forEach((shard, indexes) -> runParts(shard, indexes, operations, caller, results));
    return CompletableFuture.allOf(results.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> results.stream().map(each -> each.getNow(NOT_ANSWERED)).toList());
  }

  /** Sends the operations of one shard in parts that fit into a message. */
  private void runParts(
      int shard,
      List<Integer> indexes,
      List<KvOperation> operations,
      KvStore.Caller caller,
      List<CompletableFuture<KvResult>> results) {
    var part = new ArrayList<KvOperation>();
    long bytes = 0;
    int first = 0;
    for (int i = 0; i <= indexes.size(); i++) {
      KvOperation operation = i == indexes.size() ? null : operations.get(indexes.get(i));
      boolean full =
          operation == null
              || part.size() == PART_OPERATIONS
              || (!part.isEmpty() && bytes + operation.weight() > PART_BYTES);
      if (full) {
        var answers = calls.run(shard, part, caller, patienceNanos);
        for (int j = 0; j < answers.size(); j++) {
          results.set(indexes.get(first + j), answers.get(j));
        }
        first = i;
        part.clear();
        bytes = 0;
      }
      if (operation != null) {
        part.add(operation);
        bytes += operation.weight();
      }
    }
  }

  /**
   * As {@link KvStore#list}.
   *
   * @param positions writes the position, if one is wanted
   */
  CompletionStage<KvStore.Listed> list(
      KvStore.ListQuery query, KvStore.Caller caller, @Nullable PositionMaker positions) {
    long started = clock.nanos();
    boolean stale = caller.consistency() == KvStore.Consistency.STALE;
    List<Integer> asked =
        KvKeys.hasTag(query.prefix())
            ? List.of(KvKeys.shardOf(query.prefix(), shards))
            : IntStream.range(0, shards).boxed().toList();
    return KvLister.list(
            calls,
            clock,
            asked,
            query,
            stale,
            patienceNanos,
            query.wantsPosition() ? positions : null)
        .thenApply(
            listed -> {
              metrics.answered(clock.nanos() - started);
              metrics.operated(KvMetrics.LIST, 1, listed.failure() != null);
              return listed;
            });
  }

  /** As {@link KvStore#fenceMarks}. */
  public CompletionStage<Optional<List<KvStore.Mark>>> fenceMarks(String lock) {
    return askAll(new KvShard.MarkOf(lock), patienceNanos)
        .thenApply(
            contents -> {
              var marks = new ArrayList<KvStore.Mark>();
              for (int i = 0; i < contents.size(); i++) {
                if (!(contents.get(i) instanceof KvAnswer.Marked marked)) {
                  return Optional.empty();
                }
                if (marked.token() > 0) {
                  marks.add(new KvStore.Mark(i, marked.token()));
                }
              }
              return Optional.of(List.copyOf(marks));
            });
  }

  /** As {@link KvStore#forgetFence}. */
  public CompletionStage<Optional<Integer>> forgetFence(String lock) {
    return askAll(new KvShard.Forget(lock), patienceNanos)
        .thenApply(
            contents -> {
              int forgotten = 0;
              for (KvAnswer.Content each : contents) {
                if (!(each instanceof KvAnswer.Forgotten done)) {
                  return Optional.empty();
                }
                forgotten += done.existed() ? 1 : 0;
              }
              return Optional.of(forgotten);
            });
  }

  /**
   * As {@link KvStore#stats}.
   *
   * @param watchers of this node
   */
  public CompletionStage<KvStore.Stats> stats(int watchers) {
    long patience = Math.min(patienceNanos, KvService.FIGURES_NANOS);
    return askAll(new KvShard.Measure(), patience)
        .thenApply(
            contents -> {
              var stats = new ArrayList<KvStore.ShardStats>();
              for (KvAnswer.Content each : contents) {
                if (each instanceof KvAnswer.Measured measured) {
                  stats.add(measured.stats());
                }
              }
              return new KvStore.Stats(stats, shards - stats.size(), watchers);
            });
  }

  /** What all shards say, by number. */
  private CompletionStage<List<KvAnswer.Content>> askAll(KvShard.Question question, long patience) {
    var answers = new ArrayList<CompletableFuture<KvAnswer.Content>>();
    for (int i = 0; i < shards; i++) {
      answers.add(calls.ask(i, question, false, patience));
    }
    return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> answers.stream().map(each -> each.getNow(NO_CONTENT)).toList());
  }
}
