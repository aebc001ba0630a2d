package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.List;

/**
 * A permit does not stand free before a waiter: from the moment when it is free for certain (the
 * release answered, or the lease past every deadline it can have) and a waiter stands, the next
 * grant is received within the bound, as long as the owner is available.
 *
 * <p>Permits that an acquire with an open outcome may have taken do not count as free. On a
 * semaphore only moments count at which the greediest waiter of the key could be served.
 */
final class WakeUpCheck implements Check {
  /** A time in which a permit stood free before a waiter. */
  private record Gap(long fromNanos, long toNanos) {
    long nanos() {
      return toNanos - fromNanos;
    }
  }

  @Override
  public String name() {
    return "wake-up";
  }

  @Override
  public Findings examine(KeyHistory history, Rules rules) {
    var violations = new ArrayList<Violation>();
    List<Gap> gaps = gaps(history, rules);
    for (Gap gap : gaps) {
      if (gap.nanos() > rules.wakeUp().toNanos()) {
        List<Operation> waiters =
            history.operations().stream()
                .filter(WakeUpCheck::stands)
                .filter(wait -> wait.sentNanos() < gap.toNanos())
                .filter(wait -> wait.answeredNanos() > gap.fromNanos())
                .limit(10)
                .toList();
        violations.add(
            new Violation(
                name(),
                history.key().name(),
                "a permit stood free before waiters from "
                    + Operation.time(gap.fromNanos())
                    + " to "
                    + Operation.time(gap.toNanos()),
                waiters));
      }
    }
    return new Findings(gaps.size(), violations);
  }

  /** How long permits stood free before waiters, each time, in nanoseconds. */
  long[] gapNanos(KeyHistory history, Rules rules) {
    return gaps(history, rules).stream().mapToLong(Gap::nanos).toArray();
  }

  /** The server has had it in the queue, and it ended there. */
  private static boolean stands(Operation operation) {
    return operation.kind() == Kind.ACQUIRE
        && operation.isWait()
        && (operation.isGrant() || operation.outcome() == Outcome.TIMEOUT);
  }

  private static List<Gap> gaps(KeyHistory history, Rules rules) {
    var waits = new ArrayList<Occupancy.Stretch>();
    int greediest = 0;
    for (Operation operation : history.operations()) {
      if (stands(operation)) {
        waits.add(new Occupancy.Stretch(operation.sentNanos(), operation.answeredNanos(), -1));
        greediest = Math.max(greediest, operation.permits());
      }
    }
    long room = history.key().limit() - (long) greediest;
    List<Occupancy.Stretch> free = new Occupancy(taken(history, rules)).notAbove(room);
    // A waiter counts as -1, so "not above -1" is where at least one stands.
    List<Occupancy.Stretch> stood = new Occupancy(waits).notAbove(-1);
    return intersection(free, stood, rules);
  }

  /** What is, or may be, held; a waiter holds from the answer to its grant. */
  private static List<Occupancy.Stretch> taken(KeyHistory history, Rules rules) {
    var taken = new ArrayList<Occupancy.Stretch>();
    for (Holding holding : Holding.of(history, rules)) {
      Operation grant = holding.grant();
      long from = grant.isWait() ? holding.startNanos() : grant.sentNanos();
      taken.add(new Occupancy.Stretch(from, holding.possibleEndNanos(), grant.permits()));
    }
    for (Operation operation : history.operations()) {
      if (operation.kind() == Kind.ACQUIRE && operation.outcome().isOpen()) {
        taken.add(mayHold(operation, rules));
      } else if (operation.outcome() == Outcome.NOT_APPLIED) { // decided, then taken back
        taken.add(
            new Occupancy.Stretch(
                operation.sentNanos(), operation.answeredNanos(), operation.permits()));
      }
    }
    return taken;
  }

  /** The time in which an acquire with an open outcome may stand in the queue or hold. */
  static Occupancy.Stretch mayHold(Operation open, Rules rules) {
    long latest = rules.settledNanos(open) + open.ttlMillis() * History.MILLI;
    return new Occupancy.Stretch(
        open.sentNanos(), rules.prolonged(open.sentNanos(), latest), open.permits());
  }

  private static List<Gap> intersection(
      List<Occupancy.Stretch> free, List<Occupancy.Stretch> stood, Rules rules) {
    var gaps = new ArrayList<Gap>();
    int i = 0;
    int j = 0;
    while (i < free.size() && j < stood.size()) {
      long from = Math.max(free.get(i).fromNanos(), stood.get(j).fromNanos());
      long to = Math.min(free.get(i).toNanos(), stood.get(j).toNanos());
      if (to > from) {
        undisrupted(from, to, rules, gaps);
      }
      if (free.get(i).toNanos() <= stood.get(j).toNanos()) {
        i++;
      } else {
        j++;
      }
    }
    return gaps;
  }

  /** What is left of the stretch between the disruptions. */
  private static void undisrupted(long from, long to, Rules rules, List<Gap> gaps) {
    long start = from;
    while (start < to) {
      long end = to;
      long resume = to;
      for (Window window : rules.disruptions()) {
        if (window.toNanos() > start && window.fromNanos() < end) {
          end = Math.max(start, window.fromNanos());
          resume = window.toNanos();
        }
      }
      if (end > start) {
        gaps.add(new Gap(start, end));
      }
      start = resume;
    }
  }
}
