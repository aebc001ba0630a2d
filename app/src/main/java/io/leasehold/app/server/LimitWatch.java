package io.leasehold.app.server;

import io.leasehold.config.lock.LimitSettings;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockStats;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.Locale;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log when a limit of the lock service comes near, and when it turns requests away. Looks
 * once a second; confined to its tick. Operators search for these texts: they stay.
 */
final class LimitWatch {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.lock");
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final long REPEAT_NANOS = 60_000_000_000L;

  /** So far below the threshold a warning is armed again. */
  private static final double REARM = 0.05;

  private static final double MEGABYTE = 1 << 20;

  private final LockMonitor locks;
  private final double threshold;
  private final Clock clock;
  private final Level lockCount = new Level();
  private final Level memory = new Level();
  private long rejectedByLocks;
  private long rejectedByMemory;

  /** Whether a warning is out, and since when. */
  private static final class Level {
    boolean above;
    long warnedNanos;
  }

  LimitWatch(LockMonitor locks, LimitSettings limits, Clock clock) {
    this.locks = locks;
    this.threshold = limits.warnThreshold();
    this.clock = clock;
  }

  Cancellable start(ActorSystem<?> system) {
    return system
        .scheduler()
        .scheduleWithFixedDelay(TICK, TICK, this::look, system.executionContext());
  }

  void look() {
    LockStats stats = locks.stats();
    if (isDue(lockCount, stats.activeLocks(), stats.locksLimit())) {
      LOG.warn(
          "Lock count warning: {} of limit ({}/{})",
          percent(stats.activeLocks(), stats.locksLimit()),
          stats.activeLocks(),
          stats.locksLimit());
    }
    if (isDue(memory, stats.accountedBytes(), stats.memoryLimitBytes())) {
      LOG.warn(
          "Memory usage warning: {} of limit ({}/{} MB)",
          percent(stats.accountedBytes(), stats.memoryLimitBytes()),
          Math.round(stats.accountedBytes() / MEGABYTE),
          Math.round(stats.memoryLimitBytes() / MEGABYTE));
    }
    rejected("max_locks_reached", stats.rejectedMaxLocks() - rejectedByLocks);
    rejected("memory_limit_reached", stats.rejectedMemory() - rejectedByMemory);
    rejectedByLocks = stats.rejectedMaxLocks();
    rejectedByMemory = stats.rejectedMemory();
  }

  private boolean isDue(Level level, long used, long limit) {
    double share = limit == 0 ? 0 : (double) used / limit;
    if (share < threshold - REARM) {
      level.above = false;
    }
    if (share < threshold) {
      return false;
    }
    long now = clock.nanos();
    if (level.above && now - level.warnedNanos < REPEAT_NANOS) {
      return false;
    }
    level.above = true;
    level.warnedNanos = now;
    return true;
  }

  private static void rejected(String reason, long count) {
    if (count > 0) {
      LOG.atWarn()
          .addKeyValue("reason", reason)
          .addKeyValue("suppressed", count - 1)
          .log("Acquire rejected due to limits");
    }
  }

  private static String percent(long used, long limit) {
    return String.format(Locale.ROOT, "%.1f%%", 100.0 * used / limit);
  }
}
