package io.leasehold.domain.lock;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The live leases of one key in order of grant. Not thread safe.
 *
 * <p>Up to {@value #INDEX_FROM} leases are found by walking the chain, which for the usual one
 * lease costs nothing; with more, indexes by token, owner and deadline make every operation O(log
 * n).
 */
final class Leases {
  private static final int INDEX_FROM = 8;

  private @Nullable Lease first;
  private @Nullable Lease last;
  private int size;
  private int exclusivePermits;
  private int sharedCount;
  private long ordinals;
  private @Nullable Index index;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** The oldest lease; call on a non-empty table. */
  Lease oldest() {
    if (first == null) {
      throw new IllegalStateException("no lease");
    }
    return first;
  }

  /** Whether a lease of this kind fits beside those there are. */
  boolean admits(Mode mode, int permits, int limit) {
    return mode == Mode.SHARED
        ? exclusivePermits == 0
        : sharedCount == 0 && exclusivePermits + permits <= limit;
  }

  /** The one lease that excludes all others, null if there is none. */
  @Nullable Lease soleExclusive(int limit) {
    return limit == 1 && size == 1 && sharedCount == 0 ? first : null;
  }

  void add(Lease lease) {
    lease.previous = last;
    if (last == null) {
      first = lease;
    } else {
      last.next = lease;
    }
    last = lease;
    size++;
    if (lease.request.mode() == Mode.SHARED) {
      sharedCount++;
    } else {
      exclusivePermits += lease.request.permits();
    }
    if (index != null) {
      index.add(lease);
    } else if (size > INDEX_FROM) {
      index = new Index();
      for (Lease each = first; each != null; each = each.next) {
        index.add(each);
      }
    }
  }

  void remove(Lease lease) {
    if (lease.previous == null) {
      first = lease.next;
    } else {
      lease.previous.next = lease.next;
    }
    if (lease.next == null) {
      last = lease.previous;
    } else {
      lease.next.previous = lease.previous;
    }
    lease.previous = null;
    lease.next = null;
    size--;
    if (lease.request.mode() == Mode.SHARED) {
      sharedCount--;
    } else {
      exclusivePermits -= lease.request.permits();
    }
    if (size == 0) {
      index = null;
    } else if (index != null) {
      index.remove(lease);
    }
  }

  /** To be called when an uncommitted lease has got its token. */
  void tokenKnown(Lease lease) {
    if (index != null && lease.ended == null) {
      index.byToken.put(lease.token, lease);
    }
  }

  /** Before what decides when a lease expires is changed. */
  void beforeDeadlineChange(Lease lease) {
    if (index != null && lease.ended == null) {
      index.byDeadline.remove(index.entryOf(lease));
    }
  }

  /** After what decides when a lease expires has been changed. */
  void afterDeadlineChange(Lease lease) {
    if (index != null && lease.ended == null) {
      index.enterDeadline(lease);
    }
  }

  @Nullable Lease byToken(long token) {
    if (index != null) {
      return index.byToken.get(token);
    }
    for (Lease each = first; each != null; each = each.next) {
      if (each.token == token) {
        return each;
      }
    }
    return null;
  }

  int countOwnedBy(String owner) {
    if (index != null) {
      var owned = index.byOwner.get(owner);
      return owned == null ? 0 : owned.size();
    }
    int count = 0;
    for (Lease each = first; each != null; each = each.next) {
      if (each.owner().equals(owner)) {
        count++;
      }
    }
    return count;
  }

  /** The oldest lease of this owner, null if it has none. */
  @Nullable Lease firstOwnedBy(String owner) {
    if (index != null) {
      var owned = index.byOwner.get(owner);
      return owned == null ? null : owned.iterator().next();
    }
    for (Lease each = first; each != null; each = each.next) {
      if (each.owner().equals(owner)) {
        return each;
      }
    }
    return null;
  }

  /** The lease whose grant or re-entry had this request id, null if there is none. */
  @Nullable Lease byRequest(LockOperation.Acquire request) {
    String owner = request.owner();
    var requestId = request.requestId();
    if (requestId == null) {
      return null;
    }
    if (index != null) { // no re-entries: who can re-enter is alone, and one lease has no index
      return index.byRequest.get(new RequestName(owner, requestId));
    }
    for (Lease each = first; each != null; each = each.next) {
      if (each.owner().equals(owner) && isRequestOf(each, requestId)) {
        return each;
      }
    }
    return null;
  }

  /** What a request that names a lease comes to: one of the two is null. */
  record Match(@Nullable Lease lease, @Nullable LockAnswer refusal) {
    private static Match refused(LockAnswer refusal) {
      return new Match(null, refusal);
    }
  }

  /**
   * The one lease that a request means.
   *
   * @param owner null = anybody
   * @param token 0 = any
   */
  Match match(@Nullable String owner, long token) {
    if (isEmpty()) {
      return Match.refused(LockAnswer.Refused.NOT_HELD);
    }
    if (token != 0) {
      Lease found = byToken(token);
      if (found == null) {
        return Match.refused(LockAnswer.Refused.STALE_TOKEN);
      }
      return owner != null && !found.owner().equals(owner)
          ? Match.refused(LockAnswer.Refused.NOT_OWNER)
          : new Match(found, null);
    }
    int fitting = owner == null ? size() : countOwnedBy(owner);
    if (fitting > 1) {
      return Match.refused(new LockAnswer.Refused(Refusal.AMBIGUOUS, fitting));
    }
    if (fitting == 0) {
      return Match.refused(LockAnswer.Refused.NOT_OWNER);
    }
    return new Match(owner == null ? oldest() : firstOwnedBy(owner), null);
  }

  /** Whether a lease was granted to this waiter. Walks all leases. */
  boolean hasGrantOf(Object waiter) {
    for (Lease each = first; each != null; each = each.next) {
      if (waiter.equals(each.waiter)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The lease that was granted to this waiter, null if there is none. It is found once: its grant
   * can be taken back once. Walks all leases.
   */
  @Nullable Lease takeGrantOf(Object waiter) {
    for (Lease each = first; each != null; each = each.next) {
      if (waiter.equals(each.waiter)) {
        each.waiter = null;
        return each;
      }
    }
    return null;
  }

  private static boolean isRequestOf(Lease lease, String requestId) {
    return requestId.equals(lease.request.requestId()) || lease.reentryIds.contains(requestId);
  }

  /** The next lease to expire that may expire, null if there is none. */
  @Nullable Lease nextToExpire() {
    if (index != null) {
      return index.byDeadline.isEmpty() ? null : index.byDeadline.first().lease();
    }
    Lease next = null;
    for (Lease each = first; each != null; each = each.next) {
      if (each.updatesUnderCommit == 0
          && (next == null || each.deadlineNanos - next.deadlineNanos < 0)) {
        next = each;
      }
    }
    return next;
  }

  /** At most {@code max} leases, oldest first. */
  List<Lease> oldest(int max) {
    var leases = new ArrayList<Lease>(Math.min(max, size));
    for (Lease each = first; each != null && leases.size() < max; each = each.next) {
      leases.add(each);
    }
    return leases;
  }

  /** Exists only while there are many leases. */
  private final class Index {
    final Map<Long, Lease> byToken = new HashMap<>();
    final Map<String, LinkedHashSet<Lease>> byOwner = new HashMap<>();
    final Map<RequestName, Lease> byRequest = new HashMap<>();
    final Map<Lease, Entry> entries = new HashMap<>();
    final TreeSet<Entry> byDeadline = new TreeSet<>(Entry::compareTo);

    void add(Lease lease) {
      if (lease.token != 0) {
        byToken.put(lease.token, lease);
      }
      byOwner.computeIfAbsent(lease.owner(), owner -> new LinkedHashSet<>()).add(lease);
      var name = RequestName.of(lease);
      if (name != null) {
        byRequest.put(name, lease);
      }
      enterDeadline(lease);
    }

    void enterDeadline(Lease lease) {
      var entry = new Entry(lease, lease.deadlineNanos, ++ordinals);
      entries.put(lease, entry);
      if (lease.updatesUnderCommit == 0) {
        byDeadline.add(entry);
      }
    }

    Entry entryOf(Lease lease) {
      var entry = entries.get(lease);
      if (entry == null) {
        throw new IllegalStateException("lease without an entry");
      }
      return entry;
    }

    void remove(Lease lease) {
      if (lease.token != 0) {
        byToken.remove(lease.token);
      }
      var owned = byOwner.get(lease.owner());
      if (owned != null) {
        owned.remove(lease);
        if (owned.isEmpty()) {
          byOwner.remove(lease.owner());
        }
      }
      var name = RequestName.of(lease);
      if (name != null) {
        byRequest.remove(name);
      }
      byDeadline.remove(entryOf(lease));
      entries.remove(lease);
    }
  }

  /** What a repeat is known by. No two live leases of a key share one: the second is a repeat. */
  private record RequestName(String owner, String requestId) {
    static @Nullable RequestName of(Lease lease) {
      var id = lease.request.requestId();
      return lease.request.isRecognisable() && id != null
          ? new RequestName(lease.owner(), id)
          : null;
    }
  }

  /** Where a lease stands among the deadlines; the ordinal tells equal ones apart. */
  private record Entry(Lease lease, long deadlineNanos, long ordinal) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      long difference = deadlineNanos - other.deadlineNanos; // may wrap
      return difference != 0 ? Long.signum(difference) : Long.compare(ordinal, other.ordinal);
    }
  }
}
