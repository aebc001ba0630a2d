package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What was acknowledged stays: no read that is sent afterwards shows anything older, or nothing,
 * unless a delete can have come between, or the value can have run out.
 */
final class SurvivalCheck implements StoreCheck {
  static final String NAME = "survival";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Findings examine(StoreKeyHistory history) {
    List<StoreOperation> byAnswer =
        history.operations().stream()
            .filter(StoreOperation::isChange)
            .sorted(Comparator.comparingLong(StoreOperation::answeredNanos))
            .toList();
    var violations = new ArrayList<StoreViolation>();
    StoreOperation newest = null;
    int acknowledged = 0;
    long examined = 0;
    for (StoreOperation read : history.operations()) {
      if (read.kind() != StoreKind.GET || !read.outcome().isDefinite()) {
        continue;
      }
      while (acknowledged < byAnswer.size()
          && byAnswer.get(acknowledged).answeredNanos() < read.sentNanos()) {
        StoreOperation change = byAnswer.get(acknowledged++);
        newest = newest == null || change.version() > newest.version() ? change : newest;
      }
      if (newest == null) {
        continue;
      }
      examined++;
      if (read.outcome() == StoreOutcome.DONE) {
        if (read.version() < newest.version()
            || (read.version() == newest.version() && newest.kind() == StoreKind.DELETE)) {
          violations.add(
              StoreViolation.of(
                  NAME, history.key(), "a read shows what was replaced before", newest, read));
        }
      } else if (newest.kind() != StoreKind.DELETE
          && !ranOut(history.key(), newest, read)
          && !deletedBetween(history, newest, read)) {
        violations.add(
            StoreViolation.of(NAME, history.key(), "an acknowledged write is gone", newest, read));
      }
    }
    return new Findings(examined, violations);
  }

  private static boolean ranOut(StoreKey key, StoreOperation change, StoreOperation read) {
    return key.isFleeting() && key.lastsUntil(change.sentNanos()) <= read.answeredNanos();
  }

  private static boolean deletedBetween(
      StoreKeyHistory history, StoreOperation change, StoreOperation read) {
    return history.operations().stream()
        .filter(each -> each.kind() == StoreKind.DELETE)
        .filter(each -> each.sentNanos() <= read.answeredNanos())
        .anyMatch(
            each -> each.isOpenWrite() || (each.isChange() && each.version() > change.version()));
  }
}
