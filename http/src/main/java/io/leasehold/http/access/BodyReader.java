package io.leasehold.http.access;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;
import org.apache.pekko.stream.Materializer;
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
  private final Materializer materializer;

  BodyReader(long maxBytes, Materializer materializer) {
    this.maxBytes = maxBytes;
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

  /** The body once it is there. Fails with {@link Refused}. */
  CompletionStage<ByteString> read(HttpRequest request, boolean expectsContinue) {
    long announced = request.entity().getContentLengthOption().orElse(0);
    if (announced > maxBytes) {
      discard(request, expectsContinue);
      return CompletableFuture.failedFuture(tooLarge(announced));
    }
    return request
        .entity()
        .withSizeLimit(maxBytes)
        .toStrict(PATIENCE.toMillis(), maxBytes, materializer)
        .handle(
            (whole, failure) -> {
              if (whole == null) {
                throw whyNot(failure);
              }
              return whole.getData();
            });
  }

  private RuntimeException whyNot(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof EntityStreamSizeException) {
      return tooLarge(0);
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
        (bytes == 0 ? "the body" : "a body of " + bytes + " bytes")
            + " exceeds http.max-body = "
            + maxBytes
            + " bytes");
  }

  /** Reads what nobody wants; a client that waits for a word just gets the answer instead. */
  void discard(HttpRequest request, boolean expectsContinue) {
    if (!(request.entity() instanceof HttpEntity.Strict) && !expectsContinue) {
      request.entity().withSizeLimit(MAX_DISCARDED).discardBytes(materializer);
    }
  }
}
