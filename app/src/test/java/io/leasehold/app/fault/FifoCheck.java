package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * Under one owner, nobody overtakes a waiter that was seen in the queue before he sent his own
 * request. Who was granted first, the tokens say; a waiter that timed out was overtaken if the
 * other's grant was received before the wait could have ended.
 *
 * <p>Left out: pairs with a possible change of owner in between, waits that broke, and those that
 * were repeated, because a repeat takes over a place.
 */
final class FifoCheck implements Check {
  @Override
  public String name() {
    return "fifo";
  }

  @Override
  public Findings examine(KeyHistory history, Rules rules) {
    var violations = new ArrayList<Violation>();
    var repeated = new HashSet<Integer>();
    for (Operation operation : history.operations()) {
      if (operation.isRepeat()) {
        repeated.add(operation.request());
      }
    }
    long pairs = 0;
    List<Operation> standing = new ArrayList<>();
    List<Window> moves = rules.withSharing().stream().filter(Window::changesOwner).toList();
    for (Operation later : history.operations()) {
      if (later.kind() != Kind.ACQUIRE) {
        continue;
      }
      standing.removeIf(earlier -> earlier.answeredNanos() <= later.sentNanos());
      if (later.isGrant() && !later.isRepeat()) {
        for (Operation earlier : standing) {
          if (earlier.queuedNanos() < later.sentNanos() && isOneOwner(moves, earlier, later)) {
            pairs++;
            if (isOvertaken(earlier, later)) {
              violations.add(
                  Violation.of(
                      this,
                      history.key(),
                      "a waiter seen in the queue at "
                          + Operation.time(earlier.queuedNanos())
                          + " was overtaken by a request sent at "
                          + Operation.time(later.sentNanos()),
                      earlier,
                      later));
            }
          }
        }
      }
      if (later.queuedNanos() > 0
          && !repeated.contains(later.request())
          && (later.isGrant() || later.outcome() == Outcome.TIMEOUT)) {
        standing.add(later);
      }
    }
    return new Findings(pairs, violations);
  }

  private static boolean isOneOwner(List<Window> moves, Operation earlier, Operation later) {
    return !Window.anyOverlaps(
        moves, earlier.sentNanos(), Math.max(earlier.answeredNanos(), later.answeredNanos()));
  }

  private static boolean isOvertaken(Operation earlier, Operation later) {
    return earlier.isGrant()
        ? later.token() < earlier.token()
        : later.answeredNanos() < earlier.sentNanos() + earlier.waitMillis() * History.MILLI;
  }
}
