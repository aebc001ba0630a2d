package io.leasehold.actors.kv.redis.external;

import io.netty.util.Timeout;
import io.netty.util.Timer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Does things later, to the tenth of a second; never on the thread of the timer, which serves all
 * instances. Safe for any thread.
 */
final class Deadlines {
  private final Timer timer;
  private final Executor executor;

  Deadlines(Timer timer, Executor executor) {
    this.timer = timer;
    this.executor = executor;
  }

  /** Cheap to cancel. */
  Timeout in(Duration delay, Runnable task) {
    return timer.newTimeout(
        timeout -> executor.execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  Executor executor() {
    return executor;
  }
}
