package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of lines that are no messages: at warn once a second at most. Safe for any thread. */
final class RejectionLog {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int SHOWN_BYTES = 100;
  private static final byte[] TOKEN = "token".getBytes(UTF_8);

  /** The bit that a letter has and its capital has not. */
  private static final int LOWER_CASE = 0x20;

  private final Clock clock;
  private final AtomicLong since = new AtomicLong();
  private final AtomicLong last;
  private final AtomicLong lastUnauthorized;
  private final LongAdder unauthorized = new LongAdder();

  RejectionLog(Clock clock) {
    this.clock = clock;
    this.last = new AtomicLong(clock.nanos() - PAUSE_NANOS);
    this.lastUnauthorized = new AtomicLong(clock.nanos() - PAUSE_NANOS);
  }

  /** A connection that is closed because it may not send: told once a second at most. */
  void unauthorized(String why) {
    long before = lastUnauthorized.get();
    long now = clock.nanos();
    unauthorized.increment();
    if (now - before >= PAUSE_NANOS && lastUnauthorized.compareAndSet(before, now)) {
      LOG.warn(
          "connection closed: {}, {} since the last of these lines",
          why,
          unauthorized.sumThenReset());
    }
  }

  /**
   * One line; empty if nothing of it was kept.
   *
   * @param greets it calls itself a hello
   */
  void rejected(DropReason reason, boolean greets, byte[] bytes, int from, int to) {
    long count = since.incrementAndGet();
    long before = last.get();
    long now = clock.nanos();
    boolean warns = now - before >= PAUSE_NANOS && last.compareAndSet(before, now);
    if (!warns && !LOG.isDebugEnabled()) {
      return;
    }
    String shown =
        greets || namesToken(bytes, from, to)
            ? "not shown, it may have a token"
            : new String(bytes, from, Math.min(to - from, SHOWN_BYTES), UTF_8);
    if (warns) {
      since.addAndGet(-count);
      LOG.warn(
          "line dropped: {}, {} since the last of these lines: {}", reason.wire(), count, shown);
    } else {
      LOG.debug("line dropped: {}: {}", reason.wire(), shown);
    }
  }

  /** The whole line is looked through: what is broken may be a hello that nobody could read. */
  private static boolean namesToken(byte[] bytes, int from, int to) {
    for (int at = from; at <= to - TOKEN.length; at++) {
      int same = 0;
      while (same < TOKEN.length && (bytes[at + same] | LOWER_CASE) == TOKEN[same]) {
        same++;
      }
      if (same == TOKEN.length) {
        return true;
      }
    }
    return false;
  }
}
