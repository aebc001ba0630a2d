package io.leasehold.http.access;

import java.util.Map;
import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.ParsingErrorHandler;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;

/**
 * Answers what is no HTTP request that the server can read, in the same form as all other errors.
 * Found by the server by its name; has no state.
 */
public final class IllegalRequests extends ParsingErrorHandler {
  /** By this name the server looks for the one instance. */
  @SuppressWarnings("unused")
  public static final IllegalRequests MODULE$ = new IllegalRequests();

  private static final int CONTENT_TOO_LARGE = 413;
  private static final int TARGET_TOO_LONG = 414;
  private static final int NOT_IMPLEMENTED = 501;
  private static final String METHODS = "DELETE, GET, HEAD, OPTIONS, POST, PUT";

  private IllegalRequests() {}

  @Override
  public HttpResponse handle(
      StatusCode status, ErrorInfo error, LoggingAdapter log, ServerSettings settings) {
    String correlationId = RequestIds.correlation(null);
    // the summary is the server's own text; the details would repeat what the client sent
    HttpResponse response =
        switch (status.intValue()) {
          case CONTENT_TOO_LARGE ->
              Answers.error(
                  Answer.Problem.BODY_TOO_LARGE, error.summary(), correlationId, Map.of());
          case NOT_IMPLEMENTED ->
              Answers.response(
                  Answer.error(
                          Answer.Problem.METHOD_NOT_ALLOWED,
                          "the request uses a method or coding that is not known here",
                          correlationId)
                      .with("Allow", METHODS));
          case TARGET_TOO_LONG ->
              Answers.error(
                      Answer.Problem.INVALID_REQUEST, error.summary(), correlationId, Map.of())
                  .withStatus(StatusCodes.URI_TOO_LONG);
          default ->
              Answers.error(
                  Answer.Problem.INVALID_REQUEST, error.summary(), correlationId, Map.of());
        };
    return response
        .addHeader(RawHeader.create(RequestIds.CORRELATION_HEADER, correlationId))
        .addHeader(RawHeader.create(RequestIds.REQUEST_HEADER, RequestIds.request(null)));
  }
}
