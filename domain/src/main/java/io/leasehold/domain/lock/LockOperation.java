package io.leasehold.domain.lock;

import org.jspecify.annotations.Nullable;

/** What a client can ask of one key. Immutable; ranges are checked where the wire is read. */
public sealed interface LockOperation {

  /** Has the rules of the key decide this operation. */
  <R> void decide(LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes);

  /**
   * Asks for permits.
   *
   * @param owner {@value Owners#ANONYMOUS} identifies nobody
   * @param ttlMillis length of the lease, 100..86,400,000
   * @param waitMillis how long to stand in the queue, 0 = not at all
   * @param limit permits of the key, 1 for a lock
   * @param permits wanted, 1..limit
   * @param requestId makes a repeat of this request recognisable, null = never a repeat
   */
  record Acquire(
      String owner,
      long ttlMillis,
      long waitMillis,
      int limit,
      int permits,
      Mode mode,
      boolean reentrant,
      @Nullable String metadata,
      @Nullable String requestId)
      implements LockOperation {

    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.acquire(this, requester, now, outcomes);
    }

    /** Whether {@code other} asks for the same, as a repeat must. */
    boolean asksTheSameAs(Acquire other) {
      return ttlMillis == other.ttlMillis
          && limit == other.limit
          && permits == other.permits
          && mode == other.mode
          && reentrant == other.reentrant;
    }

    /** Whether this request can be told from those of others: owner and id are both known. */
    boolean isRecognisable() {
      return requestId != null && !Owners.isAnonymous(owner);
    }
  }

  /**
   * Says that a wait still stands, and brings it back if its owner has lost it: a key that moved to
   * another node left its queue behind. Changes nothing for a wait that is known, or that has been
   * granted and whose answer is on its way.
   *
   * @param acquire as it was asked first
   * @param waitedMillis since then
   */
  record Confirm(Acquire acquire, long waitedMillis) implements LockOperation {
    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.confirm(this, requester, now, outcomes);
    }
  }

  /**
   * Gives a lease back.
   *
   * @param owner only this owner's lease, null = whoever holds it
   * @param token only the lease with this token, 0 = any
   * @param requestId applies a re-entrant release once, null = every time
   */
  record Release(@Nullable String owner, long token, @Nullable String requestId)
      implements LockOperation {
    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.release(this, requester, now, outcomes);
    }
  }

  /**
   * Sets the deadline to now + ttl, which may shorten it.
   *
   * @param token 0 = any; owner or token is given
   * @param ttlMillis 100..86,400,000
   */
  record Extend(@Nullable String owner, long token, long ttlMillis) implements LockOperation {
    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.extend(this, requester, now, outcomes);
    }
  }

  /**
   * Gives back a hold whose grant came too late for its requester, unless a repeat of the request
   * has been told of it since.
   */
  record GiveBack(long token) implements LockOperation {
    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.giveBack(this, now, outcomes);
    }
  }

  /**
   * Ends leases whoever holds them: for an administrator.
   *
   * @param token only the lease with this token, 0 = every lease of the key
   */
  record ForceRelease(long token) implements LockOperation {
    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.forceRelease(this, requester, now, outcomes);
    }
  }

  /** Asks whether a live lease exists. */
  record Exists() implements LockOperation {
    public static final Exists INSTANCE = new Exists();

    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.exists(requester, now, outcomes);
    }
  }

  /** Asks, against the journal, whether the lease with this token is live. */
  record Verify(long token) implements LockOperation {
    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.verify(this, requester, now, outcomes);
    }
  }

  /** Asks for a picture of the key. */
  record Inspect(int maxHolders, int maxWaiters) implements LockOperation {
    @Override
    public <R> void decide(
        LockState<R> state, R requester, Now now, LockState.Outcomes<R> outcomes) {
      state.inspect(this, requester, now, outcomes);
    }
  }
}
