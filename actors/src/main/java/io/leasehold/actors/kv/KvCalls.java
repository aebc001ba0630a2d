package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.kv.redis.ReplyCodec;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.time.Clock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a node that its shards, wherever they are, have not answered. Requests and
 * answers are single messages that carry a number; what does not come is ended here, in bulk. Safe
 * for any thread.
 *
 * <p>What a moving shard did not look at is sent again, unless a later request on the same key is
 * open, whose turn it could miss.
 */
final class KvCalls implements AnswerDesk {
  /** Enough for a thousand full batches a second at 50 ms each. */
  static final int MAX_OPEN = 50_000;

  /** One open request. */
  private abstract static class Call {
    final long number;
    final int shard;
    final boolean stale;
    final long startedNanos;
    final long patienceNanos;

    Call(long number, int shard, boolean stale, long startedNanos, long patienceNanos) {
      this.number = number;
      this.shard = shard;
      this.stale = stale;
      this.startedNanos = startedNanos;
      this.patienceNanos = patienceNanos;
    }
  }

  private static final class RunCall extends Call {
    final KvOperation operation;
    final Bytes orderKey;
    final String correlationId;
    final CompletableFuture<KvResult> result = new CompletableFuture<>();

    /** The first results of a transaction, or pieces of replies; guarded by this call. */
    @Nullable List<KvResult> parts;

    RunCall(
        long number,
        int shard,
        boolean stale,
        long startedNanos,
        long patienceNanos,
        KvOperation operation,
        String correlationId) {
      super(number, shard, stale, startedNanos, patienceNanos);
      this.operation = operation;
      this.orderKey = KvKeys.hashPart(operation.key());
      this.correlationId = correlationId;
    }

    boolean isOfInstance() {
      return operation instanceof KvOperation.Commands;
    }
  }

  private static final class AskCall extends Call {
    final KvShard.Question question;
    final CompletableFuture<KvAnswer.Content> content = new CompletableFuture<>();

    AskCall(
        long number,
        int shard,
        boolean stale,
        long startedNanos,
        long patienceNanos,
        KvShard.Question question) {
      super(number, shard, stale, startedNanos, patienceNanos);
      this.question = question;
    }
  }

  private final Clock clock;
  private final ShardRouter router;
  private final KvMetrics metrics;
  private final long maxOpenBytes;
  private final AtomicLong lastNumber = new AtomicLong();
  private final AtomicInteger openCalls = new AtomicInteger();
  private final AtomicLong openBytes = new AtomicLong();
  private final Map<Long, Call> open = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Call> toRepeat = new ConcurrentLinkedQueue<>();
  private volatile @Nullable ActorRef<KvAnswer> desk;

  /**
   * @param maxOpenBytes what open requests may bring together
   */
  KvCalls(Clock clock, ShardRouter router, KvMetrics metrics, long maxOpenBytes) {
    this.clock = clock;
    this.router = router;
    this.metrics = metrics;
    this.maxOpenBytes = maxOpenBytes;
  }

  @Override
  public @Nullable ActorRef<KvAnswer> ref() {
    return desk;
  }

  /** Where answers from elsewhere go to, which hands them to {@link #answered}. */
  void desk(ActorRef<KvAnswer> ref) {
    desk = ref;
  }

  /**
   * Has operations of one shard run, together in one message.
   *
   * @return what each comes to, in their order
   */
  List<CompletableFuture<KvResult>> run(
      int shard, List<KvOperation> operations, KvStore.Caller caller, long patienceNanos) {
    boolean stale = caller.consistency() == KvStore.Consistency.STALE;
    long now = clock.nanos();
    var results = new ArrayList<CompletableFuture<KvResult>>(operations.size());
    var requests = new ArrayList<KvShard.Request>(operations.size());
    for (KvOperation operation : operations) {
      var call =
          new RunCall(
              lastNumber.incrementAndGet(),
              shard,
              stale,
              now,
              patienceNanos,
              operation,
              caller.correlationId());
      results.add(call.result);
      var refused = whyNotOpened(call, operation.weight());
      if (refused != null) {
        call.result.complete(refused);
      } else {
        requests.add(new KvShard.Request(call.number, operation));
      }
    }
    if (!requests.isEmpty()) {
      router.tell(new KvShard.Run(shard, caller.correlationId(), stale, requests, replyTo()));
    }
    return results;
  }

  /** Asks one shard something. Never fails: see {@link KvAnswer.Failed}. */
  CompletableFuture<KvAnswer.Content> ask(
      int shard, KvShard.Question question, boolean stale, long patienceNanos) {
    var call =
        new AskCall(
            lastNumber.incrementAndGet(), shard, stale, clock.nanos(), patienceNanos, question);
    var refused = whyNotOpened(call, 0);
    if (refused != null) {
      call.content.complete(new KvAnswer.Failed(refused));
    } else {
      send(call);
    }
    return call.content;
  }

  private ActorRef<KvAnswer> replyTo() {
    var ref = desk;
    if (ref == null) {
      throw new IllegalStateException("the desk has not been started");
    }
    return ref;
  }

  private void send(Call call) {
    if (call instanceof RunCall run) {
      router.tell(
          new KvShard.Run(
              run.shard,
              run.correlationId,
              run.stale,
              List.of(new KvShard.Request(run.number, run.operation)),
              replyTo()));
    } else if (call instanceof AskCall ask) {
      router.tell(new KvShard.Ask(ask.shard, ask.number, ask.stale, ask.question, replyTo()));
    }
  }

