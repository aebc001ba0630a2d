package io.leasehold.app.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Lets faults happen one after the other while the load goes on, and waits for each recovery. */
final class Nemesis {
  /** A recovery that takes longer counts as none. */
  private static final long PATIENCE = 90 * History.SECOND;

  private static final long LOOK_EVERY = 5 * History.MILLI;

  /**
   * One fault to come.
   *
   * @param calm before it begins
   * @param lasts from its beginning to its end
   */
  record Step(Fault fault, Duration calm, Duration lasts) {}

  private final Workload workload;
  private final List<Strike> strikes = new ArrayList<>();

  Nemesis(Workload workload) {
    this.workload = workload;
  }

  List<Strike> strikes() {
    return List.copyOf(strikes);
  }

  /** Blocks for all of the step, recovery included. A fault that cannot happen fails the run. */
  void strike(Step step) throws Exception {
    workload.rest(step.calm().toNanos());
    Fault fault = step.fault();
    History history = workload.history();
    long began = history.now();
    fault.begin();
    workload.rest(step.lasts().toNanos());
    fault.end();
    long ended = history.now();
    long granted = -1;
    long recovered = -1;
    while (recovered < 0 && history.now() - ended < PATIENCE) {
      if (granted < 0 && workload.anyGrantSince(ended)) {
        granted = history.now();
      }
      if (workload.everyKeyGrantedSince(ended)) {
        recovered = history.now();
      }
      workload.rest(LOOK_EVERY);
    }
    strikes.add(new Strike(fault.name(), fault.effect(), began, ended, granted, recovered));
  }
}
