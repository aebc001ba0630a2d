package io.leasehold.actors.socket;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the connections of a loop hold for peers that do not take it, together: a few answers of the
 * largest size that nobody reads would else fill the memory of the process. When it is too much,
 * whoever took nothing for the longest is hung up on, until it is not, or one is left. Connections
 * that hold little are not looked at. Confined to the thread of its loop.
 */
final class UnreadBytes {
  private static final Logger LOG = LoggerFactory.getLogger(UnreadBytes.class);
  private static final long WARN_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

  private final long maxBytes;
  private final Clock clock;

  /** By the last time that something was taken, the longest ago first. */
  private final Map<LoopSocket, Long> held = new LinkedHashMap<>();

  private long bytes;
  private long hungUp;
  private long warnedNanos;
  private long warnedHungUp;

  /**
   * @param maxBytes of all connections together; one alone may hold more
   */
  UnreadBytes(long maxBytes, Clock clock) {
    this.maxBytes = maxBytes;
    this.clock = clock;
    this.warnedNanos = clock.nanos() - WARN_EVERY_NANOS;
  }

  /** The socket holds so many bytes now; it was given more, or has got rid of some. */
  void holds(LoopSocket socket, long unsent) {
    Long before = held.remove(socket);
    bytes -= before == null ? 0 : before;
    if (unsent > 0) {
      held.put(socket, unsent);
      bytes += unsent;
    }
    while (bytes > maxBytes && held.size() > 1) {
      hangUp(held.keySet().iterator().next());
    }
  }

  private void hangUp(LoopSocket slowest) {
    hungUp++;
    long now = clock.nanos();
    if (now - warnedNanos >= WARN_EVERY_NANOS) {
      LOG.warn(
          "{} bytes of answers wait for their readers, bound {}: {} connections that read nothing"
              + " were ended since the last such line",
          bytes,
          maxBytes,
          hungUp - warnedHungUp);
      warnedNanos = now;
      warnedHungUp = hungUp;
    }
    slowest.endUnread(
        new IOException(
            "answers were not read while " + bytes + " bytes waited for their readers"));
  }
}
