package io.leasehold.app.fault;

import java.util.ArrayList;

/** A correct client gets no answer but those that the protocol has for its requests. */
final class AnswerCheck implements Check {
  @Override
  public String name() {
    return "answers";
  }

  @Override
  public Findings examine(KeyHistory history, Rules rules) {
    var violations = new ArrayList<Violation>();
    for (Operation operation : history.operations()) {
      if (operation.outcome() == Outcome.UNEXPECTED || operation.outcome() == Outcome.REFUSED) {
        violations.add(
            Violation.of(this, history.key(), "an answer that cannot be, see the log", operation));
      }
    }
    return new Findings(history.operations().size(), violations);
  }
}
