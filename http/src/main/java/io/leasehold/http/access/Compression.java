package io.leasehold.http.access;

import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.util.ByteString;

/** Decides which answers may be compressed, and does it. No state; safe for any thread. */
final class Compression {
  /** Below it compressing costs more than it saves. */
  private static final int MIN_BYTES = 1_024;

  private static final HttpHeader GZIP = RawHeader.create("Content-Encoding", "gzip");
  private static final String EVENT_STREAM = "text/event-stream";

  private Compression() {}

  /** Never a stream of events: each must leave at once. */
  static boolean mayApply(HttpResponse response) {
    HttpEntity entity = response.entity();
    if (entity instanceof HttpEntity.Strict strict && strict.getData().size() <= MIN_BYTES) {
      return false;
    }
    if (entity.getContentType().mediaType().toString().equals(EVENT_STREAM)) {
      return false;
    }
    return response.getHeader("Content-Encoding").isEmpty();
  }

  /** A stream is compressed as it goes. */
  static HttpResponse applied(HttpResponse response) {
    if (response.entity() instanceof HttpEntity.Strict strict) {
      byte[] zipped = Gzip.zipped(strict.getData().toArray());
      return response
          .withEntity(strict.getContentType(), ByteString.fromArrayUnsafe(zipped))
          .addHeader(GZIP);
    }
    return response
        .transformEntityDataBytes(org.apache.pekko.stream.javadsl.Compression.gzip())
        .addHeader(GZIP);
  }
}
