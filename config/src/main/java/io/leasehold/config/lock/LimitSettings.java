package io.leasehold.config.lock;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;

/**
 * How much one node takes on. Immutable.
 *
 * @param maxLocks leases, 0 = unlimited
 * @param maxMemoryMb accounted memory in units of 1,048,576 bytes, 0 = unlimited
 * @param warnThreshold fraction of a limit, above 0 up to 1
 * @param rejectRequests false = a limit only warns
 */
public record LimitSettings(
    int maxLocks, int maxMemoryMb, double warnThreshold, boolean rejectRequests) {
  public LimitSettings {
    Checks.of("lock.limits")
        .atLeast("max-locks", maxLocks, 0)
        .atLeast("max-memory-mb", maxMemoryMb, 0)
        .fraction("warn-threshold", warnThreshold)
        .done();
  }

  static LimitSettings from(Values values) {
    return new LimitSettings(
        values.integer("lock.limits.max-locks"),
        values.integer("lock.limits.max-memory-mb"),
        values.decimal("lock.limits.warn-threshold"),
        values.flag("lock.limits.reject-requests"));
  }
}
