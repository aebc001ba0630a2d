package io.leasehold.http.access;

import java.util.Optional;
import org.apache.pekko.NotUsed;
import org.apache.pekko.dispatch.Dispatchers;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** Decides which answers may be compressed, and does it. No state; safe for any thread. */
final class Compression {
  /** Below it compressing costs more than it saves. */
  private static final int MIN_BYTES = 1_024;

  /** Compressed at once, in about a millisecond. */
  private static final int SLICE_BYTES = 32 * 1_024;

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

  /** A stream is compressed as it goes, and so is what is large: others want their turn. */
  static HttpResponse applied(HttpResponse response) {
    if (response.entity() instanceof HttpEntity.Strict strict) {
      ByteString data = strict.getData();
      if (data.size() <= SLICE_BYTES) {
        byte[] zipped = Gzip.zipped(data.toArray());
        return response
            .withEntity(strict.getContentType(), ByteString.fromArrayUnsafe(zipped))
            .addHeader(GZIP);
      }
      return response
          .withEntity(HttpEntities.create(strict.getContentType(), slices(data).via(gzip())))
          .addHeader(GZIP);
    }
    return response.transformEntityDataBytes(gzip()).addHeader(GZIP);
  }

  /** Not in the thread of a connection, which serves others too. */
  private static Flow<ByteString, ByteString, NotUsed> gzip() {
    return org.apache.pekko.stream.javadsl.Compression.gzip()
        .async(Dispatchers.DefaultDispatcherId());
  }

  private static Source<ByteString, NotUsed> slices(ByteString data) {
    return Source.unfold(
        0,
        from -> {
          int to = Math.min(from + SLICE_BYTES, data.size());
          return from == to
              ? Optional.<Pair<Integer, ByteString>>empty()
              : Optional.of(Pair.create(to, data.slice(from, to)));
        });
  }
}
