package io.leasehold.actors.socket;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the connections of a loop hold for peers that do not take it: a few answers of the largest
 * size that nobody reads would else fill the memory of the process. When all loops of the port hold
 * too much, whoever has taken nothing for a second is hung up on, the one that took nothing for the
 * longest first; when it is much too much, the slowest are. Connections that hold little are not
 * looked at. Confined to the thread of its loop.
 */
final class UnreadBytes {
  private static final Logger LOG = LoggerFactory.getLogger(UnreadBytes.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long WARN_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

  private static final class Held {
    long bytes;
    long takenNanos;
  }

  private final UnreadBudget budget;
  private final Clock clock;
  private final BiConsumer<Duration, Runnable> later;

  /** By the last time that something was taken, the longest ago first. */
  private final Map<LoopSocket, Held> held = new LinkedHashMap<>();

  private boolean looks;
  private long hungUp;
  private long warnedNanos;
  private long warnedHungUp;

  /**
   * @param budget of all loops of the port
   * @param later runs a task in the thread of the loop
   */
  UnreadBytes(UnreadBudget budget, Clock clock, BiConsumer<Duration, Runnable> later) {
    this.budget = budget;
    this.clock = clock;
    this.later = later;
    this.warnedNanos = clock.nanos() - WARN_EVERY_NANOS;
  }

  /**
   * The socket holds so many bytes that the system did not take.
   *
   * @param taken whether it took some of them since the last call
   */
  void holds(LoopSocket socket, long unsent, boolean taken) {
    Held before = held.get(socket);
    if (before == null) {
      before = new Held();
      before.takenNanos = clock.nanos();
      held.put(socket, before);
      budget.add(0, 1);
    } else if (taken) {
      before.takenNanos = clock.nanos();
      held.remove(socket); // to the end
      held.put(socket, before);
    }
    budget.add(unsent - before.bytes, 0);
    before.bytes = unsent;
    hangUpOnTheSlowest();
    if (!looks) {
      looks = true;
      later.accept(LOOK, this::look);
    }
  }

  /** The socket holds little, or is closed. */
  void holdsLittle(LoopSocket socket) {
    forget(held.remove(socket));
  }

  private void forget(@Nullable Held gone) {
    if (gone != null) {
      budget.add(-gone.bytes, -1);
    }
  }

  /** Who takes nothing is not heard of by itself. */
  private void look() {
    looks = !held.isEmpty();
    if (looks) {
      hangUpOnTheSlowest();
      later.accept(LOOK, this::look);
    }
  }

  private void hangUpOnTheSlowest() {
    while (!held.isEmpty() && budget.isOverSoft()) {
      Iterator<Map.Entry<LoopSocket, Held>> slowestFirst = held.entrySet().iterator();
      Map.Entry<LoopSocket, Held> slowest = slowestFirst.next();
      if (clock.nanos() - slowest.getValue().takenNanos < PATIENCE_NANOS && !budget.isOverHard()) {
        return;
      }
      LoopSocket socket = slowest.getKey();
      long bytes = budget.bytes();
      forget(slowest.getValue());
      slowestFirst.remove();
      tell(bytes);
      socket.gone(
          new IOException(
              "answers were not read while " + bytes + " bytes waited for their readers"));
    }
  }

  private void tell(long bytes) {
    hungUp++;
    long now = clock.nanos();
    if (now - warnedNanos >= WARN_EVERY_NANOS) {
      LOG.warn(
          "{} bytes of answers wait for their readers, bound {}: {} connections that read too"
              + " little were ended since the last such line",
          bytes,
          budget.soft(),
          hungUp - warnedHungUp);
      warnedNanos = now;
      warnedHungUp = hungUp;
    }
  }
}
