package io.leasehold.actors.dashboard;

import io.leasehold.domain.lock.LockView;
import java.util.List;

/**
 * A key in use, in one line. Immutable.
 *
 * @param owner of the oldest lease; empty while nobody holds the key
 * @param token of that lease, 0 without one
 * @param ttlMillis left of that lease
 * @param queue its head, at most {@value #MAX_QUEUE} of {@code waiters}
 */
public record LockRow(
    String key,
    String mode,
    int limit,
    int holders,
    int waiters,
    String owner,
    long token,
    long ttlMillis,
    List<Waiting> queue) {
  /** Shown of a queue. */
  public static final int MAX_QUEUE = 10;

  /** Somebody in the queue. */
  public record Waiting(String owner, int position, long waitedMillis) {}

  public LockRow {
    queue = List.copyOf(queue);
  }

  static LockRow of(LockView view) {
    boolean held = !view.holders().isEmpty();
    return new LockRow(
        view.key(),
        view.mode().wire(),
        view.limit(),
        view.holdersTotal(),
        view.waitersTotal(),
        held ? view.holders().get(0).owner() : "",
        held ? view.holders().get(0).token() : 0,
        held ? view.holders().get(0).ttlMillis() : 0,
        view.waiters().stream()
            .limit(MAX_QUEUE)
            .map(each -> new Waiting(each.owner(), each.position(), each.waitedMillis()))
            .toList());
  }

  /** Bytes on the way to another node, roughly and at most. */
  int weight() {
    int characters = key.length() + owner.length();
    for (Waiting each : queue) {
      characters += each.owner().length();
    }
    return 64 + 16 * queue.size() + 3 * characters;
  }
}
