package io.leasehold.actors.metrics;

import io.leasehold.actors.lock.LockMetrics;
import io.leasehold.domain.lock.EndCause;
import io.prometheus.client.CollectorRegistry;
import java.util.Arrays;
import java.util.List;

/** Counts what lock actors do, for Prometheus. Safe for any thread. */
public final class LockMeter implements LockMetrics {
  private final boolean enabled;
  private final EventCounter ends =
      new EventCounter(
          "leasehold_lock_ends",
          "Leases that ended, by how.",
          List.of("cause"),
          Arrays.stream(EndCause.values()).map(cause -> List.of(cause.wire())).toList());
  private final DurationHistogram expiryDelay =
      DurationHistogram.ofSeconds(
          "leasehold_lock_expiry_delay_seconds", "Time from a deadline to the end of its lease.");
  private final DurationHistogram waits =
      DurationHistogram.ofSeconds(
          "leasehold_lock_wait_seconds", "Time in the queue of those who were granted.");
  private final DurationHistogram cleanup =
      DurationHistogram.ofSeconds(
          "ttl_semlock_ttl_cleanup_duration_seconds",
          "Time from the handling of an expiry to its commit.");
  private final EventCounter rejected =
      new EventCounter(
          "ttl_semlock_rejected_requests",
          "Acquires refused by a limit of the node.",
          List.of("reason"),
          List.of(List.of("max_locks_reached"), List.of("memory_limit_reached")));

  /**
   * Starts at zero.
   *
   * @param enabled false: of what locks do, only refusals by a limit are counted
   */
  public LockMeter(boolean enabled) {
    this.enabled = enabled;
  }

  /** Adds the families to {@code registry}. */
  public LockMeter register(CollectorRegistry registry) {
    for (var each : List.of(ends, expiryDelay, waits, cleanup, rejected)) {
      registry.register(each);
    }
    return this;
  }

  public long rejectedByMaxLocksTotal() {
    return rejected.value(0);
  }

  public long rejectedByMemoryTotal() {
    return rejected.value(1);
  }

  @Override
  public void ended(EndCause cause) {
    if (enabled) {
      ends.count(cause.code() - 1, 1);
    }
  }

  @Override
  public void expiredLate(long nanos) {
    if (enabled) {
      expiryDelay.record(0, nanos);
    }
  }

  @Override
  public void waited(long nanos) {
    if (enabled) {
      waits.record(0, nanos);
    }
  }

  @Override
  public void cleanedUp(long nanos) {
    if (enabled) {
      cleanup.record(0, nanos);
    }
  }

  @Override
  public void rejectedByMaxLocks() {
    rejected.count(0, 1);
  }

  @Override
  public void rejectedByMemory() {
    rejected.count(1, 1);
  }
}
