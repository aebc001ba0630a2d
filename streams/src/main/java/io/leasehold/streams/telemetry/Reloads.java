package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.EffectiveConfig;
import io.leasehold.config.telemetry.SettingsDiff;
import io.leasehold.config.telemetry.TelemetryFile;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.config.telemetry.TelemetryFileSource;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.telemetry.ConfigReport;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.domain.telemetry.ReloadOutcome.Result;
import io.leasehold.domain.telemetry.ReloadState;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes changed files into force while everything runs: validated whole, watched for a while, and
 * taken back if a backend it changed fails or if it makes the sidecar lose messages. One thread of
 * its own does all of it, which waits for the disk; asking is safe for any thread.
 */
final class Reloads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final Duration TICK = Duration.ofMillis(100);
  private static final int RESULTS = Result.values().length;

  /** Reads the files that a configuration names, and has them used from then on; may wait. */
  interface Preparation {
    void prepare(TelemetryFile next) throws TelemetryFileException;
  }

  /** A change that is being watched. */
  private static final class Window {
    final TelemetryFile before;
    final Pipeline.Applied applied;
    final ReloadOutcome outcome;
    final long endNanos;
    final LossWatch.Moment since;
    final boolean lostBefore;
    final CompletableFuture<ReloadOutcome> over = new CompletableFuture<>();

    Window(
        TelemetryFile before,
        Pipeline.Applied applied,
        ReloadOutcome outcome,
        long endNanos,
        LossWatch.Moment since,
        boolean lostBefore) {
      this.before = before;
      this.applied = applied;
      this.outcome = outcome;
      this.endNanos = endNanos;
      this.since = since;
      this.lostBefore = lostBefore;
    }
  }

  private final Pipeline pipeline;
  private final TelemetryFileSource source;
  private final Preparation preparation;
  private final Consumer<TelemetrySettings> applied;
  private final Clock clock;
  private final ConfigHistory history;
  private final LongAdder[] results = new LongAdder[RESULTS];
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var worker = new Thread(task, "leasehold-telemetry-reload");
            worker.setDaemon(true);
            return worker;
          });
  private final FileWatch watch;
  private TelemetryFile current;
  private @Nullable Window window;
  private long lastLook;
  private final LossWatch losses = new LossWatch();
  private volatile ReloadState state;

  /** Starts watching, if the settings want it. */
  Reloads(
      Pipeline pipeline,
      TelemetryFile first,
      TelemetryFileSource source,
      Preparation preparation,
      Consumer<TelemetrySettings> applied,
      ConfigHistory history,
      Clock clock) {
    this.pipeline = pipeline;
    this.source = source;
    this.preparation = preparation;
    this.applied = applied;
    this.history = history;
    this.clock = clock;
    this.current = first;
    this.watch = new FileWatch(source.file());
    this.lastLook = clock.nanos();
    this.state = new ReloadState("settled", first.sha256(), clock.wallMillis(), null);
    for (int i = 0; i < RESULTS; i++) {
      results[i] = new LongAdder();
    }
    history.keep(1, first.text());
    var unused =
        thread.scheduleWithFixedDelay(
            this::tickOrSayWhy, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  ReloadState state() {
    return state;
  }

  long count(Result result) {
    return results[result.ordinal()].sum();
  }

  /**
   * Reads the file again.
   *
   * @param wait answer when the change is settled or taken back, not when it is in force
   */
  CompletionStage<ReloadOutcome> reload(boolean wait) {
    var answer = new CompletableFuture<ReloadOutcome>();
    thread.execute(
        () -> {
          try {
            ReloadOutcome outcome = read();
            var open = window;
            if (wait && open != null && outcome.result() == Result.APPLIED) {
              var unused = open.over.thenAccept(answer::complete);
            } else {
              answer.complete(outcome);
            }
          } catch (RuntimeException e) { // nobody else would say so, and who asked would wait
            LOG.error("the configuration could not be read again", e);
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  /** What is in force, with the files of before. */
  CompletionStage<ConfigReport> report() {
    return CompletableFuture.supplyAsync(
        () ->
            new ConfigReport(
                pipeline.snapshot().generation(),
                state.sha256(),
                state.loadedAtMillis(),
                EffectiveConfig.json(current.settings()),
                history.kept()),
        thread);
  }

  private void tickOrSayWhy() {
    try {
      tick();
    } catch (RuntimeException e) { // would end the watch without a word
      LOG.error("the configuration is not looked after", e);
    }
  }

  private void tick() {
    checkWindow();
    var settings = current.settings().hotReload();
    long now = clock.nanos();
    if (settings.enabled() && now - lastLook >= settings.watchInterval().toNanos()) {
      lastLook = now;
      if (watch.isChanged()) {
        read();
      }
    }
  }

  private ReloadOutcome read() {
    TelemetryFile next;
    watch.reading(); // before it is read: what changes meanwhile is found by the next look
    try {
      next = source.read();
      preparation.prepare(next); // a certificate may be new though its name is not
    } catch (TelemetryFileException e) {
      e.problems().forEach(each -> LOG.warn("configuration rejected: {}", each.text(e.file())));
      var mistakes =
          e.problems().stream()
              .map(
                  each ->
                      new ReloadOutcome.Mistake(
                          each.line(), each.column(), each.path(), each.why()))
              .toList();
      return told(outcome(Result.REJECTED, List.of(), List.of(), mistakes, ""), state.state());
    }
    List<String> changes = SettingsDiff.changes(current.settings(), next.settings());
    if (changes.isEmpty()) {
      current = next; // a comment may have changed
      return told(outcome(Result.UNCHANGED, List.of(), List.of(), List.of(), ""), state.state());
    }
    return apply(next, changes);
  }

  private ReloadOutcome apply(TelemetryFile next, List<String> changes) {
    endWindow(); // what is in force counts as good, and becomes what is gone back to
    LossWatch.Moment before = moment();
    boolean lostBefore = losses.wasLosing(before);
    List<String> restart = SettingsDiff.needsRestart(current.settings(), next.settings());
    Pipeline.Applied done = pipeline.apply(next.settings());
    applied.accept(next.settings());
    TelemetryFile was = current;
    current = next;
    int generation = pipeline.snapshot().generation();
    history.keep(generation, next.text());
    next.warnings().forEach(each -> LOG.warn(each.text(next.name())));
    LOG.info("configuration {} in force: {} changed", generation, changes);
    var outcome = outcome(Result.APPLIED, changes, restart, List.of(), "");
    long length = next.settings().hotReload().healthWindow().toNanos();
    window = new Window(was, done, outcome, clock.nanos() + length, before, lostBefore);
    state = new ReloadState("window", next.sha256(), clock.wallMillis(), told(outcome, "window"));
    return outcome;
  }

  private void checkWindow() {
    LossWatch.Moment now = moment();
    // in a window too: what is lost there, and stays, was lost before the change that comes next
    losses.note(now, current.settings().hotReload().healthWindow().toNanos());
    Window open = window;
    if (open == null) {
      return;
    }
    String trouble = trouble(open, now);
    if (trouble != null) {
      rollBack(open, trouble);
    } else if (clock.nanos() - open.endNanos >= 0) {
      endWindow();
    }
  }

  private @Nullable String trouble(Window open, LossWatch.Moment now) {
    for (BackendSlot each : open.applied.fresh()) {
      if (each.wasTroubled() || each.isMisconfigured()) {
        return "backend " + each.name() + ": " + each.lastError();
      }
    }
    if (!open.lostBefore && now.isLosingSince(open.since)) {
      return (now.lost() - open.since.lost())
          + " of "
          + (now.received() - open.since.received())
          + " messages dropped since";
    }
    return null;
  }

  private LossWatch.Moment moment() {
    long lost = pipeline.lost(); // first: whatever is lost was received
    return new LossWatch.Moment(clock.nanos(), pipeline.received(), lost);
  }

  private void rollBack(Window open, String why) {
    window = null;
    open.applied.fresh().forEach(BackendSlot::abort);
    Pipeline.Applied back = pipeline.apply(open.before.settings());
    applied.accept(open.before.settings());
    prepareAgain(open.before);
    current = open.before;
    losses.restart(moment()); // else the next such change would seem to lose no more than before
    LOG.warn(
        "configuration rolled back to that before, as generation {}: {}",
        pipeline.snapshot().generation(),
        why);
    pipeline.giveBack(back);
    var outcome = outcome(Result.ROLLED_BACK, open.outcome.changes(), List.of(), List.of(), why);
    state =
        new ReloadState(
            "rolled_back", current.sha256(), clock.wallMillis(), told(outcome, "rolled_back"));
    open.over.complete(outcome);
  }

  private void prepareAgain(TelemetryFile before) {
    try {
      preparation.prepare(before);
    } catch (TelemetryFileException e) {
      e.problems().forEach(each -> LOG.warn("{}", each.text(e.file())));
    }
  }

  private void endWindow() {
    Window open = window;
    if (open != null) {
      window = null;
      pipeline.retire(open.applied, current.settings().hotReload().drainTimeout());
      state = new ReloadState("settled", current.sha256(), state.loadedAtMillis(), state.last());
      open.over.complete(open.outcome);
    }
  }

  private ReloadOutcome outcome(
      Result result,
      List<String> changes,
      List<String> restart,
      List<ReloadOutcome.Mistake> mistakes,
      String why) {
    return new ReloadOutcome(
        result, pipeline.snapshot().generation(), changes, restart, mistakes, why);
  }

  private ReloadOutcome told(ReloadOutcome outcome, String now) {
    results[outcome.result().ordinal()].increment();
    state = new ReloadState(now, state.sha256(), state.loadedAtMillis(), outcome);
    return outcome;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
