package io.leasehold.http.observability;

import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockStats;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.ArrayList;
import java.util.List;

/** The figures of the lock service that are read when they are asked for. */
final class LockFigures extends Collector {
  private static final double MEGABYTE = 1 << 20;

  private final LockMonitor locks;

  LockFigures(LockMonitor locks) {
    this.locks = locks;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    LockStats stats = locks.stats();
    var all = new ArrayList<MetricFamilySamples>();
    gauge(
        all, "ttl_semlock_active_locks", "Live leases of this node.", (double) stats.activeLocks());
    gauge(
        all,
        "ttl_semlock_active_connections",
        "Open connections of the lock port.",
        stats.connections());
    var pool =
        new GaugeMetricFamily(
            "ttl_semlock_pool_stats", "Connections of the lock port.", List.of("type"));
    pool.addMetric(List.of("active"), stats.connectionsActive());
    pool.addMetric(List.of("idle"), stats.connections() - stats.connectionsActive());
    pool.addMetric(List.of("total"), stats.connections());
    all.add(pool);
    gauge(
        all,
        "ttl_semlock_connection_reuse_rate",
        "Requests that were not the first of their connection, in percent.",
        stats.reuseRatePercent());
    gauge(
        all,
        "ttl_semlock_memory_usage_bytes",
        "Accounted memory of locks.",
        (double) stats.accountedBytes());
    gauge(
        all,
        "ttl_semlock_memory_usage_mb",
        "Accounted memory of locks in MB of 1,048,576 bytes.",
        stats.accountedBytes() / MEGABYTE);
    gauge(
        all,
        "ttl_semlock_memory_limit_mb",
        "Limit of accounted memory in MB of 1,048,576 bytes, +Inf without one.",
        unlimitedIfZero(stats.memoryLimitBytes()) / MEGABYTE);
    gauge(
        all,
        "ttl_semlock_locks_limit",
        "Limit of leases, +Inf without one.",
        unlimitedIfZero(stats.locksLimit()));
    gauge(
        all, "ttl_semlock_uptime_seconds", "Time since the start.", (double) stats.uptimeSeconds());
    gauge(all, "leasehold_lock_waiters", "Waits in queues.", (double) stats.waiters());
    return all;
  }

  private static double unlimitedIfZero(long limit) {
    return limit == 0 ? Double.POSITIVE_INFINITY : (double) limit;
  }

  private static void gauge(List<MetricFamilySamples> all, String name, String help, double value) {
    all.add(new GaugeMetricFamily(name, help, value));
  }
}
