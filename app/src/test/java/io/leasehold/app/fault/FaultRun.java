package io.leasehold.app.fault;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/**
 * A run from the first request to the report: load, faults, recovery, checks.
 *
 * @param name of the folder of the report
 * @param wakeUp the bound of the wake-up check
 */
record FaultRun(String name, Load load, Duration wakeUp) {
  private static final Duration CALM_AT_THE_END = Duration.ofSeconds(2);

  Path folder() {
    return Path.of("target", "fault-report", name);
  }

  /**
   * Runs it and writes the report; what was found is in the result, nothing is asserted.
   *
   * @param cluster is ready
   * @param addresses where the load connects to
   * @param steps asked for the next when the one before is over
   */
  RunResult run(
      TestCluster cluster,
      Supplier<List<InetSocketAddress>> addresses,
      Iterator<Nemesis.Step> steps)
      throws Exception {
    System.out.println("fault run " + name + ": -Dfault.seed=" + load.seed());
    var workload = new Workload(load, addresses);
    var nemesis = new Nemesis(workload);
    var broken = new ArrayList<String>();
    try (workload) {
      workload.start();
      while (steps.hasNext()) {
        nemesis.strike(steps.next());
      }
      workload.rest(CALM_AT_THE_END.toNanos());
    }
    for (Throwable failure : workload.failures()) {
      broken.add("the load failed: " + failure);
    }
    for (Strike strike : nemesis.strikes()) {
      if (!strike.hasRecovered()) {
        broken.add("no recovery from " + strike);
      }
    }
    List<Window> disruptions = nemesis.strikes().stream().map(Strike::window).toList();
    Verdict verdict = Verdict.of(workload.history(), cluster.rules(wakeUp, disruptions));
    var result =
        new RunResult(
            this, workload.history(), nemesis.strikes(), verdict, broken, workload.notes());
    write(result);
    return result;
  }

  private void write(RunResult result) throws IOException {
    new FaultReport(result).write(folder());
  }
}
