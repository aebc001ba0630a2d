package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is at the gate of a shard, in order. A work that waits for its lock is parked, and with it
 * everything behind it that has the same order key. Confined to the actor of the shard, but for
 * {@link #isBusy}.
 */
final class GateQueue {
  static final int MAX_WAITING = 10_000;
  static final long MAX_WAITING_BYTES = 32L << 20;

  private final ArrayDeque<GateWork> waiting = new ArrayDeque<>();

  /** By the work that is being asked about: what is parked behind it. */
  private final Map<GateWork, ArrayDeque<GateWork>> parked = new HashMap<>();

  private final Map<Bytes, GateWork> parkedKeys = new HashMap<>();

  /** Works by order key, those in a group under way too. Looked into by any thread. */
  private final Map<Bytes, Integer> busy = new ConcurrentHashMap<>();

  private int waitingWorks;
  private long waitingBytes;

  /** Why one more cannot be taken; null = it can. */
  @Nullable String whyFull(GateWork work) {
    if (waitingWorks >= MAX_WAITING) {
      return waitingWorks + " operations wait in the shard already, of at most " + MAX_WAITING;
    }
    return waitingWorks > 0 && waitingBytes + work.weight() > MAX_WAITING_BYTES
        ? waitingBytes + " bytes wait in the shard already, of at most " + MAX_WAITING_BYTES
        : null;
  }

  /** Takes one in, at the end. */
  void add(GateWork work) {
    Bytes key = work.orderKey();
    waitingWorks++;
    waitingBytes += work.weight();
    if (key != null) {
      busy.merge(key, 1, Integer::sum);
    }
    waiting.add(work);
  }

  /** Whether one that has this order key has not ended. From any thread. */
  boolean isBusy(Bytes orderKey) {
    return busy.containsKey(orderKey);
  }

  boolean isEmpty() {
    return peek() == null;
  }

  /** Those that wait, parked ones too. */
  int size() {
    return waitingWorks;
  }

  /** The next one that may run; null = there is none. */
  @Nullable GateWork peek() {
    for (GateWork work = waiting.peek(); work != null; work = waiting.peek()) {
      GateWork before = work.orderKey() == null ? null : parkedKeys.get(work.orderKey());
      if (before == null) {
        return work;
      }
      waiting.remove();
      parked.computeIfAbsent(before, none -> new ArrayDeque<>()).add(work);
    }
    return null;
  }

  /** Takes out what {@link #peek} showed. It is to be parked, or {@link #ended} later. */
  void take() {
    GateWork work = waiting.remove();
    waitingWorks--;
    waitingBytes -= work.weight();
  }

  /** Keeps one that was taken, and what has its order key, until its lock has answered. */
  void park(GateWork work) {
    waitingWorks++;
    waitingBytes += work.weight();
    parked.put(work, new ArrayDeque<>());
    if (work.orderKey() != null) {
      parkedKeys.put(work.orderKey(), work);
    }
  }

  /** The lock has answered: it is next, and what was parked behind it follows. */
  void unpark(GateWork work) {
    unparkBehind(work);
    waiting.addFirst(work);
  }

  /** The lock has not answered: what was parked behind it is next. */
  void unparkWithout(GateWork work) {
    unparkBehind(work);
    waitingWorks--;
    waitingBytes -= work.weight();
    ended(work);
  }

  private void unparkBehind(GateWork work) {
    ArrayDeque<GateWork> behind = parked.remove(work);
    if (behind == null) {
      throw new IllegalStateException("it is not parked");
    }
    if (work.orderKey() != null) {
      parkedKeys.remove(work.orderKey());
    }
    for (GateWork last = behind.pollLast(); last != null; last = behind.pollLast()) {
      waiting.addFirst(last);
    }
  }

  /** A work that was taken has been told its end. */
  void ended(GateWork work) {
    Bytes key = work.orderKey();
    if (key != null) {
      busy.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }
  }

  /** Takes out all that wait, in about their order. */
  List<GateWork> drain() {
    var all = new ArrayList<GateWork>();
    parked.forEach(
        (work, behind) -> {
          all.add(work);
          all.addAll(behind);
        });
    all.addAll(waiting);
    parked.clear();
    parkedKeys.clear();
    waiting.clear();
    waitingWorks = 0;
    waitingBytes = 0;
    all.forEach(this::ended);
    return all;
  }
}
