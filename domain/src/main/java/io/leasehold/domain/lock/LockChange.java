package io.leasehold.domain.lock;

import org.jspecify.annotations.Nullable;

/**
 * One change of one key that has to be committed before anybody is told.
 *
 * <p>Decided by {@link LockState}, numbered by the journal of the key's partition. The number of a
 * {@link Granted} is the fencing token of its lease, so a change that follows a grant in the same
 * group names the grant, not its token. Handed from one actor to the next through their mailboxes,
 * never used by two at once.
 */
public abstract sealed class LockChange {
  private final String key;
  private long number;

  private LockChange(String key) {
    this.key = key;
  }

  public String key() {
    return key;
  }

  /** Position in the partition's sequence of changes; 0 until the journal has given it one. */
  public long number() {
    return number;
  }

  /** Called once, by the journal, with numbers that rise by one from change to change. */
  public void assignNumber(long newNumber) {
    if (number != 0 || newNumber <= 0) {
      throw new IllegalStateException("number " + newNumber + " after " + number);
    }
    number = newNumber;
  }

  /** A new lease. */
  public static final class Granted extends LockChange {
    private final LockOperation.Acquire request;
    private final long wallDeadlineMillis;

    /**
     * @param wallDeadlineMillis wall clock of the decision + ttl: bounds the lease over a restart
     */
    public Granted(String key, LockOperation.Acquire request, long wallDeadlineMillis) {
      super(key);
      this.request = request;
      this.wallDeadlineMillis = wallDeadlineMillis;
    }

    public LockOperation.Acquire request() {
      return request;
    }

    public long wallDeadlineMillis() {
      return wallDeadlineMillis;
    }

    /** What is stored of the lease once this change has its number. */
    public LeaseRecord record() {
      return LeaseRecord.ofGrant(number(), request, wallDeadlineMillis);
    }
  }

  /** A lease whose deadline or re-entry count changed. */
  public static final class Updated extends LockChange {
    private final LeaseToken lease;
    private final long ttlMillis;
    private final long wallDeadlineMillis;
    private final int count;
    private final @Nullable String reentryId;
    private final @Nullable String releaseId;

    public Updated(
        String key,
        LeaseToken lease,
        long ttlMillis,
        long wallDeadlineMillis,
        int count,
        @Nullable String reentryId,
        @Nullable String releaseId) {
      super(key);
      this.lease = lease;
      this.ttlMillis = ttlMillis;
      this.wallDeadlineMillis = wallDeadlineMillis;
      this.count = count;
      this.reentryId = reentryId;
      this.releaseId = releaseId;
    }

    public long token() {
      return lease.value();
    }

    public long ttlMillis() {
      return ttlMillis;
    }

    public long wallDeadlineMillis() {
      return wallDeadlineMillis;
    }

    public int count() {
      return count;
    }

    public @Nullable String reentryId() {
      return reentryId;
    }

    public @Nullable String releaseId() {
      return releaseId;
    }
  }

  /** The end of a lease. */
  public static final class Ended extends LockChange {
    private final LeaseToken lease;
    private final EndCause cause;

    public Ended(String key, LeaseToken lease, EndCause cause) {
      super(key);
      this.lease = lease;
      this.cause = cause;
    }

    public long token() {
      return lease.value();
    }

    public EndCause cause() {
      return cause;
    }
  }

  /**
   * Changes nothing; its commit proves that this node still owns the partition.
   *
   * <p>A confirmation takes a number like every change: one rule for all of them.
   */
  public static final class Confirmed extends LockChange {
    public Confirmed(String key) {
      super(key);
    }
  }

  /** The token of a lease, known or about to be. */
  public static final class LeaseToken {
    private final long known;
    private final @Nullable Granted grant;

    private LeaseToken(long known, @Nullable Granted grant) {
      this.known = known;
      this.grant = grant;
    }

    public static LeaseToken of(long token) {
      return new LeaseToken(token, null);
    }

    static LeaseToken of(Granted grant) {
      return new LeaseToken(0, grant);
    }

    /** 0 while the grant has no number. */
    public long value() {
      return grant == null ? known : grant.number();
    }
  }
}
