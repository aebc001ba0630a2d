package io.leasehold.http.access;

import io.leasehold.config.log.LoggedRequests;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Writes lines about the requests of the application port. Safe for any thread. */
public final class RequestLog {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.http");
  private static final Logger MONITORING = LoggerFactory.getLogger("leasehold.access.monitoring");
  private static final int FIRST_ERROR = 400;
  private static final int FIRST_FAILURE = 500;
  private static final int MAX_SLOW_A_SECOND = 10;

  private final LoggedRequests which;
  private final long slowNanos;
  private final Clock clock;

  /** The second that is counted in the upper bits, lines written in it in the lower ones. */
  private final AtomicLong slowLines = new AtomicLong();

  /**
   * @param slow a request that took longer is logged, whatever came of it
   */
  public RequestLog(LoggedRequests which, Duration slow, Clock clock) {
    this.which = which;
    this.slowNanos = slow.toNanos();
    this.clock = clock;
  }

  void completed(ApiCall call, String template, int status, long nanos, boolean monitoring) {
    if (monitoring) {
      line(MONITORING.atInfo(), call, template, status, nanos).log("http port");
    }
    boolean failed = status >= FIRST_FAILURE;
    if (which == LoggedRequests.ALL || (which == LoggedRequests.ERRORS && failed)) {
      Level level = failed ? Level.ERROR : status >= FIRST_ERROR ? Level.WARN : Level.INFO;
      line(LOG.atLevel(level), call, template, status, nanos).log("Request completed");
    }
    if (nanos > slowNanos && maySayThatItIsSlow()) {
      line(LOG.atWarn(), call, template, status, nanos).log("Slow request");
    }
  }

  private boolean maySayThatItIsSlow() {
    long second = clock.nanos() / 1_000_000_000;
    long first = second << 8;
    long count =
        slowLines.updateAndGet(
            last -> last >>> 8 == first >>> 8 ? Math.min(last + 1, first + 255) : first + 1);
    return (count & 0xff) <= MAX_SLOW_A_SECOND;
  }

  private static LoggingEventBuilder line(
      LoggingEventBuilder line, ApiCall call, String template, int status, long nanos) {
    return line.addKeyValue("method", ApiTraffic.known(call.method()))
        .addKeyValue("path", template)
        .addKeyValue("status_code", status)
        .addKeyValue("duration_ms", nanos / 1_000_000)
        .addKeyValue("remote", call.remote().isEmpty() ? "-" : call.remote())
        .addKeyValue("key_id", call.keyId())
        .addKeyValue("correlation_id", call.correlationId())
        .addKeyValue("request_id", call.requestId());
  }
}
