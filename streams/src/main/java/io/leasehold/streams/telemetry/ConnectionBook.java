package io.leasehold.streams.telemetry;

import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;

/** The connections that are open. Safe for any thread. */
final class ConnectionBook {
  /** A connection. */
  interface Member {
    /** Reads no more, hands over what it has, and ends. */
    void drain();
  }

  /** That of one connection, which has been taken by {@link #tryEnter}. */
  final class Place {
    private final ClientEntry client;

    private Place(ClientEntry client) {
      this.client = client;
    }

    /** What the connection shows of itself. */
    ClientEntry client() {
      return client;
    }

    void enter(Member member) {
      ConnectionBook.this.enter(member, client);
    }

    void leave(Member member) {
      ConnectionBook.this.leave(member);
    }

    /** It has read a chunk. */
    void read() {
      ConnectionBook.this.read();
    }
  }

  private final Clock clock;
  private final AtomicInteger open;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Member, ClientEntry> members = new ConcurrentHashMap<>();
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

  /** For a connection from there. */
  Place place(String remote) {
    return new Place(
        new ClientEntry(ids.incrementAndGet(), remote, clock.wallMillis(), clock.nanos()));
  }

  private void enter(Member member, ClientEntry client) {
    members.put(member, client);
    if (draining) {
      member.drain();
    }
  }

  private void leave(Member member) {
    if (members.remove(member) != null) {
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

  /** At most so many of those that are open, the oldest first. */
  DoorClient.Page clients(int limit) {
    long now = clock.nanos();
    List<ClientEntry> all = List.copyOf(members.values());
    return new DoorClient.Page(
        all.stream()
            .sorted(Comparator.comparingLong(ClientEntry::id))
            .limit(limit)
            .map(each -> each.view(now))
            .toList(),
        all.size());
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
    members.keySet().forEach(Member::drain);
    if (members.isEmpty()) {
      emptied.complete(Done.getInstance());
    }
    return emptied;
  }
}
