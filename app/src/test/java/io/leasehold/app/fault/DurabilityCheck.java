package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What was acknowledged is in effect: a granted or extended lease until its release is sent or the
 * deadline the client can count on; a release from its answer on; and no lease after every deadline
 * it can have, nor beside a newer one of a lock.
 */
final class DurabilityCheck implements Check {
  @Override
  public String name() {
    return "durability";
  }

  @Override
  public Findings examine(KeyHistory history, Rules rules) {
    var violations = new ArrayList<Violation>();
    List<Holding> holdings = Holding.of(history, rules);
    long examined = 0;
    for (Holding holding : holdings) {
      for (Operation use : holding.uses()) {
        examined++;
        usesAgree(history.key(), holding, use, rules, violations);
      }
    }
    if (history.key().isExclusive()) {
      noneBesideNewer(history.key(), holdings, violations);
    }
    examined += heldKeysExist(history, holdings, rules, violations);
    examined += nobodyIsRefusedByNobody(history, holdings, rules, violations);
    return new Findings(examined, violations);
  }

  private void usesAgree(
      LockKey key, Holding holding, Operation use, Rules rules, List<Violation> violations) {
    Holding.Ends ends = holding.endsBefore(use, rules);
    if (use.outcome().deniesLease()
        && use.answeredNanos() < ends.certainNanos()
        && rules.believesRefusal(use)) {
      violations.add(
          Violation.of(
              this,
              key,
              "token "
                  + use.token()
                  + " was gone at "
                  + Operation.time(use.answeredNanos())
                  + ", yet granted until "
                  + Operation.time(ends.certainNanos()),
              holding.grant(),
              use));
    }
    if (use.outcome() == Outcome.DONE && use.sentNanos() > ends.possibleNanos()) {
      violations.add(
          new Violation(
              name(),
              key.name(),
              "token "
                  + use.token()
                  + " was alive at "
                  + Operation.time(use.sentNanos())
                  + ", yet ended by "
                  + Operation.time(ends.possibleNanos()),
              evidence(holding)));
    }
  }

  private static List<Operation> evidence(Holding holding) {
    var evidence = new ArrayList<Operation>();
    evidence.add(holding.grant());
    evidence.addAll(holding.uses());
    return evidence;
  }

  /** A newer grant of a lock was received: no request sent after that finds an older one alive. */
  private void noneBesideNewer(LockKey key, List<Holding> holdings, List<Violation> violations) {
    List<Operation> received =
        holdings.stream()
            .map(Holding::grant)
            .sorted(Comparator.comparingLong(Operation::answeredNanos))
            .toList();
    List<Operation> alive =
        holdings.stream()
            .flatMap(holding -> holding.uses().stream())
            .filter(use -> use.outcome() == Outcome.DONE)
            .sorted(Comparator.comparingLong(Operation::sentNanos))
            .toList();
    Operation newest = null;
    int next = 0;
    for (Operation use : alive) {
      while (next < received.size() && received.get(next).answeredNanos() < use.sentNanos()) {
        Operation grant = received.get(next++);
        newest = newest == null || grant.token() > newest.token() ? grant : newest;
      }
      if (newest != null && newest.token() > use.token()) {
        violations.add(
            Violation.of(
                this,
                key,
                "token "
                    + use.token()
                    + " was alive after token "
                    + newest.token()
                    + " was granted",
                newest,
                use));
      }
    }
  }

  private long heldKeysExist(
      KeyHistory history, List<Holding> holdings, Rules rules, List<Violation> violations) {
    List<Holding> byStart =
        holdings.stream().sorted(Comparator.comparingLong(Holding::startNanos)).toList();
    var held = new ArrayList<Holding>();
    int next = 0;
    long examined = 0;
    for (Operation exists : history.operations()) {
      if (exists.kind() != Kind.EXISTS
          || exists.outcome() != Outcome.NOT_HELD
          || !rules.believesRefusal(exists)) {
        continue;
      }
      examined++;
      while (next < byStart.size() && byStart.get(next).startNanos() < exists.sentNanos()) {
        held.add(byStart.get(next++));
      }
      held.removeIf(holding -> holding.certainEndNanos() <= exists.sentNanos());
      for (Holding holding : held) {
        if (holding.certainEndNanos() > exists.answeredNanos()) {
          violations.add(
              Violation.of(
                  this,
                  history.key(),
                  "the key was said to be free while it was held until "
                      + Operation.time(holding.certainEndNanos()),
                  holding.grant(),
                  exists));
        }
      }
    }
    return examined;
  }

  /** A lease that was released, or has ended, does not go on refusing others. */
  private long nobodyIsRefusedByNobody(
      KeyHistory history, List<Holding> holdings, Rules rules, List<Violation> violations) {
    int limit = history.key().limit();
    var taken = new ArrayList<Occupancy.Stretch>();
    for (Holding holding : holdings) {
      taken.add(
          new Occupancy.Stretch(
              holding.firstSentNanos(), holding.possibleEndNanos(), holding.grant().permits()));
    }
    for (Operation operation : history.operations()) {
      if (operation.kind() == Kind.ACQUIRE && operation.outcome().isOpen()) {
        Occupancy.Stretch open = WakeUpCheck.mayHold(operation, rules);
        taken.add(new Occupancy.Stretch(open.fromNanos(), open.toNanos(), limit));
      } else if (operation.isWait() || operation.outcome() == Outcome.NOT_APPLIED) {
        // While anybody waits, nobody else is served; what was taken back was held meanwhile.
        taken.add(
            new Occupancy.Stretch(operation.sentNanos(), operation.answeredNanos() + 1, limit));
      }
    }
    var occupancy = new Occupancy(taken);
    long examined = 0;
    for (Operation refused : history.operations()) {
      if (refused.outcome() != Outcome.HELD || !rules.believesRefusal(refused)) {
        continue;
      }
      examined++;
      // One that does not wait is not among the occupants, so its own permits come on top.
      long most = occupancy.highest(refused.sentNanos(), refused.answeredNanos());
      if (!refused.isWait() && most + refused.permits() <= limit) {
        violations.add(
            Violation.of(
                this,
                history.key(),
                "refused as held while at most " + most + " of " + limit + " permits were taken",
                refused));
      }
    }
    return examined;
  }
}
