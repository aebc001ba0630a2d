package io.leasehold.domain.lock;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one key has: leases, waiters and changes under commit, and the account of their memory.
 * Moves things as {@link LockState} decided; decides nothing but who is next. Not thread safe.
 */
final class Holdings<R> {
  private final String key;
  private final long keyBytes;
  private final LockCapacity capacity;
  private final Leases leases = new Leases();
  private final ArrayDeque<Pending<R>> pending = new ArrayDeque<>(2);
  private @Nullable Waiters<R> waiters;
  private boolean keyIsAccounted;

  /** What is held is not known: nothing may be granted until it is restored. */
  private boolean suspended;

  /**
   * Tokens of grants that were answered "unavailable, outcome unknown": given back if they live.
   */
  private Set<Long> undelivered = Set.of();

  private int limit = 1;

  Holdings(String key, int keyLength, LockCapacity capacity) {
    this.key = key;
    this.keyBytes = LockCapacity.KEY_BYTES + 2L * keyLength;
    this.capacity = capacity;
  }

  Leases leases() {
    return leases;
  }

  int limit() {
    return limit;
  }

  int waiterCount() {
    return waiters == null ? 0 : waiters.size();
  }

  /** Changes under commit, or grants that may turn out to have been committed. */
  boolean hasOpenOutcomes() {
    return !pending.isEmpty() || !undelivered.isEmpty();
  }

  boolean isInUse() {
    return !leases.isEmpty() || waiterCount() > 0;
  }

  /** Whether who comes now may have a lease: nobody overtakes the queue. */
  boolean admitsNewcomer(LockOperation.Acquire request) {
    return waiterCount() == 0 && leases.admits(request.mode(), request.permits(), request.limit());
  }

  LockAnswer.@Nullable LimitReached tryReserveLease(LockOperation.Acquire request) {
    var full = capacity.tryLease(entryBytes(request) + (keyIsAccounted ? 0 : keyBytes));
    if (full == null) {
      keyIsAccounted = true;
      limit = request.limit();
    }
    return full;
  }

  LockAnswer.@Nullable LimitReached tryQueue(
      LockOperation.Acquire request, R requester, long waitedMillis, Now now) {
    var full = capacity.tryWaiter(entryBytes(request));
    if (full == null) {
      if (waiters == null) {
        waiters = new Waiters<>();
      }
      waiters.add(request, requester, now.nanos() - waitedMillis * LockState.NANOS_PER_MILLI);
    }
    return full;
  }

  /** Gives a lease for which room is already taken. */
  Lease grant(
      LockOperation.Acquire request,
      R requester,
      long waitedMillis,
      Now now,
      LockState.Outcomes<R> outcomes) {
    var lease = new Lease(request, now.nanos());
    lease.ttlMillis = request.ttlMillis();
    lease.wallDeadlineMillis = now.wallMillis() + request.ttlMillis();
    lease.promisedNanos = now.nanos() + request.ttlMillis() * LockState.NANOS_PER_MILLI;
    lease.deadlineNanos = lease.promisedNanos + LockState.COMMIT_ALLOWANCE_NANOS;
    var change = new LockChange.Granted(key, request, lease.wallDeadlineMillis);
    lease.grant = change;
    leases.add(lease);
    commit(change, Pending.granted(requester, lease, waitedMillis, now.nanos()), outcomes);
    return lease;
  }

  /** Grants to the head of the queue for as long as the head can have what it wants. */
  void grantWaiters(Now now, LockState.Outcomes<R> outcomes) {
    if (waiters == null || suspended) {
      return;
    }
    for (var head = waiters.head(); head != null; head = waiters.head()) {
      if (leases.isEmpty()) { // the journal may have brought back another limit than it asks for
        limit = head.request.limit();
      }
      if (limit != head.request.limit()
          || !leases.admits(head.request.mode(), head.request.permits(), limit)) {
        return;
      }
      capacity.addLease(entryBytes(head.request));
      removeFromQueue(waiters, head); // the key stays in use: its bytes stay accounted
      outcomes.waited(now.nanos() - head.arrivedNanos);
      long waited = head.waitedMillis(now.nanos());
      grant(head.request, head.requester, waited, now, outcomes).waiter = head.requester;
    }
  }

  void update(
      Lease lease,
      @Nullable String reentryId,
      @Nullable String releaseId,
      Pending<R> whoIsTold,
      LockState.Outcomes<R> outcomes) {
    var change =
        new LockChange.Updated(
            key,
            lease.tokenOrGrant(),
            lease.ttlMillis,
            lease.wallDeadlineMillis,
            lease.count,
            reentryId,
            releaseId);
    commit(change, whoIsTold, outcomes);
  }

