package io.leasehold.domain.lock;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A picture of one key for people: what {@code inspect}, the debug API and the dashboard show.
 * Immutable. Taken from the owner's memory, so it may be ahead of or behind the journal by one
 * commit.
 *
 * @param limit permits of the key, 1 for a lock
 * @param holders oldest first, at most as many as were asked for
 * @param waiters in queue order, at most as many as were asked for
 * @param holdersTotal live leases of the key, at least {@code holders.size()}
 * @param waitersTotal queued waits, at least {@code waiters.size()}
 * @param partition of the key, 0 or more
 */
public record LockView(
    String key,
    Mode mode,
    int limit,
    List<Holder> holders,
    List<Waiter> waiters,
    int holdersTotal,
    int waitersTotal,
    int partition) {

  public LockView {
    holders = List.copyOf(holders);
    waiters = List.copyOf(waiters);
  }

  /**
   * One live lease.
   *
   * @param session first 8 digits at most: the whole id is a secret
   * @param count 1 plus the re-entries
   * @param ttlMillis time left, 0 or more
   * @param heldMillis time since the grant
   */
  public record Holder(
      String owner,
      @Nullable String session,
      long token,
      int permits,
      int count,
      Mode mode,
      long ttlMillis,
      long heldMillis,
      @Nullable String metadata) {}

  /**
   * One queued wait.
   *
   * @param position 1 for the head of the queue
   */
  public record Waiter(
      String owner, int permits, Mode mode, int position, long waitedMillis, long waitLeftMillis) {}
}
