package io.leasehold.bench.lock;

import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Mode;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The rules of one key, from the decided operation to the committed answer. */
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LockRulesBenchmark {
  private static final long TTL_MILLIS = 30_000;
  private static final long LONGEST_WAIT_MILLIS = 86_400_000;
  private static final LockOperation RELEASE = new LockOperation.Release(null, 0, null);
  private static final Integer HOLDER = 0;
  private static final Integer OTHER = 1;

  private static LockOperation.Acquire acquire(String owner, long waitMillis) {
    return new LockOperation.Acquire(
        owner, TTL_MILLIS, waitMillis, 1, 1, Mode.EXCLUSIVE, false, null, null);
  }

  /** A key that nobody holds. */
  @State(Scope.Thread)
  public static class FreeKey {
    final KeyDriver key = new KeyDriver();
    final LockOperation acquire = acquire("worker@host", 0);
  }

  /** A key that somebody holds for longer than the measurement takes. */
  @State(Scope.Thread)
  public static class HeldKey {
    final KeyDriver key = new KeyDriver();
    final LockOperation acquire = acquire("other@host", 0);

    /** Takes the key for a day of the key's own time. */
    public HeldKey() {
      key.decide(
          new LockOperation.Acquire(
              "worker@host", 86_400_000, 0, 1, 1, Mode.EXCLUSIVE, false, null, null),
          HOLDER);
    }
  }

  /** A held key with a queue. */
  @State(Scope.Thread)
  public static class QueuedKey {
    @Param({"1", "1000"})
    public int waiters = 1;

    KeyDriver key = new KeyDriver();
    final LockOperation acquire = acquire("worker@host", LONGEST_WAIT_MILLIS);
    private long token;
    private Integer holder = 0;

    /** Lets requester 0 hold the key and all others wait in the order of their numbers. */
    @Setup
    public void queue() {
      key = new KeyDriver();
      key.decide(acquire, 0);
      remember();
      for (int i = 1; i <= waiters; i++) {
        key.decide(acquire, i);
      }
    }

    private void remember() {
      token = ((LockAnswer.Granted) key.lastAnswer()).token();
      holder = key.lastAnswered();
    }
  }

  /** Two operations: a free key is taken and given back. */
  @Benchmark
  public LockAnswer acquireAndRelease(FreeKey free) {
    free.key.decide(free.acquire, HOLDER);
    free.key.decide(RELEASE, HOLDER);
    return free.key.lastAnswer();
  }

  /** One operation: the key is held, and the asker does not wait. */
  @Benchmark
  public LockAnswer refuse(HeldKey held) {
    held.key.decide(held.acquire, OTHER);
    return held.key.lastAnswer();
  }

  /**
   * Two operations: the holder gives the key to the head of the queue, and queues again at its end.
   */
  @Benchmark
  public LockAnswer handOver(QueuedKey queued) {
    Integer former = queued.holder;
    queued.key.decide(new LockOperation.Release(null, queued.token, null), former);
    LockAnswer granted = queued.key.lastAnswer();
    queued.remember();
    queued.key.decide(queued.acquire, former);
    return granted;
  }
}
