package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/**
 * A value with a time to live is gone after its end, whoever owns its shard by then: no request
 * that is sent later finds it. (That it is not gone before, {@link SurvivalCheck} and {@link
 * LinearizabilityCheck} see to.)
 */
final class ExpiryCheck implements StoreCheck {
  static final String NAME = "expiry";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Findings examine(StoreKeyHistory history) {
    StoreKey key = history.key();
    var violations = new ArrayList<StoreViolation>();
    if (!key.isFleeting()) {
      return new Findings(0, violations);
    }
    Map<Long, StoreOperation> firstSeen = firstSeen(history);
    long examined = 0;
    for (StoreOperation each : history.operations()) {
      long found = versionFound(each);
      StoreOperation seen = firstSeen.get(found);
      if (found == 0 || seen == null) {
        continue;
      }
      examined++;
      if (each.sentNanos() > key.endsBy(seen.answeredNanos())) {
        violations.add(StoreViolation.of(NAME, key, "a value is there after its end", seen, each));
      }
    }
    return new Findings(examined, violations);
  }

  /** Which version was the present one when the request ran; 0 = none, or it does not tell. */
  private static long versionFound(StoreOperation operation) {
    boolean replaced = operation.kind() == StoreKind.CAS && operation.isChange();
    if (replaced) {
      return Math.max(0, operation.request().expectedVersion());
    }
    boolean tells =
        operation.kind() == StoreKind.GET && operation.outcome() == StoreOutcome.DONE
            || operation.outcome() == StoreOutcome.MISMATCH;
    return tells ? operation.version() : 0;
  }

  /**
   * Whose answer is the first proof that a version was written: from then on its end is certain.
   */
  private static Map<Long, StoreOperation> firstSeen(StoreKeyHistory history) {
    Map<Long, StoreOperation> first = new HashMap<>();
    for (StoreOperation each : history.operations()) {
      long version = each.isChange() && each.kind() != StoreKind.DELETE ? each.version() : 0;
      if (version == 0) {
        version = versionFound(each);
      }
      if (version > 0) {
        first.merge(version, each, (a, b) -> a.answeredNanos() <= b.answeredNanos() ? a : b);
      }
    }
    return first;
  }
}
