package io.leasehold.domain.lock;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one key: who holds it, who waits, what each request comes to.
 *
 * <p>A decision takes effect here at once, so that nobody else is granted while its commit is under
 * way; who asked is told by {@link #committed} only. Changes are committed in the order in which
 * they were handed out. Not thread safe: confined to the actor of the key. Never reads a clock.
 *
 * @param <R> who asked; has value equality
 */
public final class LockState<R> {
  /** Re-entries a lease can have besides its first hold. */
  public static final int MAX_REENTRIES = 255;

  /** A commit may take this much of a lease's time before the lease pays for it. */
  static final long COMMIT_ALLOWANCE_NANOS = 1_000_000_000L;

  /** Added to a lease at takeover, so that clocks that differ cut none. */
  static final long TAKEOVER_GRACE_MILLIS = 3_000;

  static final long NANOS_PER_MILLI = 1_000_000;

  /** Where the rules put what they decided. */
  public interface Outcomes<R> {
    void answer(R requester, LockAnswer answer);

    /** To be committed after all changes handed out before it. */
    void commit(LockChange change);

    /**
     * A lease ended.
     *
     * @param lateNanos time since its deadline if it expired, else 0
     */
    void ended(EndCause cause, long lateNanos);

    /** A waiter got its lease after so long a wait. */
    void waited(long nanos);
  }

  private final Holdings<R> holdings;
  private final int partition;
  private final int maxWaiters;

  /**
   * @param keyLength of the key in UTF-8 bytes
   * @param maxWaiters in the queue of this key, 0 = unlimited
   */
  public LockState(
      String key, int keyLength, int partition, LockCapacity capacity, int maxWaiters) {
    this.holdings = new Holdings<>(key, keyLength, capacity);
    this.partition = partition;
    this.maxWaiters = maxWaiters;
  }

  /** Nobody holds the key, waits for it, or has a change whose outcome is open. */
  public boolean isFree() {
    return !holdings.isInUse() && !holdings.hasOpenOutcomes();
  }

  public int leaseCount() {
    return holdings.leases().size();
  }

  public int waiterCount() {
    return holdings.waiterCount();
  }

  /** Decides an acquire. */
  public void acquire(LockOperation.Acquire request, R requester, Now now, Outcomes<R> outcomes) {
    acquire(request, requester, 0, now, outcomes);
  }

  /** Brings a wait back into the queue, at its end, unless it is known. */
  public void confirm(LockOperation.Confirm request, R requester, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    if (!holdings.knows(requester)) {
      acquire(request.acquire(), requester, request.waitedMillis(), now, outcomes);
    }
  }

  private void acquire(
      LockOperation.Acquire request,
      R requester,
      long waitedMillis,
      Now now,
      Outcomes<R> outcomes) {
    expire(now, outcomes);
    if (request.isRecognisable() && answersRepeat(request, requester, now, outcomes)) {
      return;
    }
    if (request.reentrant() && answersReentry(request, requester, now, outcomes)) {
      return;
    }
    if (holdings.isInUse() && holdings.limit() != request.limit()) {
      outcomes.answer(requester, new LockAnswer.Refused(Refusal.LIMIT_MISMATCH, holdings.limit()));
    } else if (holdings.admitsNewcomer(request)) {
      var full = holdings.tryReserveLease(request);
      if (full != null) {
        outcomes.answer(requester, full);
      } else {
        long waited = request.waitMillis() > 0 ? waitedMillis : LockAnswer.NO_WAIT;
        var lease = holdings.grant(request, requester, waited, now, outcomes);
        lease.waiter = request.waitMillis() > 0 ? requester : null;
      }
    } else if (request.waitMillis() == 0) {
      outcomes.answer(requester, holdings.held(now));
    } else if (maxWaiters > 0 && waiterCount() >= maxWaiters) {
      outcomes.answer(requester, new LockAnswer.Refused(Refusal.QUEUE_FULL, waiterCount()));
    } else {
      var full = holdings.tryQueue(request, requester, waitedMillis, now);
      if (full != null) {
        outcomes.answer(requester, full);
      }
    }
  }

  /** Decides a release. */
  public void release(LockOperation.Release request, R requester, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    Lease lease = find(request.owner(), request.token(), requester, outcomes);
    if (lease == null) {
      return;
    }
    boolean namesTheHolder = request.owner() != null || request.token() != 0;
    var id = request.requestId();
    if (namesTheHolder && id != null && lease.releaseIds.contains(id)) {
      holdings.confirm(Pending.released(requester, lease.count), outcomes);
    } else if (namesTheHolder && lease.count > 1) {
      lease.count--;
      lease.releaseIds = LeaseRecord.append(lease.releaseIds, id, LeaseRecord.MAX_RELEASE_IDS);
      holdings.update(lease, null, id, Pending.released(requester, lease.count), outcomes);
    } else {
      holdings.end(lease, EndCause.RELEASED, now, outcomes, Pending.released(requester, 0));
      holdings.grantWaiters(now, outcomes);
    }
  }

  /** Ends leases by force; the requester is told of them all when the last end is committed. */
  public void forceRelease(
      LockOperation.ForceRelease request, R requester, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    holdings.endByForce(request.token(), requester, now, outcomes);
  }

  /** Decides an extension: the deadline becomes now + ttl, be it later or earlier. */
  public void extend(LockOperation.Extend request, R requester, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    Lease lease = find(request.owner(), request.token(), requester, outcomes);
    if (lease != null) {
      prolong(lease, request.ttlMillis(), null, requester, now, outcomes);
    }
  }

  /** Answers from memory whether a live lease exists. */
  public void exists(R requester, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    outcomes.answer(
        requester,
        holdings.leases().isEmpty() ? LockAnswer.Refused.NOT_HELD : LockAnswer.Exists.INSTANCE);
  }

  /** Answers, after a commit has shown that this node still owns the key, whose the token is. */
  public void verify(LockOperation.Verify request, R requester, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    Lease lease = find(null, request.token(), requester, outcomes);
    if (lease != null) {
      holdings.confirm(Pending.verified(requester, lease), outcomes);
    }
  }

  /** Answers with a picture of the key. */
  public void inspect(LockOperation.Inspect request, R requester, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    outcomes.answer(
        requester, new LockAnswer.Inspected(view(request.maxHolders(), request.maxWaiters(), now)));
  }

  /** Takes back a hold that its requester was never told of. Nobody is answered. */
  public void giveBack(LockOperation.GiveBack request, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    holdings.takeBack(holdings.leases().byToken(request.token()), now, outcomes);
  }

  /**
   * Takes the wait of {@code target} out of the queue. The wait is answered before its cancel.
   *
   * @param requester null if the connection of both has ended: then a grant that is on its way to
   *     the wait is given back too
   */
  public void cancel(R target, @Nullable R requester, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    boolean waited = holdings.leaveQueue(target, Refusal.CANCELLED, now, outcomes);
    if (waited) {
      holdings.grantWaiters(now, outcomes);
    } else if (requester == null) {
      holdings.takeBack(holdings.leases().takeGrantOf(target), now, outcomes);
    }
    if (requester != null) {
      outcomes.answer(
          requester, waited ? LockAnswer.WaitCancelled.INSTANCE : LockAnswer.Refused.NOT_WAITING);
    }
  }

  /**
   * Takes waits out of the queue whose requesters can no longer be answered. Nobody is.
   *
   * @param gone who can no longer be answered
   */
  public void dropWaiters(Predicate<R> gone, Now now, Outcomes<R> outcomes) {
    expire(now, outcomes);
    if (holdings.dropWaiters(gone, requester -> {})) {
      holdings.grantWaiters(now, outcomes);
    }
  }

  /** The key leaves this node: whoever waits is told to ask again, in the order of the queue. */
  public void sendWaitersAway(Outcomes<R> outcomes) {
    holdings.dropWaiters(
        all -> true, requester -> outcomes.answer(requester, LockAnswer.Moved.INSTANCE));
  }

  /**
   * Ends every lease that is at its deadline and every wait that is at its time-out, and grants
   * what that makes free. A lease is dead at its deadline, not after it.
   */
  public void expire(Now now, Outcomes<R> outcomes) {
    var leases = holdings.leases();
    boolean ended = false;
    for (Lease next = leases.nextToExpire();
        next != null && next.isDead(now.nanos());
        next = leases.nextToExpire()) {
      holdings.end(next, EndCause.EXPIRED, now, outcomes, Pending.unasked());
      ended = true;
    }
    // a head that gives up may have held back a smaller request behind it
    ended |= holdings.timeOutWaiters(now, outcomes);
    if (ended) {
      holdings.grantWaiters(now, outcomes);
    }
  }

  /** Whether anything will happen to this key by itself. */
  public boolean hasDeadline() {
    return holdings.leases().nextToExpire() != null || holdings.waiterCount() > 0;
  }

  /** When {@link #expire} should be called next; only if {@link #hasDeadline()}. */
  public long nextDeadlineNanos() {
    Lease lease = holdings.leases().nextToExpire();
    if (holdings.waiterCount() == 0) {
      if (lease == null) {
        throw new IllegalStateException("no deadline");
      }
      return lease.deadlineNanos;
    }
    long timeOut = holdings.nextTimeOutNanos();
    return lease != null && lease.deadlineNanos - timeOut < 0 ? lease.deadlineNanos : timeOut;
  }

  /**
   * The oldest {@code count} changes that were handed out are committed, with the numbers from
   * {@code firstNumber}. Their requesters are answered, in order.
   */
  public void committed(long firstNumber, int count, Now now, Outcomes<R> outcomes) {
    for (int i = 0; i < count; i++) {
      holdings.committed(firstNumber + i, now, outcomes);
    }
    expire(now, outcomes); // a commit that took too long gives its lease back
  }

  /**
   * The commits failed. Every requester that waits for one is told, and what is held is forgotten
   * until {@link #restore} brings it back from the journal; queued waits stay.
   *
   * @param unknownCount how many of the oldest changes may have been applied none the less
   */
  public void failed(String reason, int unknownCount, Outcomes<R> outcomes) {
    holdings.failed(reason, unknownCount, outcomes);
  }

  /** Brings back what the journal holds. The key has no lease and no commit under way. */
  public void restore(int limit, List<LeaseRecord> records, Now now, Outcomes<R> outcomes) {
    holdings.restore(limit, records, now, outcomes);
    expire(now, outcomes);
    holdings.grantWaiters(now, outcomes);
  }

  /**
   * The key is no longer this node's: what it has here counts no more against the capacity. Nobody
   * is told, nothing is committed, and the state is not to be used again.
   */
  public void abandon() {
    holdings.abandon();
  }

  /** A picture for people, without expiring anything. */
  public LockView view(int maxHolders, int maxWaiters, Now now) {
    return holdings.view(partition, maxHolders, maxWaiters, now.nanos());
  }

  private boolean answersRepeat(
      LockOperation.Acquire request, R requester, Now now, Outcomes<R> outcomes) {
    Lease lease = holdings.leases().byRequest(request);
    if (lease != null) {
      if (lease.matchesRepeat(request)) {
        lease.toldByRepeat = true;
        holdings.confirm(Pending.repeated(requester, lease, request), outcomes);
      } else {
        outcomes.answer(requester, LockAnswer.IdConflict.INSTANCE);
      }
      return true;
    }
    var queued = holdings.sameRequest(request);
    if (queued == null) {
      return false;
    }
    if (!queued.request.asksTheSameAs(request)) {
      outcomes.answer(requester, LockAnswer.IdConflict.INSTANCE);
      return true;
    }
    if (request.waitMillis() == 0) { // the repeat no longer wants to wait: its place is given up
      holdings.leaveQueue(queued.requester, Refusal.SUPERSEDED, now, outcomes);
      holdings.grantWaiters(now, outcomes);
      return false;
    }
    holdings.takeOver(queued, requester, request.waitMillis(), now, outcomes);
    return true;
  }

  private boolean answersReentry(
      LockOperation.Acquire request, R requester, Now now, Outcomes<R> outcomes) {
    if (Owners.isAnonymous(request.owner())) {
      outcomes.answer(requester, LockAnswer.AnonymousReentry.INSTANCE);
      return true;
    }
    Lease lease = holdings.leases().soleExclusive(holdings.limit());
    if (lease == null || !lease.owner().equals(request.owner())) {
      return false;
    }
    if (lease.count > MAX_REENTRIES) {
      outcomes.answer(requester, new LockAnswer.Refused(Refusal.REENTRANCY_LIMIT, 0));
      return true;
    }
    lease.count++;
    lease.reentryIds =
        LeaseRecord.append(lease.reentryIds, request.requestId(), LeaseRecord.MAX_REENTRY_IDS);
    prolong(lease, request.ttlMillis(), request, requester, now, outcomes);
    return true;
  }

  /**
   * Moves a deadline, once that is committed.
   *
   * @param reentry what re-entered the lease, which never shortens it; null for an extension
   */
  private void prolong(
      Lease lease,
      long ttlMillis,
      LockOperation.@Nullable Acquire reentry,
      R requester,
      Now now,
      Outcomes<R> outcomes) {
    long promised = now.nanos() + ttlMillis * NANOS_PER_MILLI;
    if (reentry == null || promised - lease.promisedNanos > 0) { // never the wall clock: it jumps
      lease.ttlMillis = reentry == null ? ttlMillis : Math.max(ttlMillis, lease.ttlMillis);
      lease.promisedNanos = promised;
      lease.wallDeadlineMillis = now.wallMillis() + ttlMillis;
    }
    holdings.leases().beforeDeadlineChange(lease);
    lease.updatesUnderCommit++;
    holdings.leases().afterDeadlineChange(lease);
    holdings.update(
        lease,
        reentry == null ? null : reentry.requestId(),
        null,
        Pending.updated(requester, lease, ttlMillis, reentry, now.nanos()),
        outcomes);
  }

  /** The one lease a request means; otherwise answers why there is none, and returns null. */
  private @Nullable Lease find(
      @Nullable String owner, long token, R requester, Outcomes<R> outcomes) {
    var match = holdings.leases().match(owner, token);
    if (match.refusal() != null) {
      outcomes.answer(requester, match.refusal());
    }
    return match.lease();
  }
}
