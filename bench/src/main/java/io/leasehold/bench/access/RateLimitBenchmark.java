package io.leasehold.bench.access;

import io.leasehold.actors.access.RateLimiter;
import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A decision of the limiter on a node of its own, with tokens in hand. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RateLimitBenchmark {
  private static final int KEYS = 1_024;

  /** So many a second to each key are more than a thread can take. */
  private static final RatePolicy POLICY = new RatePolicy(RatePolicy.MAX, RatePolicy.MAX);

  /** A node that has seen all keys. */
  @State(Scope.Benchmark)
  public static class Node {
    private final ActorSystem<Void> system =
        ActorSystem.create(Behaviors.empty(), "leasehold", PekkoSettings.of("127.0.0.1", 0, 4));
    private final RateLimiter limiter =
        new RateLimiter(system, Clock.system(), RateLimiter.Setup.DEFAULTS);
    private final String[] keys = new String[KEYS];

    /** Makes the buckets. */
    @Setup
    public void fill() {
      for (int i = 0; i < KEYS; i++) {
        keys[i] = "key:0d8c6a5e-0000-4000-8000-" + (100_000_000_000L + i);
        limiter.take(keys[i], POLICY, 1);
      }
    }

    /** Stops the node. */
    @TearDown
    public void stop() {
      limiter.close();
      system.terminate();
    }
  }

  /** Which key comes next. */
  @State(Scope.Thread)
  public static class Turn {
    private int last;
  }

  /** One of the keys after another. */
  @Benchmark
  public CompletionStage<RateDecision> take(Node node, Turn turn) {
    turn.last = (turn.last + 1) % KEYS;
    return node.limiter.take(node.keys[turn.last], POLICY, 1);
  }
}
