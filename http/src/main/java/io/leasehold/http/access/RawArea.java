package io.leasehold.http.access;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * All requests of the application port whose path begins with one segment, and which have their own
 * forms, their own order of checks and their own errors. The door gives their answers the ids that
 * every answer has, counts and logs them. Safe for any thread.
 */
public interface RawArea {
  /** The first segment of the path. */
  String segment();

  /** Templates of paths, as metrics and logs show them, with the methods of each. */
  Map<String, List<String>> templates();

  /** Bytes of a request target; the area itself says what is wrong with one up to twice as long. */
  int maxUri();

  /** Bytes of a body that is read. */
  long maxBody();

  /** Answers a request. Called by any thread; must not block; never fails its stage. */
  CompletionStage<Reply> answer(RawCall call);

  /**
   * An answer.
   *
   * @param template one of {@link #templates}
   * @param headers that it has besides those of the response: each time some are added to that, it
   *     is made again
   */
  record Reply(String template, HttpResponse response, List<HttpHeader> headers) {}
}
