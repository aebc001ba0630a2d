package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.TapFeed;
import io.leasehold.domain.telemetry.TapFilter;
import io.leasehold.domain.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One who watches. Holds copies of at most {@value #MAX_BYTES} bytes of lines until they are taken;
 * what is more, or over the rate, or comes while another connection shows something, is skipped and
 * counted: a connection never waits for him.
 */
final class TapSession implements TapFeed {
  static final int MAX_BYTES = 1 << 20;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Tap tap;
  private final TapFilter filter;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<byte[]> held = new ArrayDeque<>();
  private long left;
  private int heldBytes;
  private long second;
  private int inSecond;
  private long skipped; // guarded by this: it is counted by those who do not get the lock

  TapSession(Tap tap, TapFilter filter, long limit, Clock clock) {
    this.tap = tap;
    this.filter = filter;
    this.left = limit;
    this.clock = clock;
    this.second = clock.nanos();
  }

  /** A message was accepted: {@code reader} has just read it at {@code bytes[from, to)}. */
  void seen(String source, MessageReader reader, byte[] bytes, int from, int to) {
    if (!filter.matches(source, reader)) {
      return;
    }
    if (!lock.tryLock()) {
      skip();
      return;
    }
    try {
      long now = clock.nanos();
      if (now - second >= SECOND) {
        second = now;
        inSecond = 0;
      }
      if (left > 0 && (inSecond >= tap.maxRate() || heldBytes + to - from > MAX_BYTES)) {
        skip();
      } else if (left > 0) {
        inSecond++;
        left--;
        heldBytes += to - from;
        held.addLast(Arrays.copyOfRange(bytes, from, to));
      }
    } finally {
      lock.unlock();
    }
  }

  private synchronized void skip() {
    skipped++;
    tap.skipped();
  }

  private synchronized long takeSkipped() {
    long count = skipped;
    skipped = 0;
    return count;
  }

  @Override
  public Seen take() {
    List<byte[]> taken;
    boolean last;
    lock.lock();
    try {
      taken = new ArrayList<>(held);
      held.clear();
      heldBytes = 0;
      last = left == 0;
    } finally {
      lock.unlock();
    }
    var redaction = tap.redaction();
    return new Seen(taken.stream().map(redaction::apply).toList(), takeSkipped(), last);
  }

  @Override
  public void close() {
    tap.leave(this);
  }
}
