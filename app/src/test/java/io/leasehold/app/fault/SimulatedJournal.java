package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the simulated store has committed. Survives every owner. */
final class SimulatedJournal {
  /**
   * The value of a key.
   *
   * @param endNanos when it runs out; {@link Long#MAX_VALUE} = never
   */
  record Entry(String value, long version, long endNanos) {}

  /** All that an owner knows. */
  static final class State {
    final Map<Integer, Entry> entries = new HashMap<>();
    final Map<String, Long> marks = new HashMap<>();
    long revision;

    State copy() {
      var copy = new State();
      copy.entries.putAll(entries);
      copy.marks.putAll(marks);
      copy.revision = revision;
      return copy;
    }
  }

  private State committed = new State();
  private final List<WatchEvent> events = new ArrayList<>();
  private long owner;

  /** The number of a new owner: no commit of an earlier one is taken from now on. */
  long take() {
    return ++owner;
  }

  boolean isOwnedBy(long number) {
    return number == owner;
  }

  State committed() {
    return committed.copy();
  }

  /** False = another one owns it. */
  boolean commit(long number, State state, List<WatchEvent> changes) {
    if (!isOwnedBy(number)) {
      return false;
    }
    committed = state.copy();
    events.addAll(changes);
    return true;
  }

  List<WatchEvent> events() {
    return events;
  }
}
