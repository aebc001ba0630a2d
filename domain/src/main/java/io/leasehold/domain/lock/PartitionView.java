package io.leasehold.domain.lock;

import org.jspecify.annotations.Nullable;

/**
 * What this node last heard of a partition, wherever it is. Immutable.
 *
 * @param node the member that had it then, {@code host:port}; null if it was never heard of
 * @param ready all its leases were back
 * @param silentMillis since it was heard of, or since this node started
 */
public record PartitionView(
    int partition, @Nullable String node, boolean ready, long silentMillis) {}
