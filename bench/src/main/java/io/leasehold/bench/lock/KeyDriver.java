package io.leasehold.bench.lock;

import io.leasehold.domain.lock.EndCause;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockChange;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.LockState;
import io.leasehold.domain.lock.Now;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One key whose changes are committed the moment they are decided, as in memory mode. Time goes on
 * by a microsecond with each operation. Confined to its thread.
 */
final class KeyDriver implements LockState.Outcomes<Integer> {
  private static final long NANOS_PER_OPERATION = 1_000;

  private final LockState<Integer> state =
      new LockState<>("orders/4711", 11, 0, new LockCapacity(0, 0, true), 0);
  private final ArrayDeque<LockChange> uncommitted = new ArrayDeque<>();
  private long nanos;
  private long nextNumber = 1;
  private @Nullable LockAnswer lastAnswer;
  private int lastAnswered = -1;

  /** Decides and commits one operation. */
  void decide(LockOperation operation, Integer requester) {
    nanos += NANOS_PER_OPERATION;
    var now = new Now(nanos, nanos / 1_000_000);
    operation.decide(state, requester, now, this);
    while (!uncommitted.isEmpty()) { // a commit may hand out more
      long first = nextNumber;
      int count = 0;
      for (var change = uncommitted.poll(); change != null; change = uncommitted.poll()) {
        change.assignNumber(nextNumber++);
        count++;
      }
      state.committed(first, count, now, this);
    }
  }

  /** The latest answer of all, whoever got it. */
  LockAnswer lastAnswer() {
    if (lastAnswer == null) {
      throw new IllegalStateException("nobody has been answered");
    }
    return lastAnswer;
  }

  /** Who got the latest answer. */
  Integer lastAnswered() {
    return lastAnswered;
  }

  int waiterCount() {
    return state.waiterCount();
  }

  @Override
  public void answer(Integer requester, LockAnswer answer) {
    lastAnswered = requester;
    lastAnswer = answer;
  }

  @Override
  public void commit(LockChange change) {
    uncommitted.add(change);
  }

  @Override
  public void ended(EndCause cause, long lateNanos) {}

  @Override
  public void waited(long nanosWaited) {}
}
