package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What all checks found in a whole history of the store.
 *
 * @param examined facts compared, by check
 */
record StoreVerdict(Map<String, Long> examined, List<StoreViolation> violations) {
  static final List<StoreCheck> CHECKS =
      List.of(new LinearizabilityCheck(), new SurvivalCheck(), new ExpiryCheck(), new FenceCheck());

  /**
   * @param events of one watcher of all keys
   */
  static StoreVerdict of(StoreHistory history, int shards, List<WatchEvent> events) {
    var examined = new LinkedHashMap<String, Long>();
    var violations = new ArrayList<StoreViolation>();
    List<StoreKeyHistory> ofKeys = history.byKey();
    for (StoreKeyHistory ofKey : ofKeys) {
      for (StoreCheck check : CHECKS) {
        StoreCheck.Findings findings = check.examine(ofKey);
        examined.merge(check.name(), findings.examined(), Long::sum);
        violations.addAll(findings.violations());
      }
    }
    StoreCheck.Findings watched = new WatchCheck(shards).examine(ofKeys, events);
    examined.put(WatchCheck.NAME, watched.examined());
    violations.addAll(watched.violations());
    return new StoreVerdict(examined, List.copyOf(violations));
  }
}
