package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What all checks found in a whole history.
 *
 * @param examined facts compared, by check
 * @param gapNanos how long permits stood free before waiters, ascending
 */
record Verdict(Map<String, Long> examined, List<Violation> violations, long[] gapNanos) {
  private static final WakeUpCheck WAKE_UP = new WakeUpCheck();

  static final List<Check> CHECKS =
      List.of(
          new TokenCheck(),
          new ExclusionCheck(),
          new FifoCheck(),
          new DurabilityCheck(),
          WAKE_UP,
          new AnswerCheck());

  static Verdict of(History history, Rules rules) {
    var examined = new LinkedHashMap<String, Long>();
    var violations = new ArrayList<Violation>();
    long[] gaps = new long[0];
    for (int key = 0; key < history.keys().size(); key++) {
      KeyHistory ofKey = history.ofKey(key); // one at a time: a key's operations are large
      for (Check check : CHECKS) {
        Check.Findings findings = check.examine(ofKey, rules);
        examined.merge(check.name(), findings.examined(), Long::sum);
        violations.addAll(findings.violations());
      }
      long[] more = WAKE_UP.gapNanos(ofKey, rules);
      int before = gaps.length;
      gaps = Arrays.copyOf(gaps, before + more.length);
      System.arraycopy(more, 0, gaps, before, more.length);
    }
    Arrays.sort(gaps);
    return new Verdict(examined, List.copyOf(violations), gaps);
  }

  /** The gap that this fraction of them does not exceed; 0 without any. */
  long gapNanos(double fraction) {
    return gapNanos.length == 0
        ? 0
        : gapNanos[(int) Math.min(gapNanos.length - 1L, (long) (gapNanos.length * fraction))];
  }
}
