package io.leasehold.app.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.concurrent.atomic.LongAdder;

/**
 * Hands events to another thread through a queue of 8,192, and never waits: when it is nearly full
 * lines below warn are dropped, when it is full all are. What is dropped is counted.
 */
final class BoundedAppender extends AsyncAppender {
  private static final int QUEUE = 8_192;
  private static final int KEPT_FOR_WARNINGS = QUEUE / 8;

  private final LongAdder dropped;

  BoundedAppender(LongAdder dropped) {
    this.dropped = dropped;
    setQueueSize(QUEUE);
    setDiscardingThreshold(KEPT_FOR_WARNINGS);
    setNeverBlock(true);
  }

  @Override
  protected void append(ILoggingEvent event) {
    int left = getRemainingCapacity();
    boolean below = event.getLevel().toInt() < Level.WARN_INT;
    if (left == 0 || (below && left < KEPT_FOR_WARNINGS)) {
      dropped.increment();
      return;
    }
    super.append(event);
  }

  @Override
  protected boolean isDiscardable(ILoggingEvent event) {
    return event.getLevel().toInt() < Level.WARN_INT;
  }
}
