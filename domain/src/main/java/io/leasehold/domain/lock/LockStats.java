package io.leasehold.domain.lock;

/**
 * Figures of the lock service of one node since its start. Immutable. The figures are read one
 * after another while the service runs, so sums may differ by what happened in between.
 *
 * @param totalRequests non-blank lines and HTTP requests, the failed too
 * @param refused plain refusals
 * @param errors error answers
 * @param activeLocks live leases owned by this node
 * @param accountedBytes memory the limit is checked against
 * @param memoryLimitBytes 0 = unlimited
 * @param locksLimit 0 = unlimited
 * @param connections open connections of the lock port
 * @param connectionsActive of them: with a request in flight or one within the last second
 * @param connectionsMax 0 = unlimited
 * @param connectionsRefused turned away at a connection limit
 * @param reuseRatePercent requests that were not the first of their connection, 0..100
 */
public record LockStats(
    long totalRequests,
    long acquireRequests,
    long releaseRequests,
    long existsRequests,
    long extendRequests,
    long statsRequests,
    long refused,
    long errors,
    long activeLocks,
    long waiters,
    long rejectedMaxLocks,
    long rejectedMemory,
    long accountedBytes,
    long memoryLimitBytes,
    long locksLimit,
    int connections,
    int connectionsActive,
    int connectionsMax,
    long connectionsRefused,
    double reuseRatePercent,
    long uptimeSeconds) {}
