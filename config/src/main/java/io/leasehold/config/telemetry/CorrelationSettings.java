package io.leasehold.config.telemetry;

import java.time.Duration;

/**
 * How messages are put together to traces.
 *
 * @param enabled false = nothing is put together
 * @param linger after the end of the last root, until a trace is closed
 * @param idle the same after its last message, if a root is open or none was seen
 * @param maxAge after its first message it is closed in any case
 * @param keep for so long a closed trace is shown
 * @param maxBytes of all traces of this node, those that are kept included
 * @param maxTraceBytes of one
 */
public record CorrelationSettings(
    boolean enabled,
    Duration linger,
    Duration idle,
    Duration maxAge,
    Duration keep,
    long maxBytes,
    long maxTraceBytes) {}
