package io.leasehold.app.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What one load thread has counted. The thread writes; others may read the counters while it runs,
 * and everything once it has ended.
 */
final class LoadCounts {
  private static final long MAX_NANOS = 60_000_000_000L;
  private static final int MAX_SHOWN_BYTES = 200;

  private final Histogram latencies = new Histogram(1_000, MAX_NANOS, 3);
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private volatile @Nullable String firstUnexpected;

  /** A request within the measured time, answered as expected or not. */
  void answered(long latencyNanos) {
    latencies.recordValue(Math.min(MAX_NANOS, Math.max(0, latencyNanos)));
    operations.lazySet(operations.get() + 1);
  }

  void refused(ByteBuffer in, int start, int end) {
    refusals.lazySet(refusals.get() + 1);
    remember(in, start, end);
  }

  void failed(ByteBuffer in, int start, int end) {
    errors.lazySet(errors.get() + 1);
    remember(in, start, end);
  }

  /** Something broke that is no answer, such as a connection. */
  void broke(String what) {
    errors.lazySet(errors.get() + 1);
    if (firstUnexpected == null) {
      firstUnexpected = what;
    }
  }

  private void remember(ByteBuffer in, int start, int end) {
    if (firstUnexpected == null) {
      byte[] line = new byte[Math.min(MAX_SHOWN_BYTES, end - start)];
      in.get(start, line);
      firstUnexpected = new String(line, UTF_8);
    }
  }

  Histogram latencies() {
    return latencies;
  }

  long operations() {
    return operations.get();
  }

  long refusals() {
    return refusals.get();
  }

  long errors() {
    return errors.get();
  }

  @Nullable String firstUnexpected() {
    return firstUnexpected;
  }
}
