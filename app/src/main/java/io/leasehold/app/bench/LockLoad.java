package io.leasehold.app.bench;

import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A closed loop of acquires and releases: each connection sends its next request when an answer has
 * come, so the load is what the server can take, and a slow server hides its queue (its latencies
 * are those at this concurrency, not those at a given rate).
 */
public final class LockLoad {
  private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final LoadPlan plan;
  private final Clock clock;

  /** Connects to nothing yet. */
  public LockLoad(LoadPlan plan, Clock clock) {
    this.plan = plan;
    this.clock = clock;
  }

  /**
   * Runs it. Blocks for warm-up, measured time, and at most 10 s for the last answers.
   *
   * @param progress takes a line each second
   */
  public LoadReport run(Consumer<String> progress) throws InterruptedException {
    var loads = new ArrayList<LoadThread>();
    var threads = new ArrayList<Thread>();
    for (int share = 0; share < plan.threads(); share++) {
      var load = new LoadThread(plan, share, clock);
      var thread = new Thread(load, "load-" + share);
      thread.setDaemon(true);
      loads.add(load);
      threads.add(thread);
      thread.start();
    }
    watch(threads, loads, progress);
    return report(loads);
  }

  private void watch(List<Thread> threads, List<LoadThread> loads, Consumer<String> progress)
      throws InterruptedException {
    long start = clock.nanos();
    long before = 0;
    for (long second = 1; threads.stream().anyMatch(Thread::isAlive); second++) {
      long due = start + second * PROGRESS_NANOS;
      for (var thread : threads) {
        long left = TimeUnit.NANOSECONDS.toMillis(due - clock.nanos());
        thread.join(Math.max(1, left));
      }
      if (due - clock.nanos() > PROGRESS_NANOS / 100) {
        continue; // they ended within the second
      }
      long operations = loads.stream().mapToLong(load -> load.counts().operations()).sum();
      long unexpected =
          loads.stream().mapToLong(l -> l.counts().refusals() + l.counts().errors()).sum();
      boolean isWarmup = second <= plan.warmup().toSeconds();
      var what = isWarmup ? "warming up" : operations - before + " ops/s";
      progress.accept(
          String.format(Locale.ROOT, "%3d s: %s, unexpected %d", second, what, unexpected));
      before = operations;
    }
  }

  private LoadReport report(List<LoadThread> loads) {
    var counts = loads.stream().map(LoadThread::counts).toList();
    var latencies = counts.get(0).latencies();
    counts.stream().skip(1).forEach(each -> latencies.add(each.latencies()));
    return new LoadReport(
        plan,
        counts.stream().mapToLong(LoadCounts::operations).sum(),
        counts.stream().mapToLong(LoadCounts::refusals).sum(),
        counts.stream().mapToLong(LoadCounts::errors).sum(),
        counts.stream()
            .map(LoadCounts::firstUnexpected)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null),
        LoadReport.Latencies.of(latencies));
  }
}
