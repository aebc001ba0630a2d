package io.leasehold.streams.lock;

import io.leasehold.actors.lock.LockActor;
import io.leasehold.actors.lock.LockReplies;
import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.streams.lock.wire.Action;
import io.leasehold.streams.lock.wire.AnswerWriter;
import io.leasehold.streams.lock.wire.ErrorCode;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.RequestReader;
import io.leasehold.streams.lock.wire.WireError;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;

/**
 * The convenience form of an acquire, {@code POST /lock}: a resource instead of a key, retries
 * instead of a wait. The retries are not made: they become one wait in the queue, as long as the
 * delays between them together. Safe for any thread.
 */
public final class ResourceDesk {
  /** How often a request is asked again because its key has moved to another node. */
  private static final int MOVES = 3;

  /** Each request has a requester of its own, so that one number does for all. */
  private static final long SEQUENCE = 0;

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

  /**
   * The back-off that decides how long the retries of a request would have taken.
   *
   * @param enabled false: retries are not waited for
   */
  public record BackOff(boolean enabled, Duration initial, Duration max, double multiplier) {

    /** All delays of so many retries together, a minute at most. */
    Duration total(int attempts) {
      double millis = 0;
      double delay = (double) initial.toMillis();
      for (int i = 0; enabled && i < attempts; i++) {
        millis += Math.min(delay, (double) max.toMillis());
        delay *= multiplier;
      }
      return Duration.ofMillis((long) Math.min(millis, (double) LONGEST_WAIT.toMillis()));
    }
  }

  /** What is answered. Not changed once it is made. */
  public static final class Reply {
    private final int status;
    private final byte[] body;

    Reply(int status, LineBuffer body) {
      this.status = status;
      this.body = body.toByteArray();
    }

    public int status() {
      return status;
    }

    public byte[] body() {
      return body;
    }
  }

  private final ActorSystem<?> system;
  private final LockService locks;
  private final LockTraffic traffic;
  private final @Nullable ApiKeys keys;
  private final BackOff backOff;
  private final Duration requestTimeout;

  /**
   * A desk that asks the service of this node.
   *
   * @param keys of which a request must show one; null = anybody may ask
   */
  public ResourceDesk(
      ActorSystem<?> system,
      LockService locks,
      LockTraffic traffic,
      @Nullable ApiKeys keys,
      BackOff backOff,
      Duration requestTimeout) {
    this.system = system;
    this.locks = locks;
    this.traffic = traffic;
    this.keys = keys;
    this.backOff = backOff;
    this.requestTimeout = requestTimeout;
  }

  /** Answers a web page: it must not reach a service of the machine that it is shown on. */
  public CompletionStage<Reply> refuseWebPage() {
    traffic.lines(1);
    return failed(
        WireError.http(
            ErrorCode.FORBIDDEN_ORIGIN,
            "requests of web pages are refused: send no Origin header"));
  }

  /**
   * Takes one body.
   *
   * @param body null if it is too long
   * @param headerKey the key of the head, if any; one in the body counts before it
   * @param ended done when nobody reads the answer any more: a wait ends with it, and what it was
   *     granted is given back
   */
  public CompletionStage<Reply> acquire(
      byte @Nullable [] body, @Nullable String headerKey, CompletionStage<?> ended) {
    traffic.lines(1);
    if (body == null || body.length > WireError.MAX_LINE_BYTES) {
      return failed(WireError.bodyTooLong());
    }
    var reader = RequestReader.forResources();
    WireError error = reader.read(body, 0, body.length);
    error = error == null ? unauthorised(reader, headerKey) : error;
    if (error == null) {
      reader.fixAction(Action.ACQUIRE);
      traffic.recognised(Action.ACQUIRE);
      error = reader.decodeMembers();
    }
    @Nullable WireError[] wrongRetry = {null};
    int attempts = error == null ? reader.retryAttempts(wrongRetry) : -1;
    error = error == null ? wrongRetry[0] : error;
    if (error != null) {
      return failed(error);
    }
    var asked = (LockOperation.Acquire) reader.operation();
    if (asked.waitMillis() > LONGEST_WAIT.toMillis()) {
      return failed(
          WireError.invalidField(
              "wait_ms",
              "must be an integer from 0 to " + LONGEST_WAIT.toMillis() + " here",
              Long.toString(asked.waitMillis())));
    }
    var acquire = attempts < 0 ? asked : waiting(asked, backOff.total(attempts));
    return ask(new Asked(reader.key(), acquire, locks.clock().nanos(), ended), acquire, MOVES);
  }

  private @Nullable WireError unauthorised(RequestReader reader, @Nullable String headerKey) {
    if (keys == null) {
      return null;
    }
    String presented = reader.hasApiKey() ? reader.apiKey() : headerKey;
    ApiKeys.Caller caller = presented == null ? null : keys.callerOf(presented);
    if (caller == null) {
      return WireError.authFailed();
    }
    return caller.may(ApiKeys.Right.USE_LOCKS)
        ? null
        : WireError.forbidden("acquire needs a key with lock:use");
  }

