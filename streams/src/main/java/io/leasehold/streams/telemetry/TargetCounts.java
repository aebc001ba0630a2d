package io.leasehold.streams.telemetry;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.DeadLetters;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.Source;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;

/** What is counted for one target, by its name; outlives its configuration. Any thread. */
final class TargetCounts {
  private static final DropReason[] REASONS = DropReason.values();
  private static final DeadLetters.Reason[] DEAD = DeadLetters.Reason.values();

  private final String name;
  private final LongAdder routed = new LongAdder();
  private final LongAdder delivered = new LongAdder();
  private final LongAdder[] dropped = adders(REASONS.length);
  private final LongAdder[] dead = adders(DEAD.length);
  private final LongAdder retries = new LongAdder();
  private final DurationHistogram latency;

  TargetCounts(String name) {
    this.name = name;
    this.latency =
        DurationHistogram.ofSeconds(
            "sidecar_backend_latency_seconds",
            "Batch handed to the backend to its confirmation.",
            "backend",
            List.of(name));
  }

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  String name() {
    return name;
  }

  void routed(Lines lines) {
    routed.add(lines.size());
    kept(lines, 0, lines.size(), 1);
  }

  void delivered(Batch batch) {
    delivered.add(batch.size());
    gone(batch, true);
  }

  /** Copies that were in memory, and are lost. */
  void dropped(DropReason reason, Lines lines, int from, int to) {
    dropped[reason.ordinal()].add(to - from);
    byRun(lines, from, to, SourceCounts::dropped, 1);
    kept(lines, from, to, -1);
    settled(lines, false);
  }

  void dropped(DropReason reason, Batch batch) {
    for (Batch.Part part : batch.parts()) {
      dropped(reason, part.lines(), part.from(), part.to());
    }
  }

  void deadLettered(DeadLetters.Reason reason, Batch batch) {
    dead[reason.ordinal()].add(batch.size());
    gone(batch, false);
  }

  /** Copies that nobody has read again are lost; whose they were is not known. */
  void droppedUnread(DropReason reason, long copies) {
    dropped[reason.ordinal()].add(copies);
  }

  /** Copies are only on the disk now: {@code sign} -1; or in memory again: 1. */
  static void inMemory(Lines lines, int sign) {
    kept(lines, 0, lines.size(), sign);
  }

  /** Copies that are not in memory any more, and counted elsewhere. */
  static void gone(Batch batch) {
    gone(batch, false);
  }

  private static void gone(Batch batch, boolean delivered) {
    for (Batch.Part part : batch.parts()) {
      kept(part.lines(), part.from(), part.to(), -1);
      settled(part.lines(), delivered);
    }
  }

  /** A line out of the dead letters is alone in its chunk, so that the chunk stands for it. */
  private static void settled(Lines lines, boolean delivered) {
    Lines.Receipt receipt = lines.receipt();
    if (receipt != null) {
      receipt.settled(delivered);
    }
  }

  private static void kept(Lines lines, int from, int to, int sign) {
    byRun(lines, from, to, SourceCounts::kept, sign);
  }

  /** Lines of one source stand together nearly always: one addition for each run. */
  private static void byRun(
      Lines lines, int from, int to, ObjLongConsumer<SourceCounts> counter, int sign) {
    int run = from;
    while (run < to) {
      Source source = lines.source(run);
      int end = run + 1;
      while (end < to && lines.source(end) == source) {
        end++;
      }
      counter.accept(source.counts(), (long) sign * (end - run));
      run = end;
    }
  }

  void retried() {
    retries.increment();
  }

  void latency(long nanos) {
    latency.record(0, nanos);
  }

  DurationHistogram latencies() {
    return latency;
  }

  long routed() {
    return routed.sum();
  }

  long delivered() {
    return delivered.sum();
  }

  long dropped(DropReason reason) {
    return dropped[reason.ordinal()].sum();
  }

  long dropped() {
    return sum(dropped);
  }

  long deadLettered(DeadLetters.Reason reason) {
    return dead[reason.ordinal()].sum();
  }

  long deadLettered() {
    return sum(dead);
  }

  long retries() {
    return retries.sum();
  }

  private static long sum(LongAdder[] adders) {
    long sum = 0;
    for (LongAdder each : adders) {
      sum += each.sum();
    }
    return sum;
  }
}
