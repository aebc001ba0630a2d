package io.leasehold.app.fault;

import java.util.List;

/**
 * What a run came to.
 *
 * @param broken what makes it prove nothing: a load that failed, a recovery that did not come
 * @param notes of the clients
 */
record RunResult(
    FaultRun run,
    History history,
    List<Strike> strikes,
    Verdict verdict,
    List<String> broken,
    List<String> notes) {
  boolean isClean() {
    return broken.isEmpty() && verdict.violations().isEmpty();
  }
}
