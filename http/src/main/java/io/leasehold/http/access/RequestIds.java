package io.leasehold.http.access;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The two ids that every answer and every log line of a request carry. The client's own are taken
 * over only if they can do no harm in a header, in a log or in a page.
 */
final class RequestIds {
  static final String CORRELATION_HEADER = "X-Correlation-ID";
  static final String REQUEST_HEADER = "X-Request-ID";

  /** The same, to be sent. */
  static final AnswerHeader.Name CORRELATION = new AnswerHeader.Name(CORRELATION_HEADER);

  static final AnswerHeader.Name REQUEST = new AnswerHeader.Name(REQUEST_HEADER);

  private static final int MAX_CHARS = 64;

  private RequestIds() {}

  /** The client's id, or one of ours. */
  static String correlation(@Nullable String sent) {
    return sent != null && isHarmless(sent) ? sent : made("cor_");
  }

  /** The same for the id of this one request. */
  static String request(@Nullable String sent) {
    return sent != null && isHarmless(sent) ? sent : made("req_");
  }

  /** 1 to {@value #MAX_CHARS} visible ASCII characters. */
  private static boolean isHarmless(String id) {
    if (id.isEmpty() || id.length() > MAX_CHARS) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      if (id.charAt(i) < 0x21 || id.charAt(i) > 0x7e) {
        return false;
      }
    }
    return true;
  }

  private static String made(String prefix) {
    return prefix + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }
}
