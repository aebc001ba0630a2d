package io.leasehold.streams.telemetry.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.Lines;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A target that takes as many units as it has room for, and settles when it is told to. */
final class FakeTarget implements SpoolFeed.Receiver {
  final Map<DropReason, Long> lost = new EnumMap<>(DropReason.class);
  final List<Cut> cuts = new CopyOnWriteArrayList<>();
  volatile boolean ended;
  private final List<Lines> waiting = new ArrayList<>();
  private final List<String> got = new ArrayList<>();
  private int room = Integer.MAX_VALUE;
  private long inMemory;

  @Override
  public synchronized boolean take(Lines lines, Cut cut) {
    if (waiting.size() >= room) {
      return false;
    }
    cuts.add(cut);
    waiting.add(lines);
    for (int i = 0; i < lines.size(); i++) {
      got.add(new String(lines.bytes(), lines.from(i), lines.to(i) - lines.from(i), UTF_8));
    }
    return true;
  }

  @Override
  public void endBatch() {
    ended = true;
  }

  @Override
  public synchronized boolean hasRoom() {
    return waiting.size() < room;
  }

  @Override
  public synchronized Batch giveUp() {
    Batch all = batch(waiting);
    lost.merge(DropReason.SPOOL_FULL, (long) all.size(), Long::sum);
    waiting.clear();
    return all;
  }

  @Override
  public synchronized void inMemory(Lines lines, int sign) {
    inMemory += (long) sign * lines.size();
  }

  @Override
  public synchronized void lost(DropReason reason, long copies) {
    lost.merge(reason, copies, Long::sum);
  }

  synchronized void room(int units) {
    room = units;
  }

  /** Texts of all lines it was given, in their order. */
  synchronized List<String> got() {
    return List.copyOf(got);
  }

  synchronized long inMemory() {
    return inMemory;
  }

  private static Batch batch(List<Lines> lines) {
    return Batch.of(lines.stream().map(each -> new Batch.Part(each, 0, each.size())).toList());
  }

  /** Takes out what waits, for {@link SpoolFeed#settled}. */
  synchronized Batch takeAll() {
    Batch all = batch(waiting);
    waiting.clear();
    return all;
  }

  synchronized Batch takeOne() {
    return take(1);
  }

  synchronized Batch take(int units) {
    List<Lines> first = List.copyOf(waiting.subList(0, units));
    waiting.subList(0, units).clear();
    return batch(first);
  }
}
