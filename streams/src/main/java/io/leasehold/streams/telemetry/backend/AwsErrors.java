package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.value.Shown;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** What an error of AWS, or of what speaks its protocols, means for the batch. */
final class AwsErrors {
  private static final int MAX_TEXT = 300;
  private static final Pattern SECONDS = Pattern.compile("\\d{1,6}");

  /** The answer is not about the batch: another place is meant than the settings say. */
  private static final Set<String> SETTINGS =
      Set.of(
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException",
          "InvalidBucketName",
          "PermanentRedirect");

  private AwsErrors() {}

  /**
   * The kind follows the code of the error; everything unknown is worth another try.
   *
   * @param content codes with which the service speaks of what is in the batch
   * @throws InterruptedException if that is why it failed
   */
  static BackendException of(SdkException failure, Set<String> content)
      throws InterruptedException {
    if (failure instanceof AbortedException || Thread.interrupted()) {
      throw new InterruptedException();
    }
    String text = text(failure);
    if (!(failure instanceof AwsServiceException answer)) {
      String reason =
          failure instanceof ApiCallTimeoutException
              ? "timeout"
              : text.contains("redentials") ? "credentials" : "connection";
      return BackendException.retryable(reason, text, failure).unknown();
    }
    String code = code(answer);
    if (SETTINGS.contains(code) || answer.statusCode() == 301) {
      return BackendException.misconfigured(
          "config: wrong region, endpoint or bucket: " + text, failure);
    }
    if (content.contains(code)) {
      return BackendException.data(text, failure);
    }
    BackendException again = BackendException.retryable(reason(answer), text, failure);
    Duration pause = retryAfter(answer);
    if (answer.statusCode() >= 500) {
      again = again.unknown();
    }
    return pause == null ? again : again.after(pause);
  }

  /**
   * What the client of HTTP throws itself when its connections are closed under it is a failure
   * like others; anything else that is not from the SDK is thrown on.
   */
  static SdkException sdk(RuntimeException failure, boolean isClosed) {
    if (failure instanceof SdkException known) {
      return known;
    }
    if (isClosed) {
      return SdkException.create("the connections were closed", failure);
    }
    throw failure;
  }

  private static String reason(AwsServiceException answer) {
    int status = answer.statusCode();
    if (answer.isThrottlingException() || status == 429 || status == 503) {
      return "throttled";
    }
    boolean missing = status == 404 || code(answer).startsWith("ResourceNotFound");
    return status >= 500 ? "server" : missing ? "not_found" : "refused";
  }

  /** Empty if it is no answer. */
  static String codeOf(SdkException failure) {
    return failure instanceof AwsServiceException answer ? code(answer) : "";
  }

  /** Empty if the answer has none, such as one to HEAD. */
  static String code(AwsServiceException answer) {
    AwsErrorDetails details = answer.awsErrorDetails();
    String code = details == null ? null : details.errorCode();
    return code == null ? "" : code;
  }

  /** Code and words of the service, or what kept us from asking it; cut, without secrets. */
  static String text(SdkException failure) {
    String words;
    if (failure instanceof AwsServiceException answer) {
      AwsErrorDetails details = answer.awsErrorDetails();
      String message = details == null ? "" : details.errorMessage();
      words = answer.statusCode() + " " + code(answer) + ' ' + (message == null ? "" : message);
    } else {
      Throwable cause = failure.getCause();
      words = failure.getMessage() + (cause == null ? "" : " (" + cause + ')');
    }
    String whole = Shown.whole(words.trim());
    return whole.length() <= MAX_TEXT ? whole : whole.substring(0, MAX_TEXT) + "…";
  }

  private static @Nullable Duration retryAfter(AwsServiceException answer) {
    AwsErrorDetails details = answer.awsErrorDetails();
    if (details == null || details.sdkHttpResponse() == null) {
      return null;
    }
    return details
        .sdkHttpResponse()
        .firstMatchingHeader("Retry-After")
        .filter(each -> SECONDS.matcher(each).matches())
        .map(each -> Duration.ofSeconds(Long.parseLong(each)))
        .orElse(null);
  }
}