  private @Nullable KvResult whyNotOpened(Call call, long bytes) {
    if (router.isClosed()) {
      return new KvResult.Unavailable("this node stops", false);
    }
    if (openCalls.incrementAndGet() > MAX_OPEN) {
      openCalls.decrementAndGet();
      return new KvResult.Overloaded(
          MAX_OPEN + " operations of this node are open, that is as many as may be");
    }
    if (openBytes.addAndGet(bytes) > maxOpenBytes && bytes > 0) {
      openCalls.decrementAndGet();
      openBytes.addAndGet(-bytes);
      return new KvResult.Overloaded(
          "open operations of this node have more than " + maxOpenBytes + " bytes");
    }
    open.put(call.number, call);
    return null;
  }

  private @Nullable Call close(long number) {
    Call call = open.remove(number);
    if (call != null) {
      openCalls.decrementAndGet();
      openBytes.addAndGet(call instanceof RunCall run ? -run.operation.weight() : 0);
    }
    return call;
  }

  /**
   * Takes an answer; one that nobody waits for any more is left aside. Called by the actor of the
   * desk, and by shards of this node: the answers to one request by one of them at a time.
   */
  @Override
  public void answered(KvAnswer answer) {
    if (answer instanceof KvAnswer.Results results) {
      results.results().forEach(this::onResult);
    } else if (answer instanceof KvAnswer.Report report) {
      if (report.content() instanceof KvAnswer.Moved) {
        repeatLater(report.number());
      } else if (close(report.number()) instanceof AskCall ask) {
        ask.content.complete(report.content());
      }
    }
  }

  private void onResult(KvAnswer.Result answer) {
    KvResult result = answer.result();
    if (result == null) {
      repeatLater(answer.number());
    } else if (answer.isPart()) {
      if (open.get(answer.number()) instanceof RunCall run) {
        addPart(run, result);
      }
    } else if (close(answer.number()) instanceof RunCall run) {
      count(run);
      run.result.complete(whole(run, result));
    }
  }

  /** Commands of instances are no requests of the store: who sends them counts them. */
  private void count(RunCall run) {
    if (!run.isOfInstance()) {
      metrics.answered(clock.nanos() - run.startedNanos);
    }
  }

  private static void addPart(RunCall run, KvResult result) {
    synchronized (run) {
      var parts = run.parts;
      if (parts == null) {
        parts = new ArrayList<>();
        run.parts = parts;
      }
      if (result instanceof KvResult.Applied applied) {
        parts.addAll(applied.results());
      } else {
        parts.add(result);
      }
    }
  }

  private static KvResult whole(RunCall run, KvResult last) {
    List<KvResult> parts;
    synchronized (run) {
      parts = run.parts == null ? new ArrayList<>() : run.parts;
    }
    if (last instanceof KvResult.ReplyBytes) {
      parts.add(last);
      return replies(parts);
    }
    if (parts.isEmpty() || !(last instanceof KvResult.Applied applied)) {
      return last;
    }
    parts.addAll(applied.results());
    return new KvResult.Applied(parts, applied.version());
  }

  /** The pieces of replies, put together. */
  private static KvResult replies(List<KvResult> pieces) {
    int size = 0;
    for (KvResult each : pieces) {
      size += each instanceof KvResult.ReplyBytes piece ? piece.bytes().size() : 0;
    }
    var bytes = ByteBuffer.allocate(size);
    for (KvResult each : pieces) {
      if (each instanceof KvResult.ReplyBytes piece) {
        bytes.put(piece.bytes().array());
      }
    }
    return new KvResult.Replies(ReplyCodec.readAll(new ByteReader(bytes.array())));
  }

  private void repeatLater(long number) {
    Call call = open.get(number);
    if (call != null) {
      toRepeat.add(call);
    }
  }

  /** Called some twenty times a second: repeats what was not looked at, ends what is too late. */
  void tick() {
    repeat();
    long now = clock.nanos();
    for (Call call : open.values()) {
      if (now - call.startedNanos >= call.patienceNanos && close(call.number) != null) {
        long millis = call.patienceNanos / 1_000_000;
        if (call instanceof RunCall run && run.isOfInstance()) {
          run.result.complete(new KvResult.Unanswered(millis));
        } else {
          end(call, "did not answer within " + millis + " ms", true);
        }
      }
    }
  }

  private void repeat() {
    var again = new ArrayList<Call>();
    for (Call call = toRepeat.poll(); call != null; call = toRepeat.poll()) {
      if (open.containsKey(call.number)) {
        again.add(call);
      }
    }
    for (Call call : again) {
      if (call instanceof RunCall run && isOvertaken(run, again)) {
        close(call.number);
        end(call, "moves to another node", false);
      } else {
        send(call);
      }
    }
  }

  /** Whether a later request on the same key may be ahead of it by now. */
  private boolean isOvertaken(RunCall call, List<Call> again) {
    for (Call each : open.values()) {
      if (each instanceof RunCall other
          && other.number > call.number
          && other.shard == call.shard
          && other.orderKey.equals(call.orderKey)
          && !again.contains(other)) {
        return true;
      }
    }
    return false;
  }

  private void end(Call call, String why, boolean sent) {
    String message = "shard " + call.shard + " " + why;
    if (call instanceof RunCall run) {
      boolean changes = !run.operation.isRead() || run.operation.fence() != null;
      count(run);
      run.result.complete(new KvResult.Unavailable(message, sent && changes));
    } else if (call instanceof AskCall ask) {
      ask.content.complete(new KvAnswer.Failed(new KvResult.Unavailable(message, sent)));
    }
  }

  /** The node stops: nothing that is open will be answered. */
  void end() {
    for (Call call : open.values()) {
      if (close(call.number) != null) {
        end(call, "was not waited for: this node stops", true);
      }
    }
  }
}
