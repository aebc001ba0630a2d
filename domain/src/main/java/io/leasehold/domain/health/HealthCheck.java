package io.leasehold.domain.health;

import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * One component and how to ask it. Asking never blocks.
 *
 * @param critical the node is unhealthy when this is
 * @param holdsBackReady the node is not ready when this is unhealthy
 */
public record HealthCheck(
    String name,
    boolean critical,
    boolean holdsBackReady,
    Supplier<CompletionStage<CheckResult>> run) {}
