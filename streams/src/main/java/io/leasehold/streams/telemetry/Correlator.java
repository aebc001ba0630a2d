package io.leasehold.streams.telemetry;

import io.leasehold.actors.telemetry.TraceExchange;
import io.leasehold.actors.telemetry.TraceOwner;
import io.leasehold.config.telemetry.CorrelationSettings;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.SlowTrace;
import io.leasehold.domain.telemetry.TelemetryStatus;
import io.leasehold.domain.telemetry.TraceAnomaly;
import io.leasehold.domain.telemetry.TraceEnd;
import io.leasehold.domain.telemetry.TraceMessage;
import io.leasehold.domain.telemetry.TraceRecord;
import io.leasehold.domain.telemetry.TraceSummary;
import io.leasehold.domain.telemetry.TraceTable;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts messages together to traces, beside their way to their targets: it gets copies of lines, so
 * a message is delivered, spooled and acknowledged whatever becomes of its trace. One thread of its
 * own does all of it; what waits for it is bounded in bytes, and what comes beyond is lost to its
 * trace, whose record says so. In a cluster lines go to the owner of their trace first.
 *
 * <p>Safe for any thread; waits for nothing but in {@link #stop}.
 */
final class Correlator implements TraceOwner {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final Duration TICK = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final long MAX_QUEUED_BYTES = 8 << 20;
  private static final int LINE_COST = 64;

  /** Questions that wait: one takes about a millisecond, and nobody waits longer than PATIENCE. */
  static final int MAX_QUESTIONS = 256;

  private final Clock clock;
  private final TraceCounts counts;
  private final TraceRouter router;
  private final MemoryBudget memory;
  private final TraceTable table;
  private final MessageReader reader = new MessageReader();
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicInteger questions = new AtomicInteger();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final LostTraces lost = new LostTraces();
  private final Thread thread = new Thread(this::run, "leasehold-telemetry-traces");
  private final @Nullable TraceExchange exchange;
  private final @Nullable TraceSender sender;
  private volatile boolean on;
  private volatile boolean stopping;
  private volatile long stopNanos;
  private volatile TelemetryStatus.TraceState state = new TelemetryStatus.TraceState(0, 0, 0);
  private boolean closingAll;
  private long ticked;

  /**
   * Begins.
   *
   * @param cluster joins the cluster for this owner; null = this node is alone
   */
  Correlator(
      CorrelationSettings settings,
      TraceRouter.Parts parts,
      TraceCounts counts,
      @Nullable Function<TraceOwner, TraceExchange> cluster,
      Clock clock) {
    this.clock = clock;
    this.counts = counts;
    this.router = new TraceRouter(parts, this::wake);
    this.memory = parts.memory();
    this.table = new TraceTable(limits(settings), new Listener());
    this.on = settings.enabled();
    this.ticked = clock.nanos();
    var joined = cluster == null ? null : cluster.apply(this);
    this.exchange = joined;
    this.sender = joined == null ? null : new TraceSender(joined, counts::lost);
    thread.setDaemon(true);
  }

  /** Starts its thread. */
  Correlator start() {
    thread.start();
    return this;
  }

  private static TraceTable.Limits limits(CorrelationSettings settings) {
    return new TraceTable.Limits(
        settings.linger().toNanos(),
        settings.idle().toNanos(),
        settings.maxAge().toNanos(),
        settings.keep().toNanos(),
        settings.maxBytes(),
        settings.maxTraceBytes());
  }

  private final class Listener implements TraceTable.Listener {
    @Override
    public void closed(TraceRecord record) {
      counts.closed(record.reason());
      router.route(record, clock.nanos());
    }

    @Override
    public void odd(TraceAnomaly what, int count) {
      counts.odd(what, count);
    }
  }

  /** Other bounds from now on; open traces stay open, unless it is switched off. */
  void settings(CorrelationSettings next) {
    on = next.enabled() && !stopping;
    queue.add(
        () -> {
          table.limits(limits(next));
          closingAll = !next.enabled();
        });
  }

  /** Whether lines of traces are wanted. */
  boolean isOn() {
    return on;
  }

  /** Takes accepted lines of traces; what there is no room for is lost to its trace. */
  void offer(@Nullable TracedLines lines) {
    if (lines == null || !on) {
      return;
    }
    if (!enqueue(lines.cost(), () -> take(lines))) {
      counts.lost(lines.size());
      lost.add(lines.tids());
    }
  }

  private boolean enqueue(long cost, Runnable work) {
    if (queuedBytes.addAndGet(cost) > MAX_QUEUED_BYTES || !memory.tryTake(cost)) {
      queuedBytes.addAndGet(-cost);
      return false;
    }
    queue.add(
        () -> {
          queuedBytes.addAndGet(-cost);
          memory.give(cost);
          work.run();
        });
    return true;
  }

  @Override
  public void take(int slot, byte[] lines, List<String> lostBefore) {
    if (!on) {
      return;
    }
    int count = count(lines);
    if (!enqueue(lines.length + (long) LINE_COST * count, () -> takeOwn(lines, lostBefore))) {
      counts.lost(count);
      lost.addSlot(slot);
    }
  }

  private static int count(byte[] lines) {
    int count = 0;
    for (byte each : lines) {
      count += each == '\n' ? 1 : 0;
    }
    return count;
  }

  private void take(TracedLines lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (sender == null) {
        add(lines.bytes(), lines.from(i), lines.to(i));
      } else {
        sender.add(lines.tid(i), lines.bytes(), lines.from(i), lines.to(i) + 1);
      }
    }
  }

  private void takeOwn(byte[] lines, List<String> lostBefore) {
    lostBefore.forEach(table::lost);
    int from = 0;
    for (int i = 0; i < lines.length; i++) {
      if (lines[i] == '\n') {
        add(lines, from, i);
        from = i + 1;
      }
    }
  }

  private void add(byte[] bytes, int from, int to) {
    boolean valid =
        reader.read(bytes, from, to, false, clock.wallMillis(), MessageReader.Window.ANY_TIME)
            == null;
    if (valid && TraceMessage.isTraced(reader)) { // a node of another release may think otherwise
      table.add(TraceMessage.of(reader, bytes), clock.nanos());
    }
  }

  private void run() {
    try {
      while (!isDone()) {
        Runnable work = queue.poll(stopping ? 1 : TICK.toMillis(), TimeUnit.MILLISECONDS);
        try {
          if (work != null) {
            work.run();
          }
          if (stopping || clock.nanos() - ticked >= TICK.toNanos()) {
            tick();
          }
        } catch (RuntimeException e) { // would end correlation without a word
          LOG.error("a trace is not put together", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      router.close();
    }
  }

  private void tick() {
    long now = clock.nanos();
    ticked = now;
    note(lost.drain());
    if (sender != null) {
      sender.flush();
    }
    table.tick(now);
    closingAll |= stopping && queue.isEmpty();
    router.retry();
    boolean more = closingAll;
    while (more && !router.isFull()) {
      more = table.closeOne(TraceEnd.SHUTDOWN, now);
    }
    state = new TelemetryStatus.TraceState(table.open(), table.kept(), table.bytes());
  }

  private void note(LostTraces.Losses losses) {
    if (losses.isEmpty()) {
      return;
    }
    for (String each : losses.names()) {
      if (sender == null) {
        table.lost(each);
      } else {
        sender.lost(each);
      }
    }
    table.lostSome(tid -> losses.slots().get(TraceExchange.slotOf(tid)));
  }

  private void wake() {
    if (woken.compareAndSet(false, true)) { // many connections may give room at once
      queue.add(
          () -> {
            woken.set(false);
            router.retry();
          });
    }
  }

  private boolean isDone() {
    boolean nothingLeft = queue.isEmpty() && router.isEmpty() && table.open() == 0;
    return stopping && ((closingAll && nothingLeft) || clock.nanos() - stopNanos >= 0);
  }

  private <T> CompletionStage<T> ask(Supplier<T> question) {
    var answer = new CompletableFuture<T>();
    if (questions.incrementAndGet() > MAX_QUESTIONS) {
      questions.decrementAndGet();
      counts.refused();
      answer.completeExceptionally(
          new TimeoutException(
              MAX_QUESTIONS + " questions about traces wait, no more may: ask again later"));
      return answer;
    }
    queue.add(
        () -> {
          questions.decrementAndGet();
          answer.complete(question.get());
        });
    return answer.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS); // it may have stopped
  }

  @Override
  public CompletionStage<Optional<String>> shown(String tid) {
    return ask(() -> Optional.ofNullable(table.shown(tid)));
  }

  /** The document of a trace, wherever in the cluster it is put together. */
  CompletionStage<Optional<String>> find(String tid) {
    return exchange == null ? shown(tid) : exchange.find(tid);
  }

  /** Traces of this node, the newest first. */
  CompletionStage<List<TraceSummary>> newest(int limit) {
    return ask(() -> table.newest(limit));
  }

  /** Closed traces of this node that can be shown, the slowest first. */
  CompletionStage<List<SlowTrace>> slowest(int limit) {
    return ask(() -> table.slowest(limit));
  }

  @Override
  public void moved(int slot) {
    queue.add(() -> table.moved(tid -> TraceExchange.slotOf(tid) == slot, clock.nanos()));
  }

  @Override
  public CompletionStage<Boolean> isIdle(int slot) {
    return ask(() -> !table.hasAny(tid -> TraceExchange.slotOf(tid) == slot));
  }

  TelemetryStatus.TraceState state() {
    return state;
  }

  /** Sends off what is open, for at most so long; what finds no room is dropped. Blocks. */
  void stop(Duration patience) throws InterruptedException {
    on = false;
    stopNanos = clock.nanos() + patience.toNanos();
    stopping = true;
    thread.join(patience.toMillis() + 1_000);
    if (exchange != null) {
      exchange.close();
    }
  }
}
