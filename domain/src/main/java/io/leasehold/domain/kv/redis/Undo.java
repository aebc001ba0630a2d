package io.leasehold.domain.kv.redis;

import java.util.ArrayList;
import java.util.List;

/**
 * How to take back what was done, last first. Confined to whoever owns the state.
 *
 * <p>Every step finds the state exactly as the change it takes back left it.
 */
final class Undo {
  /** Remembers nothing: for what is committed. */
  static final Undo NEVER = new Undo(false);

  private final List<Runnable> steps = new ArrayList<>();
  private final boolean remembers;

  Undo() {
    this(true);
  }

  private Undo(boolean remembers) {
    this.remembers = remembers;
  }

  void add(Runnable step) {
    if (remembers) {
      steps.add(step);
    }
  }

  /** To be given to {@link #backTo}. */
  int mark() {
    return steps.size();
  }

  void backTo(int mark) {
    for (int i = steps.size() - 1; i >= mark; i--) {
      steps.remove(i).run();
    }
  }
}
