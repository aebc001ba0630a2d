package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.domain.telemetry.DeadLetter;
import io.leasehold.domain.telemetry.DeadLetterJob;
import io.leasehold.domain.telemetry.DeadLetterJob.Action;
import io.leasehold.domain.telemetry.DeadLetterJob.State;
import io.leasehold.domain.telemetry.DeadLetterReport;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.MessageType;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.Source;
import io.leasehold.streams.telemetry.deadletter.DeadLetterFiles;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays and drops dead letters, one order at a time, and tells what there is of them. A replay
 * goes by files, the oldest first: the messages of one go into the buffer of their target as it has
 * room, and when all of them are settled those that were confirmed leave the file. A crash in
 * between has them replayed once more, under the same ingest ids. Holds one file in memory.
 *
 * <p>Safe for any thread and never blocks but in {@link #close}; has two threads of its own.
 */
final class DeadLetterDesk {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final Duration WAIT = Duration.ofSeconds(5);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** An order that is being carried out, or was. */
  private static final class Running {
    final DeadLetterJob.Order order;
    final LongAdder replayed = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder dropped = new LongAdder();
    final CompletableFuture<Boolean> over = new CompletableFuture<>();
    volatile State state = State.RUNNING;
    volatile long left;
    volatile String why = "";
    long taken; // by the worker alone

    Running(DeadLetterJob.Order order) {
      this.order = order;
    }

    DeadLetterJob told() {
      return new DeadLetterJob(
          order, state, replayed.sum(), failed.sum(), dropped.sum(), left, why);
    }
  }

  private record Picked(int line, DeadLetter letter) {}

  private final DeadLetterStore store;
  private final Pipeline pipeline;
  private final SourceBook sources;
  private final LongAdder replayed;
  private final Clock clock;
  private final MessageReader reader = new MessageReader(); // of the worker
  private final ExecutorService worker = thread("leasehold-telemetry-replay");
  private final ExecutorService counter = thread("leasehold-telemetry-dead-letters");
  private @Nullable Running job;
  private @Nullable CompletableFuture<List<DeadLetterReport.Group>> counting;
  private volatile boolean stopping;

  /**
   * Has nothing to do yet.
   *
   * @param replayed is told of every copy that is put back
   */
  DeadLetterDesk(
      DeadLetterStore store,
      Pipeline pipeline,
      SourceBook sources,
      LongAdder replayed,
      Clock clock) {
    this.store = store;
    this.pipeline = pipeline;
    this.sources = sources;
    this.replayed = replayed;
    this.clock = clock;
  }

  private static ExecutorService thread(String name) {
    return Executors.newSingleThreadExecutor(
        task -> {
          var made = new Thread(task, name);
          made.setDaemon(true);
          return made;
        });
  }

  /**
   * Takes an order.
   *
   * @return why not; empty if it is being carried out
   */
  synchronized String begin(DeadLetterJob.Order order) {
    if (stopping) {
      return "the sidecar stops";
    }
    Running running = job;
    if (running != null && running.state == State.RUNNING) {
      return "a " + running.order.action().name().toLowerCase(Locale.ROOT) + " is under way";
    }
    if (!store.has(order.target())) {
      return order.target() + ": has no dead letters";
    }
    if (order.action() == Action.REPLAY && pipeline.target(order.to()) == null) {
      return order.to() + ": no such backend or chain gets messages now";
    }
    var next = new Running(order);
    job = next;
    worker.execute(() -> carryOut(next));
    return "";
  }

  /** What there is; with {@code wait} when no work is under way any more, or after 5 s. */
  CompletionStage<DeadLetterReport> report(boolean wait) {
    Running running;
    synchronized (this) {
      running = job;
    }
    if (!wait || running == null) {
      return counted();
    }
    return running
        .over
        .copy()
        .completeOnTimeout(false, WAIT.toMillis(), TimeUnit.MILLISECONDS)
        .thenCompose(ended -> counted());
  }

  private CompletionStage<DeadLetterReport> counted() {
    return count()
        .thenApply(
            groups -> {
              synchronized (this) {
                return new DeadLetterReport(groups, job == null ? DeadLetterJob.NONE : job.told());
              }
            });
  }

  /** Who asks while the files are read waits for the same answer: the disk is read once. */
  private synchronized CompletionStage<List<DeadLetterReport.Group>> count() {
    var under = counting;
    if (under != null && !under.isDone()) {
      return under;
    }
    var answer = new CompletableFuture<List<DeadLetterReport.Group>>();
    counting = answer;
    counter.execute(
        () -> {
          try {
            answer.complete(store.summary());
          } catch (IOException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  private void carryOut(Running running) {
    State end = State.DONE;
    DeadLetterJob.Order order = running.order;
    try {
      for (Path file : store.sealed(order.target())) {
        if (running.taken < order.limit() && running.why.isEmpty()) {
          work(file, running);
        }
      }
      if (!running.why.isEmpty()) {
        end = State.BROKEN_OFF;
      }
      running.left = left(order.target());
    } catch (IOException e) {
      LOG.warn("dead letters of {}: {}", order.target(), e.toString());
      running.why = e.toString();
      end = State.BROKEN_OFF;
    } catch (InterruptedException e) {
      running.why = "the sidecar stopped";
      end = State.BROKEN_OFF;
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("dead letters of {}: unexpected failure", order.target(), e);
      running.why = e.toString();
      end = State.BROKEN_OFF;
    }
    running.state = end;
    LOG.info("dead letters of {}: {}", order.target(), running.told());
    running.over.complete(true);
  }

  private long left(String target) throws IOException {
    var count = new LongAdder();
    for (Path file : store.sealed(target)) {
      DeadLetterFiles.read(
          file,
          (letter, line) -> {
            count.increment();
            return true;
          });
    }
    return count.sum();
  }

  private void work(Path file, Running running) throws IOException, InterruptedException {
    DeadLetterJob.Order order = running.order;
    String reason = order.reason();
    List<Picked> picked = new ArrayList<>();
    long most = order.limit() - running.taken;
    DeadLetterFiles.read(
        file,
        (letter, line) -> {
          if (reason == null || reason.equals(letter.reason())) {
            picked.add(new Picked(line, letter));
          }
          return picked.size() < most;
        });
    running.taken += picked.size();
    boolean drop = order.action() == Action.DROP;
    if (order.dryRun()) {
      (drop ? running.dropped : running.replayed).add(picked.size());
    } else if (drop) {
      var lines = new BitSet();
      picked.forEach(each -> lines.set(each.line));
      store.remove(order.target(), file, lines);
      running.dropped.add(picked.size());
    } else {
      replay(file, picked, running);
    }
  }

  private void replay(Path file, List<Picked> picked, Running running)
      throws IOException, InterruptedException {
    var settlements = new Settlements();
    for (Picked each : picked) {
      if (!running.why.isEmpty()) {
        break;
      }
      Lines lines = lines(each, settlements);
      if (lines == null) {
        running.failed.increment();
      } else {
        put(lines, settlements, running);
      }
    }
    while (!settlements.awaitAll(LOOK_NANOS)) { // a stop settles them too
      LOG.debug("replay of {} waits for its target", file);
    }
    BitSet delivered = settlements.delivered();
    store.remove(running.order.target(), file, delivered);
    running.replayed.add(delivered.cardinality());
    running.failed.add(settlements.failed());
  }

  /** As the target has room; {@code why} of {@code running} says if it never will. */
  private void put(Lines lines, Settlements settlements, Running running)
      throws InterruptedException {
    while (true) {
      Target target = pipeline.target(running.order.to()); // a reload may have made another one
      BufferOffer offer =
          stopping || target == null ? BufferOffer.CLOSED : target.replay(lines, settlements::wake);
      switch (offer) {
        case DONE -> {
          replayed.increment();
          return;
        }
        case CLOSED -> {
          settlements.cancel();
          running.why = stopping ? "the sidecar stops" : "the target is gone";
          return;
        }
        case WAIT -> settlements.awaitRoom(LOOK_NANOS);
      }
    }
  }

  /** Null if it is no message, such as one that somebody has edited. */
  private @Nullable Lines lines(Picked picked, Settlements settlements) {
    DeadLetter letter = picked.letter;
    byte[] message = letter.message().getBytes(UTF_8);
    byte[] text = new byte[message.length + 1];
    System.arraycopy(message, 0, text, 0, message.length);
    text[message.length] = '\n';
    DropReason reason =
        reader.read(
            text, 0, message.length, false, clock.wallMillis(), MessageReader.Window.ANY_TIME);
    boolean fits =
        message.length <= MessageReader.MAX_LINE_BYTES || reader.type() == MessageType.TRACE;
    if (reason != null || !fits) {
      return null;
    }
    return new Lines(
        new Lines.Origin(
            letter.origin(),
            letter.number(),
            clock.nanos(),
            letter.generation(),
            settlements.expect(picked.line)),
        text,
        new int[] {0},
        new int[] {message.length},
        new long[] {reader.ts()},
        new byte[] {(byte) reader.type().ordinal()},
        new byte[] {(byte) reader.importance()},
        new int[] {0},
        new Source[] {sources.of(reader.text(MessageReader.Field.SRC))});
  }

  /** Puts nothing back any more; what has been is settled with its target. */
  void stopping() {
    stopping = true;
  }

  /** Waits until the files say what was confirmed, 10 s at most. */
  public void close() throws InterruptedException {
    stopping = true;
    worker.shutdown();
    counter.shutdownNow();
    if (!worker.awaitTermination(10, TimeUnit.SECONDS)) {
      worker.shutdownNow();
    }
  }
}
