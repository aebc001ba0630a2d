package io.leasehold.domain.lock;

import java.util.List;

/** What a request on one key came to. Immutable. */
public sealed interface LockAnswer {

  /** No wait was asked for: {@code waited_ms} stays out of the answer. */
  long NO_WAIT = -1;

  /**
   * The lease is the requester's, and committed.
   *
   * @param ttlMillis time really left
   * @param waitedMillis time in the queue, {@link #NO_WAIT} if none was asked for
   * @param count 1 plus the re-entries
   */
  record Granted(long token, long ttlMillis, long waitedMillis, int count) implements LockAnswer {}

  /** The deadline was moved, and that is committed. */
  record Extended(long token, long ttlMillis, int count) implements LockAnswer {}

  /**
   * One hold was given back.
   *
   * @param count holds left of a re-entrant lease, 0 = the lease is gone
   */
  record Released(int count) implements LockAnswer {
    public static final Released FREED = new Released(0);
  }

  /**
   * Leases were ended by force, and that is committed.
   *
   * @param leases oldest first, at most {@value #MAX_TOLD} of them
   */
  record ForceReleased(List<Lost> leases) implements LockAnswer {
    public static final int MAX_TOLD = 1_000;

    /** A lease that its owner has no more. */
    public record Lost(String owner, long token) {}

    public ForceReleased {
      leases = List.copyOf(leases);
    }
  }

  /** A live lease exists. */
  record Exists() implements LockAnswer {
    public static final Exists INSTANCE = new Exists();
  }

  /** The token is that of a live lease; confirmed against the journal. */
  record Verified(String owner, long ttlMillis) implements LockAnswer {}

  record Inspected(LockView view) implements LockAnswer {}

  /** The wait that was to be cancelled has been answered. */
  record WaitCancelled() implements LockAnswer {
    public static final WaitCancelled INSTANCE = new WaitCancelled();
  }

  /**
   * A rule said no.
   *
   * @param figure meaning as {@link Refusal#figureName()} says, 0 if it has none
   */
  record Refused(Refusal reason, long figure) implements LockAnswer {
    public static final Refused NOT_HELD = new Refused(Refusal.NOT_HELD, 0);
    public static final Refused NOT_OWNER = new Refused(Refusal.NOT_OWNER, 0);
    public static final Refused STALE_TOKEN = new Refused(Refusal.STALE_TOKEN, 0);
    public static final Refused NOT_WAITING = new Refused(Refusal.NOT_WAITING, 0);
  }

  /** The id was used on this key with other members: a mistake of the client. */
  record IdConflict() implements LockAnswer {
    public static final IdConflict INSTANCE = new IdConflict();
  }

  /** An anonymous owner asked for re-entrance. */
  record AnonymousReentry() implements LockAnswer {
    public static final AnonymousReentry INSTANCE = new AnonymousReentry();
  }

  /**
   * A limit of the node turned a new lease or queue place away.
   *
   * @param used leases, or whole megabytes rounded up, with this request where it is memory
   */
  record LimitReached(LockCapacity.Limit limit, long used, long max) implements LockAnswer {}

  /**
   * Something broke on the way.
   *
   * @param outcomeUnknown a commit was under way: it may or may not have been applied
   */
  record Unavailable(String reason, boolean outcomeUnknown) implements LockAnswer {}

  /**
   * The key is on its way to another node and the request was not looked at: it may be asked again.
   * Of a wait: it has lost its place in the queue that stayed behind.
   */
  record Moved() implements LockAnswer {
    public static final Moved INSTANCE = new Moved();
  }
}
