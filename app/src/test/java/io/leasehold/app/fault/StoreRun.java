package io.leasehold.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A run of the store from the first request to the report: load, faults, recovery, checks.
 *
 * @param name of the folder of the report
 */
record StoreRun(String name, StoreLoad load) {
  private static final Duration CALM_AT_THE_END = Duration.ofSeconds(1);
  private static final int MAX_VIOLATIONS = 50;

  /**
   * What it came to.
   *
   * @param broken what makes it prove nothing: a load that failed, a recovery that did not come
   */
  record Result(StoreVerdict verdict, int operations, List<String> broken, String report) {
    boolean isClean() {
      return broken.isEmpty() && verdict.violations().isEmpty();
    }
  }

  Path folder() {
    return Path.of("target", "fault-report", name);
  }

  /**
   * Runs it and writes the report; what was found is in the result, nothing is asserted.
   *
   * @param cluster is ready
   * @param steps asked for the next when the one before is over
   */
  Result run(TestCluster cluster, Iterator<Nemesis.Step> steps) throws Exception {
    System.out.println("fault run " + name + ": -Dfault.seed=" + load.seed());
    var workload = new StoreWorkload(load, cluster);
    var nemesis = new Nemesis(workload);
    try (workload) {
      workload.start();
      while (steps.hasNext()) {
        nemesis.strike(steps.next());
      }
      workload.rest(CALM_AT_THE_END.toNanos());
    }
    var broken = new ArrayList<String>();
    for (Throwable failure : workload.failures()) {
      broken.add("the load failed: " + failure);
    }
    for (Strike strike : nemesis.strikes()) {
      if (!strike.hasRecovered()) {
        broken.add("no recovery from " + strike);
      }
    }
    StoreVerdict verdict =
        StoreVerdict.of(workload.history(), StoreWorkload.SHARDS, workload.watcher().events());
    String report = report(workload, nemesis.strikes(), verdict, broken);
    write(report);
    return new Result(verdict, workload.history().size(), broken, report);
  }

  private void write(String report) throws IOException {
    Files.createDirectories(folder());
    Files.writeString(folder().resolve("report.txt"), report);
  }

  private String report(
      StoreWorkload workload, List<Strike> strikes, StoreVerdict verdict, List<String> broken) {
    var lines = new ArrayList<String>();
    StoreHistory history = workload.history();
    lines.add("Fault run " + name + ", seed " + load.seed() + ", " + load.clients() + " clients");
    Map<StoreKind, Map<StoreOutcome, Integer>> counts = new EnumMap<>(StoreKind.class);
    for (StoreOperation each : history.operations()) {
      counts
          .computeIfAbsent(each.kind(), kind -> new EnumMap<>(StoreOutcome.class))
          .merge(each.outcome(), 1, Integer::sum);
    }
    lines.add(history.size() + " operations in " + Operation.time(history.now()));
    counts.forEach((kind, outcomes) -> lines.add("  " + kind + " " + outcomes));
    long gaps =
        workload.watcher().events().stream()
            .filter(event -> event.kind() == WatchEvent.Kind.GAP)
            .count();
    lines.add(
        workload.watcher().events().size()
            - gaps
            + " events and "
            + gaps
            + " gaps over "
            + workload.watcher().connections()
            + " connections of the watcher");
    for (Strike strike : strikes) {
      lines.add(
          String.format(
              Locale.ROOT,
              "  %s from %s to %s, first success %.0f ms, every key %.0f ms after its end",
              strike.name(),
              Operation.time(strike.beganNanos()),
              Operation.time(strike.endedNanos()),
              (strike.grantedNanos() - strike.endedNanos()) / (double) History.MILLI,
              (strike.recoveredNanos() - strike.endedNanos()) / (double) History.MILLI));
    }
    lines.add("Facts compared, by check: " + verdict.examined());
    broken.forEach(each -> lines.add("BROKEN: " + each));
    lines.add(verdict.violations().size() + " violations");
    verdict.violations().stream().limit(MAX_VIOLATIONS).forEach(each -> lines.add("  " + each));
    workload.notes().forEach(note -> lines.add("note: " + note));
    return String.join("\n", lines) + "\n";
  }
}
