package io.leasehold.streams.lock;

import io.leasehold.domain.lock.ConnectionView;
import io.leasehold.domain.lock.LockCapacity;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;
import org.jspecify.annotations.Nullable;

/** The open connections of the lock port, and how many there may be. Safe for any thread. */
final class ConnectionBook {
  /** Why a connection is turned away. */
  record Full(int open, int max, boolean perAddress) {}

  private final int max;
  private final int maxPerAddress;
  private final LockCapacity capacity;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong lastId = new AtomicLong();
  private final ConcurrentHashMap<String, Integer> perAddress = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<Long, ConnectionEntry> entries =
      new ConcurrentSkipListMap<>();
  private final AtomicLong endedRequests = new AtomicLong();
  private final AtomicLong endedFirsts = new AtomicLong();
  private final CompletableFuture<Done> emptied = new CompletableFuture<>();
  private volatile boolean draining;

  /**
   * An empty book.
   *
   * @param max 0 = unlimited
   * @param maxPerAddress 0 = unlimited
   */
  ConnectionBook(int max, int maxPerAddress, LockCapacity capacity) {
    this.max = max;
    this.maxPerAddress = maxPerAddress;
    this.capacity = capacity;
  }

  /** Takes a place for a connection from this address, or says which limit it met. */
  @Nullable Full tryEnter(String address) {
    int count = open.incrementAndGet();
    if (max > 0 && count > max) {
      open.decrementAndGet();
      return new Full(max, max, false);
    }
    if (maxPerAddress > 0) {
      int here = perAddress.merge(address, 1, Integer::sum);
      if (here > maxPerAddress) {
        release(address);
        open.decrementAndGet();
        return new Full(maxPerAddress, maxPerAddress, true);
      }
    }
    capacity.addBytes(LockCapacity.CONNECTION_BYTES);
    return null;
  }

  /** Lists a connection that has its place. */
  void enter(ConnectionEntry entry) {
    entries.put(entry.id(), entry);
  }

  /** Gives the place back. */
  void leave(ConnectionEntry entry) {
    if (entries.remove(entry.id()) == null) {
      return;
    }
    long requests = entry.requests();
    endedRequests.addAndGet(requests);
    endedFirsts.addAndGet(requests > 0 ? 1 : 0);
    capacity.addBytes(-LockCapacity.CONNECTION_BYTES);
    if (maxPerAddress > 0) {
      release(entry.address());
    }
    if (open.decrementAndGet() == 0 && draining) {
      emptied.complete(Done.getInstance());
    }
  }

  private void release(String address) {
    perAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
  }

  long nextId() {
    return lastId.incrementAndGet();
  }

  int open() {
    return open.get();
  }

  int max() {
    return max;
  }

  /** From now on nothing new is begun, and every connection is closed when it has answered. */
  void drain() {
    draining = true;
    entries.values().forEach(ConnectionEntry::wake);
    if (open.get() == 0) {
      emptied.complete(Done.getInstance());
    }
  }

  /** Completed when, after {@link #drain}, the last connection has ended. */
  CompletionStage<Done> emptied() {
    return emptied;
  }

  boolean isDraining() {
    return draining;
  }

  /** Connections with a request in flight, or with one within the last second. */
  int active(long nowNanos) {
    int active = 0;
    for (ConnectionEntry each : entries.values()) {
      if (each.isActive(nowNanos)) {
        active++;
      }
    }
    return active;
  }

  /** Requests that were not the first of their connection, in percent. */
  double reuseRatePercent() {
    long requests = endedRequests.get();
    long firsts = endedFirsts.get();
    for (ConnectionEntry each : entries.values()) {
      long here = each.requests();
      requests += here;
      firsts += here > 0 ? 1 : 0;
    }
    return requests == 0 ? 0 : 100.0 * (requests - firsts) / requests;
  }

  /** At most {@code limit} connections, oldest first. */
  List<ConnectionView> views(int limit, long nowNanos) {
    var views = new ArrayList<ConnectionView>();
    for (ConnectionEntry each : entries.values()) {
      if (views.size() == limit) {
        break;
      }
      views.add(each.view(nowNanos));
    }
    return views;
  }
}
