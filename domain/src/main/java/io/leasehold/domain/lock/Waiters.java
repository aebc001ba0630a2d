package io.leasehold.domain.lock;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The queue of one key: first in, first out, with a time-out for each place. Not thread safe. Every
 * operation is O(log n) in the length of the queue.
 *
 * @param <R> who asked; has value equality
 */
final class Waiters<R> {
  /** One place in the queue. */
  static final class Waiter<R> {
    final LockOperation.Acquire request;
    R requester;
    long arrivedNanos;
    long deadlineNanos;
    final long ordinal;
    private @Nullable Waiter<R> previous;
    private @Nullable Waiter<R> next;

    private Waiter(LockOperation.Acquire request, R requester, long arrivedNanos, long ordinal) {
      this.request = request;
      this.requester = requester;
      this.arrivedNanos = arrivedNanos;
      this.deadlineNanos = arrivedNanos + request.waitMillis() * 1_000_000;
      this.ordinal = ordinal;
    }

    long waitedMillis(long nowNanos) {
      return Math.max(0, (nowNanos - arrivedNanos) / 1_000_000);
    }
  }

  private record Identity(String owner, String requestId) {}

  private final Map<R, Waiter<R>> byRequester = new HashMap<>();
  private final Map<Identity, Waiter<R>> byIdentity = new HashMap<>();
  private final TreeSet<Waiter<R>> byDeadline = new TreeSet<>(Waiters::compareDeadlines);
  private @Nullable Waiter<R> first;
  private @Nullable Waiter<R> last;
  private long ordinals;

  boolean isEmpty() {
    return first == null;
  }

  int size() {
    return byRequester.size();
  }

  @Nullable Waiter<R> head() {
    return first;
  }

  @Nullable Waiter<R> of(R requester) {
    return byRequester.get(requester);
  }

  /** The place of an earlier request with the same owner and id, null if there is none. */
  @Nullable Waiter<R> sameRequest(LockOperation.Acquire request) {
    return request.isRecognisable() ? byIdentity.get(identityOf(request)) : null;
  }

  void add(LockOperation.Acquire request, R requester, long nowNanos) {
    var waiter = new Waiter<>(request, requester, nowNanos, ++ordinals);
    waiter.previous = last;
    if (last == null) {
      first = waiter;
    } else {
      last.next = waiter;
    }
    last = waiter;
    byRequester.put(requester, waiter);
    if (request.isRecognisable()) {
      byIdentity.put(identityOf(request), waiter);
    }
    byDeadline.add(waiter);
  }

  /** Gives the place of {@code waiter} to a repeat of its request, which waits from now. */
  void takeOver(Waiter<R> waiter, R requester, long waitMillis, long nowNanos) {
    byRequester.remove(waiter.requester);
    byDeadline.remove(waiter);
    waiter.requester = requester;
    waiter.arrivedNanos = nowNanos;
    waiter.deadlineNanos = nowNanos + waitMillis * 1_000_000;
    byRequester.put(requester, waiter);
    byDeadline.add(waiter);
  }

  void remove(Waiter<R> waiter) {
    if (waiter.previous == null) {
      first = waiter.next;
    } else {
      waiter.previous.next = waiter.next;
    }
    if (waiter.next == null) {
      last = waiter.previous;
    } else {
      waiter.next.previous = waiter.previous;
    }
    byRequester.remove(waiter.requester);
    if (waiter.request.isRecognisable()) {
      byIdentity.remove(identityOf(waiter.request));
    }
    byDeadline.remove(waiter);
  }

  /** Who runs out of patience next, null if nobody waits. */
  @Nullable Waiter<R> nextToTimeOut() {
    return byDeadline.isEmpty() ? null : byDeadline.first();
  }

  /** At most {@code max} places, the head first. */
  List<Waiter<R>> firstPlaces(int max) {
    var places = new ArrayList<Waiter<R>>(Math.min(max, size()));
    for (var each = first; each != null && places.size() < max; each = each.next) {
      places.add(each);
    }
    return places;
  }

  private static Identity identityOf(LockOperation.Acquire request) {
    var id = request.requestId();
    return new Identity(request.owner(), id == null ? "" : id);
  }

  private static int compareDeadlines(Waiter<?> one, Waiter<?> other) {
    long difference = one.deadlineNanos - other.deadlineNanos; // may wrap
    return difference != 0 ? Long.signum(difference) : Long.compare(one.ordinal, other.ordinal);
  }
}
