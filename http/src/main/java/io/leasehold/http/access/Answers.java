package io.leasehold.http.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.http.javadsl.model.AttributeKey;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.util.ByteString;

/** Makes responses of the server's kind. No state; safe for any thread. */
public final class Answers {
  /** What an error answer is about, for the door's counters. */
  static final AttributeKey<Answer.Problem> PROBLEM =
      AttributeKey.create("problem", Answer.Problem.class);

  private static final int OK = 200;

  private Answers() {}

  /** An answer of a monitoring route. */
  public static HttpResponse response(Answer answer) {
    var headers = new ArrayList<HttpHeader>(answer.headers().size());
    answer.headers().forEach((name, value) -> headers.add(RawHeader.create(name, value)));
    ContentType type = ContentTypes.parse(answer.contentType());
    var stream = answer.stream();
    return HttpResponse.create()
        .withStatus(StatusCodes.get(answer.status()))
        .withHeaders(headers)
        .withEntity(
            stream == null
                ? HttpEntities.create(type, answer.body())
                : HttpEntities.createChunked(type, stream));
  }

  /**
   * JSON that is written already.
   *
   * @param body taken over: not to be changed any more
   * @param headers besides those every answer has; values must be visible ASCII
   */
  public static HttpResponse json(int status, byte[] body, List<HttpHeader> headers) {
    HttpResponse response =
        HttpResponse.create()
            .withEntity(
                HttpEntities.create(
                    ContentTypes.APPLICATION_JSON, ByteString.fromArrayUnsafe(body)));
    if (!headers.isEmpty()) {
      response = response.withHeaders(headers);
    }
    return status == OK ? response : response.withStatus(StatusCodes.get(status));
  }

  /**
   * The one form of an error.
   *
   * @param members more of the body, behind the others
   */
  public static HttpResponse error(
      Answer.Problem problem, String message, String correlationId, Map<String, Object> members) {
    return marked(response(Answer.error(problem, message, correlationId, members)), problem);
  }

  /** Tells the door's counters what the answer is about. */
  public static HttpResponse marked(HttpResponse response, Answer.Problem problem) {
    return response.addAttribute(PROBLEM, problem);
  }
}
