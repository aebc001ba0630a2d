package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * No more permits are held at a time than the key has. A hold counts from the answer to its grant
 * until its release is sent or the deadline that the client can count on.
 */
final class ExclusionCheck implements Check {
  @Override
  public String name() {
    return "exclusion";
  }

  @Override
  public Findings examine(KeyHistory history, Rules rules) {
    var violations = new ArrayList<Violation>();
    List<Holding> holdings =
        Holding.of(history, rules).stream()
            .filter(holding -> holding.certainEndNanos() > holding.startNanos())
            .sorted(Comparator.comparingLong(Holding::startNanos))
            .toList();
    var held = new ArrayList<Holding>();
    for (Holding next : holdings) {
      held.removeIf(earlier -> earlier.certainEndNanos() <= next.startNanos());
      held.add(next);
      int permits = held.stream().mapToInt(holding -> holding.grant().permits()).sum();
      if (permits > history.key().limit()) {
        long until = held.stream().mapToLong(Holding::certainEndNanos).min().orElseThrow();
        var evidence = new ArrayList<Operation>();
        for (Holding holding : held) {
          evidence.add(holding.grant());
          evidence.addAll(holding.uses());
        }
        violations.add(
            new Violation(
                name(),
                history.key().name(),
                permits
                    + " permits of "
                    + history.key().limit()
                    + " were held from "
                    + Operation.time(next.startNanos())
                    + " to "
                    + Operation.time(until),
                evidence));
      }
    }
    return new Findings(holdings.size(), violations);
  }
}
