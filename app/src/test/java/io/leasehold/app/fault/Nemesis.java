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

  private final LoadProgress load;
  private final List<Strike> strikes = new ArrayList<>();

  Nemesis(LoadProgress load) {
    this.load = load;
  }

  List<Strike> strikes() {
    return List.copyOf(strikes);
  }

  /** Blocks for all of the step, recovery included. A fault that cannot happen fails the run. */
  void strike(Step step) throws Exception {
    load.rest(step.calm().toNanos());
    Fault fault = step.fault();
    long began = load.now();
    fault.begin();
    load.rest(step.lasts().toNanos());
    fault.end();
    long ended = load.now();
    long granted = -1;
    long recovered = -1;
    while (recovered < 0 && load.now() - ended < PATIENCE) {
      if (granted < 0 && load.anySuccessSince(ended)) {
        granted = load.now();
      }
      if (load.everyKeySuccessSince(ended)) {
        recovered = load.now();
      }
      load.rest(LOOK_EVERY);
    }
    strikes.add(new Strike(fault.name(), fault.effect(), began, ended, granted, recovered));
  }
}
