package io.leasehold.config.lock;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Secret;
import io.leasehold.config.value.Values;
import java.time.Duration;
import java.util.List;

/**
 * Settings of the lock service. Immutable.
 *
 * @param maxConnections open connections, 0 = unlimited
 * @param maxConnectionsPerAddress of one remote address, 0 = unlimited
 * @param idleTimeout zero = never
 * @param requestTimeout every request is answered within it
 * @param drainTimeout longest stop
 * @param maxWaiters per key, 0 = unlimited
 * @param cleanupInterval of the safety sweep
 * @param apiKeys without those of {@code access.keys}
 * @param adminApiKeys each is an API key too
 * @param idleLinger how long a free key stays in memory
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
    LimitSettings limits,
    Duration cleanupInterval,
    boolean authRequired,
    List<Secret> apiKeys,
    List<Secret> adminApiKeys,
    RetrySettings retry,
    Duration idleLinger,
    JournalSettings journal) {
  /** Bounds both connection limits. */
  public static final int MAX_CONNECTIONS = 1_000_000;

  private static final Duration HOUR = Duration.ofHours(1);

  public LockSettings {
    apiKeys = List.copyOf(apiKeys);
    adminApiKeys = List.copyOf(adminApiKeys);
    Checks.of("lock")
        .host("host", host)
        .within("max-connections", maxConnections, 0, MAX_CONNECTIONS)
        .within("max-connections-per-address", maxConnectionsPerAddress, 0, MAX_CONNECTIONS)
        .within("idle-timeout", idleTimeout, Duration.ZERO, Duration.ofDays(365))
        .positive("request-timeout", requestTimeout, HOUR)
        .within("drain-timeout", drainTimeout, Duration.ZERO, HOUR)
        .atLeast("max-waiters", maxWaiters, 0)
        .within("cleanup-interval", cleanupInterval, Duration.ofMillis(100), HOUR)
        .within("idle-linger", idleLinger, Duration.ZERO, HOUR)
        .done();
  }

  /** Reads every key now. */
  public static LockSettings from(Values values) {
    return new LockSettings(
        values.text("lock.host"),
        values.port("lock.port"),
        values.integer("lock.max-connections"),
        values.integer("lock.max-connections-per-address"),
        values.duration("lock.idle-timeout"),
        values.duration("lock.request-timeout"),
        values.duration("lock.drain-timeout"),
        values.integer("lock.max-waiters"),
        values.section(LimitSettings::from),
        values.duration("lock.cleanup-interval"),
        values.flag("lock.auth-required"),
        values.secrets("lock.api-keys"),
        values.secrets("lock.admin-api-keys"),
        values.section(RetrySettings::from),
        values.duration("lock.idle-linger"),
        values.section(JournalSettings::from));
  }
}
