package io.leasehold.actors.health;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ToLongFunction;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import scala.concurrent.ExecutionContext;

/**
 * Measures how long work waits for a thread, of the default dispatcher or of the loops that serve
 * sockets: a tick every 100 ms on each, and how late it runs. Safe for any thread.
 */
public final class DispatcherWatch {
  private static final Duration TICK = Duration.ofMillis(100);
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int SECONDS = 10;

  private final Clock clock;
  private final DurationHistogram delays;

  /** What is watched; from {@link #start} on the first is the default dispatcher. */
  private final List<Watched> all = new CopyOnWriteArrayList<>();

  /** Nothing is measured until {@link #start}. */
  public DispatcherWatch(Clock clock) {
    this.clock = clock;
    this.delays =
        DurationHistogram.ofSeconds(
            "leasehold_dispatcher_delay_seconds",
            "How long work waited for a thread of the default dispatcher or of a port.");
  }

  /** One kind of threads. Its ticks come one at a time. */
  private final class Watched {
    /** The worst delay of each of the last seconds. */
    private final AtomicLongArray worst = new AtomicLongArray(SECONDS);

    private volatile long lastTickNanos = clock.nanos();
    private volatile long currentSecond;

    void tick() {
      long now = clock.nanos();
      long late = Math.max(0, now - lastTickNanos - TICK.toNanos());
      lastTickNanos = now;
      delays.record(0, late);
      long second = now / SECOND_NANOS;
      int slot = Math.floorMod(second, SECONDS);
      if (second != currentSecond) {
        currentSecond = second;
        worst.set(slot, 0);
      }
      worst.accumulateAndGet(slot, late, Math::max);
    }

    long silentNanos() {
      return clock.nanos() - lastTickNanos;
    }

    long worstNanos() {
      long most = 0;
      for (int i = 0; i < SECONDS; i++) {
        most = Math.max(most, worst.get(i));
      }
      return most;
    }

    long stuckSeconds() {
      int stuck = 0;
      for (int i = 0; i < 3; i++) {
        if (worst.get(Math.floorMod(currentSecond - i, SECONDS)) > SECOND_NANOS) {
          stuck++;
        }
      }
      return stuck;
    }
  }

  public DurationHistogram delays() {
    return delays;
  }

  /** Watches the default dispatcher. */
  public Cancellable start(ActorSystem<?> system) {
    return watch(system, system.executionContext());
  }

  /** Watches the threads of {@code executor} too, until the result is cancelled. */
  public Cancellable watch(ActorSystem<?> system, Executor executor) {
    var watched = new Watched();
    all.add(watched);
    Cancellable ticks =
        system
            .scheduler()
            .scheduleAtFixedRate(
                TICK, TICK, watched::tick, ExecutionContext.fromExecutor(executor));
    return new Cancellable() {
      @Override
      public boolean cancel() {
        all.remove(watched);
        return ticks.cancel();
      }

      @Override
      public boolean isCancelled() {
        return ticks.isCancelled();
      }
    };
  }

  private long most(ToLongFunction<Watched> of) {
    return all.stream().mapToLong(of).max().orElse(0);
  }

  /** How late the tick under way is by now, of the latest. */
  public long delayMillis() {
    return Math.max(0, most(Watched::silentNanos) - TICK.toNanos()) / 1_000_000;
  }

  /** The latest tick of the last ten seconds. */
  public long worstDelayMillis() {
    return most(Watched::worstNanos) / 1_000_000;
  }

  /** In how many of the last three seconds a tick was more than a second late. */
  public int stuckSeconds() {
    return (int) most(Watched::stuckSeconds);
  }

  /** Whether some of the threads have run nothing for so long. */
  public boolean isStalledFor(Duration duration) {
    return most(Watched::silentNanos) - duration.toNanos() > 0;
  }
}
