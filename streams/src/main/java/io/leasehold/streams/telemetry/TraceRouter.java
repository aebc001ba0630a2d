package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.Decision;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.TraceRecord;
import io.leasehold.streams.telemetry.ChunkCopies.Handover;
import io.leasehold.streams.telemetry.backend.Lines;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * Brings records of traces to the targets whose rules ask for them. What a target has no room for
 * waits here, in a bounded number of bytes; no spool. For one thread at a time.
 */
final class TraceRouter {
  private static final long MAX_WAITING_BYTES = 4 << 20;

  /**
   * Where records get what messages of connections have.
   *
   * @param numbers of the next message
   * @param random numbers of 0..1, for samples
   * @param memory what lines may take
   */
  record Parts(
      Supplier<Snapshot> snapshot,
      SourceBook sources,
      Traffic traffic,
      long origin,
      AtomicLong numbers,
      DoubleSupplier random,
      MemoryBudget memory) {}

  private final Parts parts;
  private final Runnable roomAgain;
  private final MessageReader reader = new MessageReader();
  private final ChunkCopies copies = new ChunkCopies();
  private final ArrayDeque<Handover> waiting = new ArrayDeque<>();
  private long waitingBytes;

  /**
   * Has nothing yet.
   *
   * @param roomAgain called by any thread when {@link #retry} may get further
   */
  TraceRouter(Parts parts, Runnable roomAgain) {
    this.parts = parts;
    this.roomAgain = roomAgain;
  }

  /** Routes a record: each copy of it counts as derived, one that nobody wants does not. */
  void route(TraceRecord record, long nowNanos) {
    byte[] line = Arrays.copyOf(record.line(), record.line().length + 1);
    int length = record.line().length;
    line[length] = '\n';
    DropReason never =
        reader.read(line, 0, length, false, record.ts(), MessageReader.Window.ANY_TIME);
    if (never != null) {
      throw new IllegalStateException("a record of a trace is refused: " + never.wire());
    }
    Snapshot snapshot = parts.snapshot.get();
    Decision where = snapshot.routing().of(record.source()).decide(reader, line, parts.random);
    if (where.reason() != null) {
      return;
    }
    copies.add(reader, line, 0, length, parts.sources.of(record.source()), where);
    parts.traffic.derived.add(where.size());
    var origin =
        new Lines.Origin(
            parts.origin, parts.numbers.getAndIncrement(), nowNanos, snapshot.generation());
    for (Handover each : copies.finish(origin, line, snapshot.targets())) {
      each.target().routed(each.lines());
      if (!each.target().offer(each.lines(), roomAgain)) {
        hold(each);
      }
    }
  }

  private void hold(Handover copy) {
    if (waitingBytes + copy.lines().byteCount() > MAX_WAITING_BYTES && !waiting.isEmpty()) {
      copy.target().lost(DropReason.OVERFLOW, copy.lines());
      return;
    }
    waiting.add(copy);
    waitingBytes += copy.lines().byteCount();
    parts.memory.take(copy.lines().byteCount());
  }

  /** Whether a further record may not find room to wait. */
  boolean isFull() {
    return waitingBytes > MAX_WAITING_BYTES / 2;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Offers again what waits. */
  void retry() {
    for (int i = waiting.size(); i > 0; i--) {
      Handover each = waiting.remove();
      if (each.target().offer(each.lines(), roomAgain)) {
        waitingBytes -= each.lines().byteCount();
        parts.memory.give(each.lines().byteCount());
      } else {
        waiting.add(each);
      }
    }
  }

  /** Gives up what still waits. */
  void close() {
    for (Handover each = waiting.poll(); each != null; each = waiting.poll()) {
      each.target().lost(DropReason.SHUTDOWN, each.lines());
    }
    parts.memory.give(waitingBytes);
    waitingBytes = 0;
  }
}
