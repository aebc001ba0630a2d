package io.leasehold.streams.telemetry;

import io.leasehold.domain.time.Clock;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.Done;

/** The connections that are open. Safe for any thread. */
final class ConnectionBook {
  /** A connection. */
  interface Member {
    /** Reads no more, hands over what it has, and ends. */
    void drain();
  }

  private final Clock clock;
  private final AtomicInteger open;
  private final Set<Member> members = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Done> emptied = new CompletableFuture<>();
  private volatile boolean draining;
  private volatile int max;
  private volatile long lastReadNanos;

  ConnectionBook(int max, AtomicInteger open, Clock clock) {
    this.max = max;
    this.open = open;
    this.clock = clock;
  }

  /** Other connections than so many are closed at once. */
  void max(int connections) {
    max = connections;
  }

  /** Takes a place; false if there is none. */
  boolean tryEnter() {
    if (draining) {
      return false;
    }
    if (open.incrementAndGet() > max) {
      open.decrementAndGet();
      return false;
    }
    return true;
  }

  /** A place that was taken and is not needed. */
  void giveBack() {
    open.decrementAndGet();
  }

  void enter(Member member) {
    members.add(member);
    if (draining) {
      member.drain();
    }
  }

  void leave(Member member) {
    if (members.remove(member)) {
      open.decrementAndGet();
      if (draining && members.isEmpty()) {
        emptied.complete(Done.getInstance());
      }
    }
  }

  /** Some connection has read a chunk. */
  void read() {
    lastReadNanos = clock.nanos();
  }

  private long quietNanos() {
    return clock.nanos() - lastReadNanos;
  }

  int open() {
    return open.get();
  }

  /** Has something done later; does not wait for it. */
  interface Timer {
    void after(long nanos, Runnable task);
  }

  /** Done when nobody has read anything for {@code silence} ns; after {@code atMost} ns anyway. */
  CompletionStage<Done> quiet(long silence, long atMost, Timer timer) {
    var quiet = new CompletableFuture<Done>();
    look(quiet, silence, clock.nanos() + atMost, timer);
    return quiet;
  }

  private void look(CompletableFuture<Done> quiet, long silence, long deadline, Timer timer) {
    long missing = Math.min(silence - quietNanos(), deadline - clock.nanos());
    if (missing <= 0) {
      quiet.complete(Done.getInstance());
    } else { // it may be read meanwhile: then there is another wait
      timer.after(missing, () -> look(quiet, silence, deadline, timer));
    }
  }

  /** Ends all connections. */
  CompletionStage<Done> drain() {
    draining = true;
    members.forEach(Member::drain);
    if (members.isEmpty()) {
      emptied.complete(Done.getInstance());
    }
    return emptied;
  }
}
