package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One grant and what its holder did with it: from when to when the lease was in effect for certain,
 * and how long it may have been.
 *
 * <p>For certain from the answer to the grant until the earlier of the sending of the release and
 * the deadline that the client can count on: its own time before sending, plus the time waited,
 * plus the ttl. Possibly until the server said that it is gone, or a deadline counted from the
 * answer has passed.
 *
 * @param grant the answer that brought the token
 * @param firstSentNanos when the request was sent for the first time
 * @param uses what the holder sent with the token, in the order of sending
 * @param certainEndNanos may lie before the answer: then nothing is certain
 */
record Holding(
    Operation grant,
    long firstSentNanos,
    List<Operation> uses,
    long certainEndNanos,
    long possibleEndNanos) {

  long startNanos() {
    return grant.answeredNanos();
  }

  /** Every grant of a key, in the order of sending. */
  static List<Holding> of(KeyHistory history, Rules rules) {
    Map<Long, List<Operation>> uses = new HashMap<>();
    Map<Integer, Long> firstSent = new HashMap<>();
    for (Operation operation : history.operations()) {
      if (operation.kind() == Kind.ACQUIRE) {
        firstSent.putIfAbsent(operation.request(), operation.sentNanos());
      } else if (operation.token() > 0) {
        uses.computeIfAbsent(operation.token(), token -> new ArrayList<>()).add(operation);
      }
    }
    var holdings = new ArrayList<Holding>();
    for (Operation grant : history.grants()) {
      long sent = firstSent.getOrDefault(grant.request(), grant.sentNanos());
      var lease = new Reckoning(grant, rules);
      List<Operation> used = uses.getOrDefault(grant.token(), List.of());
      used.forEach(lease::use);
      holdings.add(
          new Holding(grant, sent, List.copyOf(used), lease.certainEnd(), lease.possibleEnd()));
    }
    return holdings;
  }

  /** How things stood for the holder just before it sent this use. */
  Ends endsBefore(Operation use, Rules rules) {
    var lease = new Reckoning(grant, rules);
    for (Operation earlier : uses) {
      if (earlier.number() == use.number()) {
        break;
      }
      lease.use(earlier);
    }
    return new Ends(lease.certainEnd(), lease.possibleEnd());
  }

  /** The earliest and the latest end that a lease can have, as far as is known. */
  record Ends(long certainNanos, long possibleNanos) {}

  /** Follows a lease from use to use. */
  private static final class Reckoning {
    private final long start;
    private final Rules rules;
    private long certain;
    private long deadline;
    private long gone = Long.MAX_VALUE;

    /** The latest deadline that an extension with an open outcome may still bring. */
    private long open;

    /** The shortest extension whose outcome is open: it may still come and shorten the lease. */
    private long openMillis = Long.MAX_VALUE;

    Reckoning(Operation grant, Rules rules) {
      this.rules = rules;
      start = grant.sentNanos();
      certain = grant.sentNanos() + certainMillis(grant) * History.MILLI;
      deadline = grant.answeredNanos() + grant.ttlMillis() * History.MILLI;
    }

    /** Time after the sending for which the client can count on the lease. */
    private static long certainMillis(Operation grant) {
      if (grant.isRepeat()) {
        // It may be told of a lease that its first try got. The answer is rounded up.
        return Math.min(grant.ttlMillis(), grant.leftMillis() - 1L);
      }
      // The lease of a waiter starts at the grant, and that was so long after its arrival.
      return grant.ttlMillis() + Math.max(0L, grant.waitedMillis() - 1L);
    }

    void use(Operation use) {
      switch (use.kind()) {
        case RELEASE -> released(use);
        case EXTEND -> extended(use);
        case VERIFY -> denied(use);
        case ACQUIRE, EXISTS -> throw new IllegalArgumentException(use.toString());
      }
    }

    private void released(Operation use) {
      certain = Math.min(certain, use.sentNanos());
      if (use.outcome() == Outcome.DONE) {
        gone = Math.min(gone, use.answeredNanos());
      }
      denied(use);
    }

    private void denied(Operation use) {
      if (use.outcome().deniesLease() && rules.believesRefusal(use)) {
        certain = Math.min(certain, use.sentNanos());
        gone = Math.min(gone, use.answeredNanos());
      }
    }

    private void extended(Operation use) {
      if (use.outcome() == Outcome.DONE) {
        long millis = Math.min(use.ttlMillis(), openMillis);
        certain = use.sentNanos() + millis * History.MILLI;
        deadline = Math.max(open, use.answeredNanos() + use.ttlMillis() * History.MILLI);
      } else if (use.outcome().isOpen()) {
        openMillis = Math.min(openMillis, use.ttlMillis());
        certain = Math.min(certain, use.sentNanos() + use.ttlMillis() * History.MILLI);
        open = Math.max(open, rules.settledNanos(use) + use.ttlMillis() * History.MILLI);
        deadline = Math.max(deadline, open);
      }
      denied(use);
    }

    long certainEnd() {
      return certain;
    }

    long possibleEnd() {
      return Math.min(gone, rules.prolonged(start, deadline));
    }
  }
}