  void confirm(Pending<R> whoIsTold, LockState.Outcomes<R> outcomes) {
    commit(new LockChange.Confirmed(key), whoIsTold, outcomes);
  }

  void end(
      Lease lease, EndCause cause, Now now, LockState.Outcomes<R> outcomes, Pending<R> whoIsTold) {
    var change = new LockChange.Ended(key, lease.tokenOrGrant(), cause);
    forget(lease);
    lease.ended = cause;
    outcomes.ended(cause, cause == EndCause.EXPIRED ? now.nanos() - lease.deadlineNanos : 0);
    commit(change, whoIsTold, outcomes);
  }

  /** Takes back one hold that nobody was told of; re-entries of others stay. */
  void takeBack(@Nullable Lease lease, Now now, LockState.Outcomes<R> outcomes) {
    if (lease == null || lease.toldByRepeat) {
      return;
    }
    if (lease.count > 1) {
      lease.count--;
      update(lease, null, null, Pending.unasked(), outcomes);
    } else {
      end(lease, EndCause.RELEASED, now, outcomes, Pending.unasked());
      grantWaiters(now, outcomes);
    }
  }

  /**
   * Ends the lease with this token, or all with 0, whoever has them; who waits is next. Answers at
   * once if there is none.
   */
  void endByForce(long token, R requester, Now now, LockState.Outcomes<R> outcomes) {
    Lease one = token == 0 ? null : leases.byToken(token);
    if (leases.isEmpty() || (token != 0 && one == null)) {
      outcomes.answer(
          requester,
          leases.isEmpty() ? LockAnswer.Refused.NOT_HELD : LockAnswer.Refused.STALE_TOKEN);
      return;
    }
    List<Lease> ending = one == null ? leases.oldest(leases.size()) : List.of(one);
    var told = ending.subList(0, Math.min(ending.size(), LockAnswer.ForceReleased.MAX_TOLD));
    for (int i = 0; i < ending.size(); i++) {
      boolean last = i == ending.size() - 1;
      end(
          ending.get(i),
          EndCause.FORCED,
          now,
          outcomes,
          last ? Pending.forced(requester, List.copyOf(told)) : Pending.unasked());
    }
    grantWaiters(now, outcomes);
  }

  /** Why a newcomer gets nothing; call only while the key is in use. */
  LockAnswer held(Now now) {
    var next = leases.nextToExpire();
    var lease = next == null ? leases.oldest() : next;
    return new LockAnswer.Refused(Refusal.HELD, lease.ttlLeftMillis(now.nanos()));
  }

  /** Returns whether this requester was waiting; if so, it has been told. */
  boolean leaveQueue(R requester, Refusal reason, Now now, LockState.Outcomes<R> outcomes) {
    var waiter = waiters == null ? null : waiters.of(requester);
    if (waiters == null || waiter == null) {
      return false;
    }
    removeFromQueue(waiters, waiter);
    settleKeyAccount();
    outcomes.answer(requester, new LockAnswer.Refused(reason, waiter.waitedMillis(now.nanos())));
    return true;
  }

  /** Whether this requester waits, or has a lease that it waited for. */
  boolean knows(R requester) {
    return (waiters != null && waiters.of(requester) != null) || leases.hasGrantOf(requester);
  }

  /** Returns whether anybody was dropped. */
  boolean dropWaiters(Predicate<R> gone, Consumer<R> tell) {
    if (waiters == null) {
      return false;
    }
    boolean any = false;
    for (var each : waiters.firstPlaces(waiters.size())) {
      if (gone.test(each.requester)) {
        removeFromQueue(waiters, each);
        tell.accept(each.requester);
        any = true;
      }
    }
    settleKeyAccount();
    return any;
  }

  /** Returns whether anybody's patience was at its end. */
  boolean timeOutWaiters(Now now, LockState.Outcomes<R> outcomes) {
    if (waiters == null) {
      return false;
    }
    boolean any = false;
    for (var next = waiters.nextToTimeOut();
        next != null && next.deadlineNanos - now.nanos() <= 0;
        next = waiters.nextToTimeOut()) {
      leaveQueue(next.requester, Refusal.TIMEOUT, now, outcomes);
      any = true;
    }
    return any;
  }

