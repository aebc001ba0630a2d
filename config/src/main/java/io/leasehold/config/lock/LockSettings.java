package io.leasehold.config.lock;

import io.leasehold.config.Port;
import io.leasehold.config.access.Secret;
import io.leasehold.config.load.Values;
import java.time.Duration;
import java.util.List;

/**
 * The lock service; meanings and units stand in {@code reference.conf}. Immutable.
 *
 * @param idleTimeout zero = never
 */
public record LockSettings(
    String host,
    Port port,
    int maxConnections,
    int maxConnectionsPerAddress,
    Duration idleTimeout,
    Duration requestTimeout,
    Duration drainTimeout,
    int maxWaiters,
    Duration idleLinger,
    Duration cleanupInterval,
    boolean authRequired,
    List<Secret> apiKeys,
    List<Secret> adminApiKeys,
    Limits limits,
    int snapshotChanges) {

  /** How much a node takes. */
  public record Limits(
      int maxLocks, int maxMemoryMb, double warnThreshold, boolean rejectRequests) {}

  private static final int MAX_CONNECTIONS = 1_000_000;

  /** Reads every key; mistakes are collected in {@code values}. */
  public static LockSettings from(Values values) {
    var settings =
        new LockSettings(
            values.text("lock.host"),
            values.port("lock.port"),
            values.integer("lock.max-connections", 0, MAX_CONNECTIONS),
            values.integer("lock.max-connections-per-address", 0, MAX_CONNECTIONS),
            values.duration("lock.idle-timeout", Duration.ZERO, Duration.ofDays(365)),
            values.duration("lock.request-timeout", Duration.ofMillis(100), Duration.ofSeconds(60)),
            values.duration("lock.drain-timeout", Duration.ZERO, Duration.ofMinutes(10)),
            values.integer("lock.max-waiters", 0, Integer.MAX_VALUE),
            values.duration("lock.idle-linger", Duration.ZERO, Duration.ofMinutes(1)),
            values.duration("lock.cleanup-interval", Duration.ofMillis(100), Duration.ofDays(1)),
            values.bool("lock.auth-required"),
            values.secrets("lock.api-keys"),
            values.secrets("lock.admin-api-keys"),
            new Limits(
                values.integer("lock.limits.max-locks", 0, Integer.MAX_VALUE),
                values.integer("lock.limits.max-memory-mb", 0, Integer.MAX_VALUE),
                values.share("lock.limits.warn-threshold"),
                values.bool("lock.limits.reject-requests")),
            values.integer("lock.journal.snapshot-changes", 1_000, Integer.MAX_VALUE));
    if (settings.authRequired && settings.apiKeys.isEmpty() && settings.adminApiKeys.isEmpty()) {
      values.problem(
          "lock.auth-required = true: needs a key in lock.api-keys or lock.admin-api-keys, "
              + "otherwise nobody could use the server");
    }
    return settings;
  }
}
