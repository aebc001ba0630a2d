package io.leasehold.actors.kv;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** How many watchers a node may have, and how many there are. Safe for any thread. */
final class KvWatchPlaces {
  /** A place that nobody takes is free again after this. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final int max;
  private final BiConsumer<Duration, Runnable> later;
  private final AtomicInteger used = new AtomicInteger();

  /**
   * @param max 0 or more
   * @param later runs something after a time
   */
  KvWatchPlaces(int max, BiConsumer<Duration, Runnable> later) {
    this.max = max;
    this.later = later;
  }

  int used() {
    return used.get();
  }

  /** Keeps a place for whoever is going to read; null if there is none. */
  @Nullable Place reserve() {
    if (!tryTake()) {
      return null;
    }
    var place = new Place();
    later.accept(PATIENCE, place::lapse);
    return place;
  }

  private boolean tryTake() {
    for (; ; ) {
      int before = used.get();
      if (before >= max) {
        return false;
      }
      if (used.compareAndSet(before, before + 1)) {
        return true;
      }
    }
  }

  /** A place kept for one watcher. Safe for any thread. */
  final class Place {
    private enum State {
      RESERVED,
      LAPSED,
      TAKEN
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.RESERVED);

    /** Takes it, or another one if it has lapsed or is taken; false = there is none. */
    boolean take() {
      return state.compareAndSet(State.RESERVED, State.TAKEN) || tryTake();
    }

    void giveBack() {
      used.decrementAndGet();
    }

    private void lapse() {
      if (state.compareAndSet(State.RESERVED, State.LAPSED)) {
        giveBack();
      }
    }
  }
}