  private static LockOperation.Acquire waiting(LockOperation.Acquire asked, Duration wait) {
    return new LockOperation.Acquire(
        asked.owner(),
        asked.ttlMillis(),
        wait.toMillis(),
        asked.limit(),
        asked.permits(),
        asked.mode(),
        asked.reentrant(),
        asked.metadata(),
        asked.requestId());
  }

  /** A request until it is answered. */
  private record Asked(
      String key, LockOperation.Acquire acquire, long startedNanos, CompletionStage<?> ended) {
    boolean waits() {
      return acquire.waitMillis() > 0;
    }

    /** The lease of a wait that ends after its client did would be nobody's. */
    boolean isInVain() {
      return waits() && ended.toCompletableFuture().isDone();
    }
  }

  private CompletionStage<Reply> ask(Asked asked, LockOperation operation, int movesLeft) {
    var requester = new AtomicReference<@Nullable ActorRef<LockReplies>>();
    CompletionStage<LockReplies> asking =
        AskPattern.ask(
            locks.region(),
            replyTo -> {
              requester.set(replyTo);
              var request = new LockActor.Request(SEQUENCE, operation);
              return new LockActor.Deliver(asked.key(), List.of(request), replyTo);
            },
            requestTimeout.plusMillis(asked.acquire().waitMillis()),
            system.scheduler());
    if (asked.waits()) {
      asked.ended().thenRun(() -> takeBack(asked, requester.getAndSet(null)));
    }
    return asking
        .handle(
            (replies, failure) -> {
              var unanswered = requester.getAndSet(null); // a lease that is read about stays
              if (replies == null) {
                takeBack(asked, unanswered); // a grant that comes now is read by nobody
                return CompletableFuture.completedFuture(error(unavailable(failure), nanos(asked)));
              }
              LockAnswer answer = replies.answer(0);
              if (answer instanceof LockAnswer.Moved && movesLeft > 0 && !asked.isInVain()) {
                return ask(asked, again(asked), movesLeft - 1);
              }
              if (answer instanceof LockAnswer.Granted granted && asked.isInVain()) {
                giveBack(asked.key(), granted.token());
              }
              return CompletableFuture.completedFuture(
                  reply(asked.key(), asked.acquire().owner(), answer, nanos(asked)));
            })
        .thenCompose(reply -> reply);
  }

  /** A wait goes on at another node with the time that it has left. */
  private LockOperation again(Asked asked) {
    long waited = (locks.clock().nanos() - asked.startedNanos()) / 1_000_000;
    return asked.waits() ? new LockOperation.Confirm(asked.acquire(), waited) : asked.acquire();
  }

  private long nanos(Asked asked) {
    return asked.waits() ? -1 : locks.clock().nanos() - asked.startedNanos();
  }

  /** Ends what is left of a request: its wait, or the grant that is on its way. */
  private void takeBack(Asked asked, @Nullable ActorRef<LockReplies> requester) {
    if (requester != null) {
      locks
          .region()
          .tell(new LockActor.Cancel(asked.key(), SEQUENCE, LockActor.Cancel.GONE, requester));
    }
  }

  private void giveBack(String key, long token) {
    var request = new LockActor.Request(SEQUENCE, new LockOperation.GiveBack(token));
    locks.region().tell(new LockActor.Deliver(key, List.of(request), system.ignoreRef()));
  }

  private WireError unavailable(@Nullable Throwable failure) {
    String reason =
        failure instanceof TimeoutException
            ? "owner did not answer within " + requestTimeout.toMillis() + " ms"
            : String.valueOf(failure);
    return WireError.unavailable(reason, true);
  }

  private Reply reply(String key, String owner, LockAnswer answer, long nanos) {
    var out = new LineBuffer(128);
    if (answer instanceof LockAnswer.Granted granted) {
      AnswerWriter.resourceGranted(out, key, owner, granted);
      traffic.answered(Action.ACQUIRE, AnswerWriter.Status.SUCCESS, nanos);
      return new Reply(200, out);
    }
    if (answer instanceof LockAnswer.Refused refused) {
      AnswerWriter.resourceRefused(out, key, refused.reason());
      traffic.answered(Action.ACQUIRE, AnswerWriter.Status.REFUSED, nanos);
      return new Reply(409, out);
    }
    AnswerWriter.answer(out, answer, null);
    var code = AnswerWriter.errorCode(answer);
    traffic.answered(Action.ACQUIRE, AnswerWriter.Status.ERROR, nanos);
    if (code != null) {
      traffic.error(code);
    }
    return new Reply(code == null ? 500 : code.httpStatus(), out);
  }

  private Reply error(WireError error, long nanos) {
    var out = new LineBuffer(128);
    AnswerWriter.error(out, error, null);
    traffic.error(error.code());
    traffic.answered(Action.ACQUIRE, AnswerWriter.Status.ERROR, nanos);
    return new Reply(error.code().httpStatus(), out);
  }

  private CompletionStage<Reply> failed(WireError error) {
    return CompletableFuture.completedFuture(error(error, -1));
  }
}
