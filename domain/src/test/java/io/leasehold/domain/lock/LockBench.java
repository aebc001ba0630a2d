package io.leasehold.domain.lock;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One key under test: time moved by hand, commits given by hand, answers by requester. */
final class LockBench implements LockState.Outcomes<String> {
  static final long MILLI = 1_000_000;
  static final long START_WALL = 1_700_000_000_000L;

  final LockCapacity capacity;
  final LockState<String> state;
  final Map<String, LockAnswer> answers = new LinkedHashMap<>();
  final List<LockChange> uncommitted = new ArrayList<>();
  final List<EndCause> ends = new ArrayList<>();
  long nanos;
  long wall = START_WALL;
  long nextNumber = 1;
  boolean commitsAtOnce = true;

  LockBench() {
    this(0, new LockCapacity(0, 0, true), 0);
  }

  LockBench(long startNanos, LockCapacity capacity, int maxWaiters) {
    this.nanos = startNanos;
    this.capacity = capacity;
    this.state = new LockState<>("key", 3, 0, capacity, maxWaiters);
  }

  Now now() {
    return new Now(nanos, wall);
  }

  /** Moves both clocks, and lets what is due happen. */
  void passMillis(long millis) {
    nanos += millis * MILLI;
    wall += millis;
    state.expire(now(), this);
    settle();
  }

  void passNanos(long more) {
    nanos += more;
    state.expire(now(), this);
    settle();
  }

  static LockOperation.Acquire acquire(String owner, long ttlMillis) {
    return acquire(owner, ttlMillis, 0, null);
  }

  static LockOperation.Acquire acquire(String owner, long ttlMillis, long wait, String id) {
    return new LockOperation.Acquire(owner, ttlMillis, wait, 1, 1, Mode.EXCLUSIVE, false, null, id);
  }

  static LockOperation.Acquire permits(String owner, int permits, int limit, long wait) {
    return new LockOperation.Acquire(
        owner, 10_000, wait, limit, permits, Mode.EXCLUSIVE, false, null, null);
  }

  static LockOperation.Acquire shared(String owner, long wait) {
    return new LockOperation.Acquire(owner, 10_000, wait, 1, 1, Mode.SHARED, false, null, null);
  }

  static LockOperation.Acquire reentrant(String owner, long ttlMillis, String id) {
    return new LockOperation.Acquire(owner, ttlMillis, 0, 1, 1, Mode.EXCLUSIVE, true, null, id);
  }

  LockAnswer ask(String requester, LockOperation operation) {
    operation.decide(state, requester, now(), this);
    settle();
    return answers.get(requester);
  }

  LockAnswer release(String requester, String owner) {
    return ask(requester, new LockOperation.Release(owner, 0, null));
  }

  boolean exists(String requester) {
    return ask(requester, LockOperation.Exists.INSTANCE) instanceof LockAnswer.Exists;
  }

  long token(String requester) {
    return ((LockAnswer.Granted) answers.get(requester)).token();
  }

  void cancel(String target, String requester) {
    state.cancel(target, requester, now(), this);
    settle();
  }

  private void settle() {
    if (commitsAtOnce) {
      commitAll();
    }
  }

  /** Commits everything that was handed out so far. */
  void commitAll() {
    while (!uncommitted.isEmpty()) {
      commit(uncommitted.size());
    }
  }

  void commit(int count) {
    long first = nextNumber;
    for (int i = 0; i < count; i++) {
      uncommitted.remove(0).assignNumber(nextNumber++);
    }
    state.committed(first, count, now(), this);
  }

  @Override
  public void answer(String requester, LockAnswer answer) {
    LockAnswer before = answers.put(requester, answer);
    if (before != null) {
      throw new AssertionError(requester + " was told " + before + ", then " + answer);
    }
  }

  @Override
  public void commit(LockChange change) {
    uncommitted.add(change);
  }

  @Override
  public void ended(EndCause cause, long lateNanos) {
    if (lateNanos < 0) {
      throw new AssertionError("ended " + -lateNanos + " ns early");
    }
    ends.add(cause);
  }

  @Override
  public void waited(long nanosWaited) {}
}
