package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokens of a key rise in the order of the grants, for ever: a grant whose request was first sent
 * after another grant was received has the larger token, and no two requests get the same.
 */
final class TokenCheck implements Check {
  @Override
  public String name() {
    return "tokens";
  }

  @Override
  public Findings examine(KeyHistory history, Rules rules) {
    var violations = new ArrayList<Violation>();
    List<Holding> bySending =
        Holding.of(history, rules).stream()
            .sorted(Comparator.comparingLong(Holding::firstSentNanos))
            .toList();
    List<Operation> byAnswer =
        history.grants().stream()
            .sorted(Comparator.comparingLong(Operation::answeredNanos))
            .toList();
    Map<Long, Operation> seen = new HashMap<>();
    Operation highest = null;
    int answered = 0;
    for (Holding holding : bySending) {
      while (answered < byAnswer.size()
          && byAnswer.get(answered).answeredNanos() < holding.firstSentNanos()) {
        Operation earlier = byAnswer.get(answered++);
        highest = highest == null || earlier.token() > highest.token() ? earlier : highest;
      }
      Operation grant = holding.grant();
      if (highest != null && grant.token() <= highest.token()) {
        violations.add(
            Violation.of(
                this,
                history.key(),
                "token " + grant.token() + " came after token " + highest.token(),
                highest,
                grant));
      }
      Operation twin = seen.putIfAbsent(grant.token(), grant);
      if (twin != null && twin.request() != grant.request()) {
        violations.add(
            Violation.of(
                this, history.key(), "token " + grant.token() + " came twice", twin, grant));
      }
    }
    return new Findings(bySending.size(), violations);
  }
}
