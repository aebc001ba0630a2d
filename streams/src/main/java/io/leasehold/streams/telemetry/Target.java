package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.Breaker.State;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.DeadLetters;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.spool.Spool;
import io.leasehold.streams.telemetry.spool.SpoolException;
import io.leasehold.streams.telemetry.spool.SpoolFeed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backend, or a chain of them, with the buffer before it and the threads that empty it: as many
 * as its first backend takes batches at once. A reload may give it other backends; buffer and
 * threads stay. Safe for any thread.
 */
final class Target {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final long GRACE_MILLIS = 2_000;

  private final String name;
  private final TargetCounts counts;
  private final TargetBuffer buffer;
  private final Clock clock;
  private final AtomicInteger atConnections = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable SpoolFeed feed;
  private volatile List<BackendSlot> members;
  private volatile long maxBytes;
  private volatile boolean stopped;
  private volatile boolean rolledBack;
  private volatile DropReason reasonOfStop = DropReason.SHUTDOWN;

  /**
   * Not started yet.
   *
   * @param members one, or those of a chain in their order
   */
  Target(
      String name,
      TargetCounts counts,
      BufferLimits limits,
      List<BackendSlot> members,
      Clock clock) {
    this.name = name;
    this.counts = counts;
    this.clock = clock;
    this.members = List.copyOf(members);
    this.maxBytes = limits.maxBytes();
    this.buffer = new TargetBuffer(counts, limits, clock, this::isOpen);
  }

  String name() {
    return name;
  }

  TargetCounts counts() {
    return counts;
  }

  TargetBuffer buffer() {
    return buffer;
  }

  /** That the buffer may hold. */
  long maxBytes() {
    return maxBytes;
  }

  List<BackendSlot> members() {
    return members;
  }

  boolean isStopped() {
    return stopped;
  }

  /** Whether what it has left becomes dead letters instead of being dropped. */
  boolean isRolledBack() {
    return rolledBack;
  }

  DropReason reasonOfStop() {
    return reasonOfStop;
  }

  /** Copies of messages for it, from the decision of a connection on. */
  void routed(Lines lines) {
    counts.routed(lines);
    atConnections.addAndGet(lines.size());
  }

  /**
   * Offers copies that were counted by {@link #routed}.
   *
   * @return false: to be offered again, {@code retry} says when
   */
  boolean offer(Lines lines, Runnable retry) {
    if (buffer.offer(lines, retry) == BufferOffer.WAIT) {
      return false;
    }
    atConnections.addAndGet(-lines.size());
    return true;
  }

  /**
   * Puts a copy out of the dead letters into the buffer, which is counted like one that a
   * connection brought.
   */
  BufferOffer replay(Lines lines, Runnable retry) {
    BufferOffer offer = buffer.offerSpare(lines, retry);
    if (offer == BufferOffer.DONE) {
      counts.routed(lines);
    }
    return offer;
  }

  /** Gives up copies that a connection could not hand over. */
  void lost(DropReason reason, Lines lines) {
    counts.dropped(reason, lines, 0, lines.size());
    atConnections.addAndGet(-lines.size());
  }

  /** Takes its place in the spool; before it starts. */
  void spool(Spool spool) {
    SpoolFeed own = spool.feed(name, new SpoolReceiver(counts, buffer));
    feed = own;
    buffer.feed(own);
  }

  /** Null if nothing is spooled. */
  @Nullable SpoolFeed feed() {
    return feed;
  }

  /** Copies that were counted by {@link #routed} are in the spool now. */
  void stored(Lines lines) {
    atConnections.addAndGet(-lines.size());
  }

  /** Copies on their way: at connections, in the spool, waiting, being delivered. */
  long inFlight() {
    SpoolFeed own = feed;
    return (long) atConnections.get() + buffer.held() + (own == null ? 0 : own.outstanding());
  }

  /** Before a batch goes out for the first time: it may have to come again as it is. Waits. */
  void keep(Batch batch) {
    SpoolFeed from = buffer.feedOf(batch);
    if (from != null && members.stream().anyMatch(BackendSlot::keepsBatches)) {
      try {
        from.keep(batch);
      } catch (SpoolException e) { // a restart may make another batch of it: then it is there twice
        LOG.warn("target {}: a batch is not noted in the spool: {}", name, e.getMessage());
      }
    }
  }

  /** Gives up a batch when it is over; what is spooled stays there for the next run. */
  void givenUp(Batch batch) {
    if (reasonOfStop == DropReason.SHUTDOWN && buffer.feedOf(batch) != null) {
      TargetCounts.gone(batch);
      buffer.ended(batch, false);
    } else {
      counts.dropped(reasonOfStop, batch);
      buffer.settled(batch, false);
    }
  }

  /** Whether all it has confirmed is on the disks of its backends; waits for them. */
  boolean isDurable() {
    for (BackendSlot each : members) {
      if (!each.sync()) {
        return false;
      }
    }
    return true;
  }

  private boolean isOpen() {
    for (BackendSlot each : members) {
      if (each.state() != State.OPEN) {
        return true;
      }
    }
    return false;
  }

  /** Starts its threads. */
  void start(DeadLetters deadLetters, DoubleSupplier random) {
    int count = members.get(0).concurrency();
    for (int i = 0; i < count; i++) {
      var delivery = new Delivery(this, deadLetters, clock, random);
      var thread = new Thread(delivery, "leasehold-telemetry-" + name + '-' + i);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  /** Other backends from the next batch on. */
  void replace(List<BackendSlot> next, BufferLimits limits) {
    members = List.copyOf(next);
    maxBytes = limits.maxBytes();
    buffer.limits(limits);
  }

  /** Goes on with backends of these that have the names of its own. */
  void adopt(Map<String, BackendSlot> next) {
    members = members.stream().map(each -> next.getOrDefault(each.name(), each)).toList();
  }

  /**
   * Delivers what is left, then gives up: blocks until it is done, or the time is over.
   *
   * @param reason of what is given up
   */
  void stop(long patienceNanos, DropReason reason) throws InterruptedException {
    SpoolFeed own = feed;
    if (own != null && reason == DropReason.SHUTDOWN) {
      own.pause();
    }
    buffer.drain();
    long deadline = clock.nanos() + patienceNanos;
    for (Thread each : threads) {
      long left = deadline - clock.nanos();
      if (left > 0) {
        TimeUnit.NANOSECONDS.timedJoin(each, left);
      }
    }
    reasonOfStop = reason;
    stopped = true;
    buffer.close(reason);
    closeSpooled(reason);
    members.forEach(BackendSlot::abort);
    for (Thread each : threads) {
      each.join(GRACE_MILLIS);
    }
  }

  private void closeSpooled(DropReason reason) {
    SpoolFeed own = feed;
    if (own == null) {
      return;
    }
    Batch waiting = buffer.takeSpooled();
    if (reason == DropReason.SHUTDOWN) {
      TargetCounts.gone(waiting);
    } else {
      counts.dropped(reason, waiting);
      own.settled(waiting);
      own.close();
    }
  }

  /** Delivers nothing more: its threads make dead letters of all it has. Blocks. */
  void rollBack() throws InterruptedException {
    rolledBack = true;
    stopped = true;
    buffer.drain();
    members.forEach(BackendSlot::abort);
    for (Thread each : threads) {
      each.join(GRACE_MILLIS);
    }
    buffer.close(DropReason.BACKEND_REMOVED);
    closeSpooled(DropReason.BACKEND_REMOVED);
  }
}
