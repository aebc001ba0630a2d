package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds connections to those that many use, one at a time, while they are busy. Nobody waits for it.
 * Safe for any thread.
 */
final class Growth {
  private static final Logger LOG = LoggerFactory.getLogger(ExternalPool.class);

  /** So long nobody tries to add a connection after that failed. */
  private static final Duration REST = Duration.ofSeconds(5);

  private final ExternalRedis where;
  private final SharedLinks links;
  private final int max;
  private final Supplier<CompletionStage<Link>> dial;
  private final Consumer<Link> add;
  private final Clock clock;
  private final AtomicBoolean growing = new AtomicBoolean();
  private volatile long failedNanos;

  /**
   * @param where whose connections they are
   * @param max connections in all
   * @param dial connects, in one try
   */
  Growth(
      ExternalRedis where,
      SharedLinks links,
      int max,
      Supplier<CompletionStage<Link>> dial,
      Consumer<Link> add,
      Clock clock) {
    this.where = where;
    this.links = links;
    this.max = max;
    this.dial = dial;
    this.add = add;
    this.clock = clock;
    this.failedNanos = clock.nanos() - REST.toNanos();
  }

  /** One more beside this one if something waits on it. */
  void ifBusy(Link link) {
    if (link.unanswered() == 0
        || links.size() >= max
        || clock.nanos() - failedNanos <= REST.toNanos()
        || !growing.compareAndSet(false, true)) {
      return;
    }
    dial.get()
        .whenComplete(
            (more, failure) -> {
              if (more != null) {
                add.accept(more);
              } else {
                failedNanos = clock.nanos();
                LOG.debug(
                    "instance {}: one connection less: {}", where.instance(), Causes.text(failure));
              }
              growing.set(false);
            });
  }
}
