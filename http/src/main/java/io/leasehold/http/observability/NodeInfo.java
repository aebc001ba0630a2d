package io.leasehold.http.observability;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What monitoring tells of the node itself.
 *
 * @param node address other nodes know it by
 * @param phase what a starting or stopping node says instead of ready; null while it runs
 */
public record NodeInfo(
    String node, String version, long startedMillis, Supplier<@Nullable String> phase) {}
