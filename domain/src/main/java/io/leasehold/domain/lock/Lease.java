package io.leasehold.domain.lock;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A live lease in the memory of its owner. Mutable, confined to its {@link LockState}. */
final class Lease {
  final LockOperation.Acquire request;
  final long grantedNanos;

  /** 0 until its grant is committed. */
  long token;

  /** Null once the grant is committed. */
  LockChange.@Nullable Granted grant;

  long deadlineNanos;

  /** Decision + ttl on the monotonic clock: what the wall deadline is on the other. */
  long promisedNanos;

  long ttlMillis;
  long wallDeadlineMillis;
  int count = 1;
  List<String> reentryIds = List.of();
  List<String> releaseIds = List.of();

  /** Extensions decided and not yet committed: while there are any, the lease cannot expire. */
  int updatesUnderCommit;

  /** A repeat of its request has been told of it. */
  boolean toldByRepeat;

  /** Who was ready to wait for it, null if nobody was. */
  @Nullable Object waiter;

  /** How it ended, null while it is live. */
  @Nullable EndCause ended;

  @Nullable Lease previous;
  @Nullable Lease next;

  Lease(LockOperation.Acquire request, long grantedNanos) {
    this.request = request;
    this.grantedNanos = grantedNanos;
  }

  /** A lease as the journal knows it, with the time it has left after a takeover. */
  static Lease restored(LeaseRecord record, Now now) {
    var lease = new Lease(record.request(), now.nanos());
    lease.token = record.token();
    lease.ttlMillis = record.ttlMillis();
    lease.wallDeadlineMillis = record.wallDeadlineMillis();
    lease.count = record.count();
    lease.reentryIds = record.reentryIds();
    lease.releaseIds = record.releaseIds();
    long leftMillis =
        record.wallDeadlineMillis() - now.wallMillis() + LockState.TAKEOVER_GRACE_MILLIS;
    lease.deadlineNanos =
        now.nanos() + Math.min(leftMillis, record.ttlMillis()) * LockState.NANOS_PER_MILLI;
    lease.promisedNanos = lease.deadlineNanos;
    return lease;
  }

  /** Whether {@code request}, which has the id of this lease or of a re-entry, asks the same. */
  boolean matchesRepeat(LockOperation.Acquire again) {
    if (request.requestId() != null && request.requestId().equals(again.requestId())) {
      return request.asksTheSameAs(again);
    }
    return again.reentrant() && again.limit() == 1 && again.mode() == Mode.EXCLUSIVE;
  }

  LockChange.LeaseToken tokenOrGrant() {
    return grant == null ? LockChange.LeaseToken.of(token) : LockChange.LeaseToken.of(grant);
  }

  String owner() {
    return request.owner();
  }

  boolean isDead(long nowNanos) {
    return updatesUnderCommit == 0 && deadlineNanos - nowNanos <= 0;
  }

  /** Time left, never more than the length given: an uncommitted lease has a second on top. */
  long ttlLeftMillis(long nowNanos) {
    long left = Math.max(0, deadlineNanos - nowNanos);
    return Math.min(ttlMillis, (left + 999_999) / 1_000_000);
  }
}