  long nextTimeOutNanos() {
    var next = waiters == null ? null : waiters.nextToTimeOut();
    if (next == null) {
      throw new IllegalStateException("nobody waits");
    }
    return next.deadlineNanos;
  }

  Waiters.@Nullable Waiter<R> sameRequest(LockOperation.Acquire request) {
    return waiters == null ? null : waiters.sameRequest(request);
  }

  void takeOver(
      Waiters.Waiter<R> queued,
      R requester,
      long waitMillis,
      Now now,
      LockState.Outcomes<R> outcomes) {
    R first = queued.requester;
    long waited = queued.waitedMillis(now.nanos());
    if (waiters != null) {
      waiters.takeOver(queued, requester, waitMillis, now.nanos());
    }
    outcomes.answer(first, new LockAnswer.Refused(Refusal.SUPERSEDED, waited));
  }

  void committed(long number, Now now, LockState.Outcomes<R> outcomes) {
    Pending<R> next = pending.remove();
    if (pending.isEmpty()) {
      undelivered = Set.of(); // what had to be given back is
    }
    LockAnswer answer = next.committed(leases, number, now);
    if (next.requester != null) {
      outcomes.answer(next.requester, answer);
    }
  }

  void failed(String reason, int unknownCount, LockState.Outcomes<R> outcomes) {
    int position = 0;
    var unknownGrants = new HashSet<>(undelivered);
    for (Pending<R> next = pending.poll(); next != null; next = pending.poll()) {
      if (next.requester != null) {
        outcomes.answer(
            next.requester, new LockAnswer.Unavailable(reason, position < unknownCount));
      }
      if (position < unknownCount && next.grantedNumber() > 0) {
        unknownGrants.add(next.grantedNumber());
      }
      position++;
    }
    while (!leases.isEmpty()) {
      forget(leases.oldest());
    }
    undelivered = unknownGrants;
    suspended = true;
  }

  void restore(
      int storedLimit, List<LeaseRecord> records, Now now, LockState.Outcomes<R> outcomes) {
    if (!leases.isEmpty() || !pending.isEmpty()) {
      throw new IllegalStateException("restored over live state: " + leases.size() + " leases");
    }
    suspended = false;
    if (records.isEmpty()) {
      undelivered = Set.of();
      return;
    }
    limit = storedLimit;
    if (!keyIsAccounted) {
      capacity.addBytes(keyBytes);
      keyIsAccounted = true;
    }
    for (LeaseRecord record : records) {
      capacity.addLease(entryBytes(record.request()));
      leases.add(Lease.restored(record, now));
    }
    var stillThere = new HashSet<Long>(); // and once more if this does not come through either
    for (long token : undelivered) {
      Lease lease = leases.byToken(token);
      if (lease != null) {
        end(lease, EndCause.RELEASED, now, outcomes, Pending.unasked());
        stillThere.add(token);
      }
    }
    undelivered = stillThere.isEmpty() ? Set.of() : stillThere;
  }

  LockView view(int partition, int maxHolders, int maxWaiters, long nowNanos) {
    Mode mode = leases.isEmpty() ? Mode.EXCLUSIVE : leases.oldest().request.mode();
    return new LockView(
        key,
        mode,
        isInUse() ? limit : 1,
        LockPicture.holders(leases, maxHolders, nowNanos),
        waiters == null ? List.of() : LockPicture.waiters(waiters, maxWaiters, nowNanos),
        leases.size(),
        waiterCount(),
        partition);
  }

  private void commit(LockChange change, Pending<R> whoIsTold, LockState.Outcomes<R> outcomes) {
    pending.add(whoIsTold);
    outcomes.commit(change);
  }

  void abandon() {
    dropWaiters(all -> true, requester -> {});
    while (!leases.isEmpty()) {
      forget(leases.oldest());
    }
  }

  private void forget(Lease lease) {
    leases.remove(lease);
    capacity.removeLease(entryBytes(lease.request));
    settleKeyAccount();
  }

  private void removeFromQueue(Waiters<R> queue, Waiters.Waiter<R> waiter) {
    queue.remove(waiter);
    capacity.removeWaiter(entryBytes(waiter.request));
  }

  private void settleKeyAccount() {
    if (keyIsAccounted && !isInUse()) {
      keyIsAccounted = false;
      capacity.addBytes(-keyBytes);
    }
  }

  private static long entryBytes(LockOperation.Acquire request) {
    var metadata = request.metadata();
    return LockCapacity.ENTRY_BYTES
        + request.owner().length()
        + (metadata == null ? 0 : metadata.length());
  }
}
