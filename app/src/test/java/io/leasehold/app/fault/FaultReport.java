package io.leasehold.app.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** The account of a run for people: a text and a picture. */
final class FaultReport {
  private static final int MAX_VIOLATIONS = 50;

  private final RunResult result;
  private final GrantTimes times;
  private final StringBuilder text = new StringBuilder();

  FaultReport(RunResult result) {
    this.result = result;
    times = new GrantTimes(result.history(), result.run().load().contendedKeys());
  }

  /** Writes {@code report.txt} and {@code run.png} into this folder. */
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("report.txt"), text());
    RunChart.write(result, folder.resolve("run.png"));
  }

  private static double millis(long nanos) {
    return nanos / (double) History.MILLI;
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  String text() {
    text.setLength(0);
    setting();
    operations();
    faults();
    checks();
    result.broken().forEach(broken -> line("BROKEN: %s", broken));
    violations();
    if (!result.notes().isEmpty()) {
      line("%nNotes of the clients (the first %d)", result.notes().size());
      result.notes().forEach(note -> line("  %s", note));
    }
    return text.toString();
  }

  private void setting() {
    Load load = result.run().load();
    line("Fault run %s: %s", result.run().name(), result.isClean() ? "clean" : "NOT CLEAN");
    line(
        "seed %d, %d clients, %s, %d locks and %d semaphores, %d keepers of a lock each",
        load.seed(),
        load.clients(),
        load.ratePerSecond() > 0 ? "at most " + load.ratePerSecond() + " op/s" : "no rate limit",
        load.locks(),
        load.semaphores(),
        load.keepers());
    line(
        "%s %s, %d processors, %s %s",
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.vm.name"),
        System.getProperty("java.runtime.version"));
  }

  private void operations() {
    History history = result.history();
    Map<Kind, Map<Outcome, Integer>> counts = new EnumMap<>(Kind.class);
    long end = 1;
    long slowest = 0;
    for (int i = 0; i < history.size(); i++) {
      Operation operation = history.get(i);
      counts
          .computeIfAbsent(operation.kind(), kind -> new EnumMap<>(Outcome.class))
          .merge(operation.outcome(), 1, Integer::sum);
      if (operation.answeredNanos() != Long.MAX_VALUE) {
        end = Math.max(end, operation.answeredNanos());
        slowest = Math.max(slowest, overtime(operation));
      }
    }
    line("");
    line(
        "%d operations in %.1f s: %.0f per second",
        history.size(),
        end / (double) History.SECOND,
        history.size() * (double) History.SECOND / end);
    counts.forEach((kind, outcomes) -> line("  %-8s %s", kind, outcomes));
    line("longest time without a grant: %.0f ms", millis(times.longestGapNanos()));
    line("slowest answer or break, beyond its own wait: %.0f ms", millis(slowest));
  }

  /** Time taken beyond what the request itself was ready to wait. */
  static long overtime(Operation operation) {
    long waited =
        operation.outcome() == Outcome.BROKEN ? operation.waitMillis() : operation.waitedMillis();
    return Math.max(0, operation.answeredNanos() - operation.sentNanos() - waited * History.MILLI);
  }

  private void faults() {
    line("");
    line("%d faults", result.strikes().size());
    for (Strike strike : result.strikes()) {
      line(
          "  %9.3f s to %9.3f s  %-24s first grant %s, every key %s after its end,"
              + " a key without grants for %.0f ms at most",
          strike.beganNanos() / (double) History.SECOND,
          strike.endedNanos() / (double) History.SECOND,
          strike.name(),
          after(strike.endedNanos(), strike.grantedNanos()),
          after(strike.endedNanos(), strike.recoveredNanos()),
          millis(
              times.longestGapOfAKeyNanos(
                  strike.beganNanos(), Math.max(strike.endedNanos(), strike.recoveredNanos()))));
    }
  }

  private static String after(long ended, long nanos) {
    return nanos < 0 ? "NEVER" : String.format(Locale.ROOT, "%.0f ms", millis(nanos - ended));
  }

  private void checks() {
    Verdict verdict = result.verdict();
    line("");
    line("Facts compared, by check: %s", verdict.examined());
    line(
        "A permit free before a waiter, until the grant was received: %d times,"
            + " median %.1f ms, p99 %.1f ms, longest %.1f ms",
        verdict.gapNanos().length,
        millis(verdict.gapNanos(0.5)),
        millis(verdict.gapNanos(0.99)),
        millis(verdict.gapNanos(1)));
  }

  private void violations() {
    line("");
    line("%d violations", result.verdict().violations().size());
    result.verdict().violations().stream()
        .limit(MAX_VIOLATIONS)
        .forEach(violation -> line("  %s", violation));
  }
}
