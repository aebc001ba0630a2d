package io.leasehold.http.access;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** Reads the bodies of requests whole, within their limit. Safe for any thread. */
final class BodyReader {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What is read of a body that nobody wants, so that its sender hears why instead of finding the
   * connection cut; whoever sends more is cut off.
   */
  private static final long MAX_DISCARDED = 64L * 1_024 * 1_024;

  private final long maxBytes;
  private final long maxBytesTogether;
  private final Materializer materializer;
  private final AtomicLong together = new AtomicLong();

  /**
   * @param maxBytes of one body
   * @param maxBytesTogether of all bodies that are read or worked on at a time, those left out that
   *     come with the head of their request
   */
  BodyReader(long maxBytes, long maxBytesTogether, Materializer materializer) {
    this.maxBytes = maxBytes;
    this.maxBytesTogether = maxBytesTogether;
    this.materializer = materializer;
  }

  /**
   * The body if it came with the head of the request, as a small one does; null if it is still on
   * its way.
   */
  @Nullable ByteString ifRead(HttpRequest request) {
    if (!(request.entity() instanceof HttpEntity.Strict strict)) {
      return null;
    }
    if (strict.getData().size() > maxBytes) {
      throw tooLarge(strict.getData().size());
    }
    return strict.getData();
  }

  /**
   * Reads the body and gives it on. Fails with {@link Refused}, also if there is no room for it.
   *
   * @param next works on it
   */
  <T> CompletionStage<T> read(
      HttpRequest request, boolean expectsContinue, Function<ByteString, CompletionStage<T>> next) {
    long announced = request.entity().getContentLengthOption().orElse(maxBytes);
    Refused refused = announced > maxBytes ? tooLarge(announced) : reserve(announced);
    if (refused != null) {
      return unread(request, expectsContinue, CompletableFuture.failedFuture(refused));
    }
    return whole(request)
        .thenCompose(next)
        .whenComplete((done, failure) -> together.addAndGet(-announced));
  }

  private @Nullable Refused reserve(long bytes) {
    if (together.addAndGet(bytes) <= maxBytesTogether) {
      return null;
    }
    together.addAndGet(-bytes);
    return new Refused(
        Answer.Problem.OVERLOADED,
        "bodies of " + maxBytesTogether + " bytes are worked on already",
        Map.of("outcome", "not_applied"));
  }

  /** What is left of a body that is too large is read too, so that its sender hears why. */
  private CompletionStage<ByteString> whole(HttpRequest request) {
    return request
        .entity()
        .withSizeLimit(MAX_DISCARDED)
        .getDataBytes()
        .completionTimeout(PATIENCE)
        .runFold(new Collected(ByteString.emptyByteString(), 0), this::collect, materializer)
        .handle(
            (all, failure) -> {
              if (all == null) {
                throw whyNot(failure);
              }
              if (all.bytes() > maxBytes) {
                throw tooLarge(all.bytes());
              }
              return all.data();
            });
  }

  private Collected collect(Collected before, ByteString next) {
    long bytes = before.bytes() + next.size();
    ByteString data = bytes > maxBytes ? ByteString.emptyByteString() : before.data().concat(next);
    return new Collected(data, bytes);
  }

  /**
   * A body on its way.
   *
   * @param data empty once it is too large
   */
  private record Collected(ByteString data, long bytes) {}

  private RuntimeException whyNot(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof EntityStreamSizeException) {
      return tooLarge(MAX_DISCARDED);
    }
    if (cause instanceof TimeoutException) {
      return new Refused(
          Answer.Problem.INVALID_REQUEST,
          "the body did not come within " + PATIENCE.toSeconds() + " s");
    }
    if (cause instanceof EntityStreamException) {
      return new Refused(Answer.Problem.INVALID_REQUEST, "the body is not framed as HTTP has it");
    }
    return new CompletionException(cause);
  }

  private Refused tooLarge(long bytes) {
    return new Refused(
        Answer.Problem.BODY_TOO_LARGE,
        "a body of " + bytes + " bytes or more exceeds http.max-body = " + maxBytes + " bytes");
  }

  /**
   * Answers a request whose body nobody wants, once the body is read off: an answer in the middle
   * of a body closes the connection, and a client that still sends then sees the connection cut
   * instead of the answer. A client that waits for a word before it sends just gets the answer
   * instead.
   */
  <T> CompletionStage<T> unread(
      HttpRequest request, boolean expectsContinue, CompletionStage<T> answer) {
    if (request.entity() instanceof HttpEntity.Strict || expectsContinue) {
      return answer;
    }
    return request
        .entity()
        .withSizeLimit(MAX_DISCARDED)
        .getDataBytes()
        .completionTimeout(PATIENCE)
        .runWith(Sink.ignore(), materializer)
        .handle((done, failure) -> answer) // however it ended, there is no more to wait for
        .thenCompose(Function.identity());
  }
}
