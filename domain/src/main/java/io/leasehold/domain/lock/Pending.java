package io.leasehold.domain.lock;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is told what once one change is committed. Confined to its {@link LockState}.
 *
 * @param <R> who asked
 */
final class Pending<R> {
  private enum Kind {
    UNASKED,
    GRANTED,
    EXTENDED,
    REENTERED,
    RELEASED,
    FORCED,
    REPEATED,
    VERIFIED
  }

  private static final LockAnswer ENDED_TOO_EARLY =
      new LockAnswer.Unavailable("lease ended before it could be granted", false);

  private final Kind kind;
  final @Nullable R requester;
  private final @Nullable Lease lease;

  /** Length in milliseconds of a grant or extension. */
  private final long ttlMillis;

  /** Holds of the lease as this was decided: what is decided later does not show in its answer. */
  private final int count;

  private final long waitedMillis;
  private final long decidedNanos;

  /** What a forced release has ended, with the lease whose end is the last of them. */
  private List<Lease> forced = List.of();

  private Pending(
      Kind kind,
      @Nullable R requester,
      @Nullable Lease lease,
      long ttlMillis,
      int count,
      long waitedMillis,
      long decidedNanos) {
    this.kind = kind;
    this.requester = requester;
    this.lease = lease;
    this.ttlMillis = ttlMillis;
    this.count = count;
    this.waitedMillis = waitedMillis;
    this.decidedNanos = decidedNanos;
  }

  static <R> Pending<R> unasked() {
    return new Pending<>(Kind.UNASKED, null, null, 0, 0, 0, 0);
  }

  static <R> Pending<R> granted(R requester, Lease lease, long waitedMillis, long nowNanos) {
    return new Pending<>(
        Kind.GRANTED, requester, lease, lease.request.ttlMillis(), 1, waitedMillis, nowNanos);
  }

  /**
   * @param reentry null for an extension
   */
  static <R> Pending<R> updated(
      R requester,
      Lease lease,
      long ttlMillis,
      LockOperation.@Nullable Acquire reentry,
      long nowNanos) {
    return new Pending<>(
        reentry == null ? Kind.EXTENDED : Kind.REENTERED,
        requester,
        lease,
        ttlMillis,
        lease.count,
        reentry == null ? LockAnswer.NO_WAIT : waitedNothing(reentry),
        nowNanos);
  }

  static <R> Pending<R> released(R requester, int holdsLeft) {
    return new Pending<>(Kind.RELEASED, requester, null, 0, holdsLeft, 0, 0);
  }

  static <R> Pending<R> forced(R requester, List<Lease> leases) {
    var pending = new Pending<R>(Kind.FORCED, requester, null, 0, 0, 0, 0);
    pending.forced = leases;
    return pending;
  }

  static <R> Pending<R> repeated(R requester, Lease lease, LockOperation.Acquire request) {
    return new Pending<>(
        Kind.REPEATED, requester, lease, 0, lease.count, waitedNothing(request), 0);
  }

  static <R> Pending<R> verified(R requester, Lease lease) {
    return new Pending<>(Kind.VERIFIED, requester, lease, 0, 0, 0, 0);
  }

  /** {@code waited_ms} of a request that did not have to wait: there only if it would have. */
  static long waitedNothing(LockOperation.Acquire request) {
    return request.waitMillis() > 0 ? 0 : LockAnswer.NO_WAIT;
  }

  /** The number the grant would have, 0 if this is no grant or it has got none. */
  long grantedNumber() {
    return kind == Kind.GRANTED && lease != null && lease.grant != null ? lease.grant.number() : 0;
  }

  /** Brings the lease up to date with its commit and says what the requester is told. */
  LockAnswer committed(Leases leases, long number, Now now) {
    Lease of = lease;
    if (kind == Kind.FORCED) {
      return new LockAnswer.ForceReleased(
          forced.stream()
              .map(each -> new LockAnswer.ForceReleased.Lost(each.owner(), each.token))
              .toList());
    }
    if (of == null) { // a release, or nobody asked
      return count == 0 ? LockAnswer.Released.FREED : new LockAnswer.Released(count);
    }
    return switch (kind) {
      case GRANTED -> granted(of, leases, number, now);
      case EXTENDED, REENTERED -> updated(of, leases, now);
      case REPEATED -> grantedUnlessLate(of, now);
      case VERIFIED ->
          of.ended == null && !of.isDead(now.nanos())
              ? new LockAnswer.Verified(of.owner(), of.ttlLeftMillis(now.nanos()))
              : LockAnswer.Refused.STALE_TOKEN;
      case UNASKED, RELEASED, FORCED -> throw new IllegalStateException(kind + " has no lease");
    };
  }

  private LockAnswer granted(Lease of, Leases leases, long number, Now now) {
    leases.beforeDeadlineChange(of);
    of.token = number;
    of.grant = null;
    of.deadlineNanos = deadlineAfterCommit(now);
    leases.afterDeadlineChange(of);
    leases.tokenKnown(of);
    return grantedUnlessLate(of, now);
  }

  private LockAnswer updated(Lease of, Leases leases, Now now) {
    long deadline = deadlineAfterCommit(now);
    leases.beforeDeadlineChange(of);
    of.updatesUnderCommit--;
    if (kind == Kind.EXTENDED || deadline - of.deadlineNanos > 0) {
      of.deadlineNanos = deadline;
    }
    leases.afterDeadlineChange(of);
    if (kind == Kind.REENTERED) {
      return grantedUnlessLate(of, now);
    }
    long left = of.ttlLeftMillis(now.nanos());
    return left == 0 ? ENDED_TOO_EARLY : new LockAnswer.Extended(of.token, left, count);
  }

  /** A lease may have been released since, by a request sent after this one: it was granted. */
  private LockAnswer grantedUnlessLate(Lease of, Now now) {
    long left = of.ttlLeftMillis(now.nanos());
    return left == 0
        ? ENDED_TOO_EARLY
        : new LockAnswer.Granted(of.token, left, waitedMillis, count);
  }

  /** The commit may take a second for free; beyond that it eats into the lease. */
  private long deadlineAfterCommit(Now now) {
    long ttlNanos = ttlMillis * 1_000_000;
    long fromNow = now.nanos() + ttlNanos;
    long latest = decidedNanos + LockState.COMMIT_ALLOWANCE_NANOS + ttlNanos;
    return fromNow - latest < 0 ? fromNow : latest;
  }
}
