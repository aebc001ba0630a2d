package io.leasehold.streams.lock;

import io.leasehold.actors.lock.LockActor;
import io.leasehold.actors.lock.LockMessage;
import io.leasehold.actors.lock.LockReplies;
import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.streams.lock.wire.Action;
import io.leasehold.streams.lock.wire.AnswerWriter;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.RequestReader;
import io.leasehold.streams.lock.wire.WireError;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
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
  private final BackOff backOff;
  private final Duration requestTimeout;

  /** A desk that asks the service of this node. */
  public ResourceDesk(
      ActorSystem<?> system,
      LockService locks,
      LockTraffic traffic,
      BackOff backOff,
      Duration requestTimeout) {
    this.system = system;
    this.locks = locks;
    this.traffic = traffic;
    this.backOff = backOff;
    this.requestTimeout = requestTimeout;
  }

  /** Takes one body of at most {@link WireError#MAX_LINE_BYTES}; the caller may ask. */
  public CompletionStage<Reply> acquire(byte[] body) {
    traffic.lines(1);
    if (body.length > WireError.MAX_LINE_BYTES) {
      return failed(WireError.bodyTooLong());
    }
    var reader = RequestReader.forResources();
    WireError error = reader.read(body, 0, body.length);
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
    var acquire = attempts < 0 ? asked : waiting(asked, backOff.total(attempts));
    return ask(reader.key(), acquire, MOVES);
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

  private CompletionStage<Reply> ask(String key, LockOperation.Acquire acquire, int movesLeft) {
    long started = locks.clock().nanos();
    boolean waits = acquire.waitMillis() > 0;
    return AskPattern.<LockMessage, LockReplies>ask(
            locks.region(),
            replyTo ->
                new LockActor.Deliver(key, List.of(new LockActor.Request(0, acquire)), replyTo),
            requestTimeout.plusMillis(acquire.waitMillis()),
            system.scheduler())
        .handle(
            (replies, failure) -> {
              long nanos = waits ? -1 : locks.clock().nanos() - started;
              if (replies == null) {
                return CompletableFuture.completedFuture(error(unavailable(failure), nanos));
              }
              if (replies.answer(0) instanceof LockAnswer.Moved && movesLeft > 0) {
                return ask(key, acquire, movesLeft - 1);
              }
              return CompletableFuture.completedFuture(
                  reply(key, acquire.owner(), replies.answer(0), nanos));
            })
        .thenCompose(reply -> reply);
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
