package io.leasehold.actors.health;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * Measures how long work waits for a thread of the default dispatcher: a tick every 100 ms, and how
 * late it runs. Safe for any thread.
 */
public final class DispatcherWatch {
  private static final Duration TICK = Duration.ofMillis(100);
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int SECONDS = 10;

  private final Clock clock;
  private final DurationHistogram delays;

  /** The worst delay of each of the last seconds. */
  private final AtomicLongArray worst = new AtomicLongArray(SECONDS);

  private volatile long lastTickNanos;
  private volatile long currentSecond;

  /** Nothing is measured until {@link #start}. */
  public DispatcherWatch(Clock clock) {
    this.clock = clock;
    this.lastTickNanos = clock.nanos();
    this.delays =
        DurationHistogram.ofSeconds(
            "leasehold_dispatcher_delay_seconds",
            "How long work waited for a thread of the default dispatcher.");
  }

  public DurationHistogram delays() {
    return delays;
  }

  public Cancellable start(ActorSystem<?> system) {
    lastTickNanos = clock.nanos();
    return system
        .scheduler()
        .scheduleAtFixedRate(TICK, TICK, this::tick, system.executionContext());
  }

  private void tick() {
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

  /** How late the tick under way is by now. */
  public long delayMillis() {
    return Math.max(0, clock.nanos() - lastTickNanos - TICK.toNanos()) / 1_000_000;
  }

  /** The latest tick of the last ten seconds. */
  public long worstDelayMillis() {
    long most = 0;
    for (int i = 0; i < SECONDS; i++) {
      most = Math.max(most, worst.get(i));
    }
    return most / 1_000_000;
  }

  /** In how many of the last three seconds a tick was more than a second late. */
  public int stuckSeconds() {
    int stuck = 0;
    for (int i = 0; i < 3; i++) {
      if (worst.get(Math.floorMod(currentSecond - i, SECONDS)) > SECOND_NANOS) {
        stuck++;
      }
    }
    return stuck;
  }

  /** Whether the dispatcher has run nothing for so long. */
  public boolean isStalledFor(Duration duration) {
    return clock.nanos() - lastTickNanos - duration.toNanos() > 0;
  }
}
