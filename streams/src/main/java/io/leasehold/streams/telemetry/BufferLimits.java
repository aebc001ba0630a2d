package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.BackendSettings.Overflow;

/**
 * Bounds and habits of a buffer; replaced by a reload.
 *
 * @param maxMessages 0 = bytes only
 */
record BufferLimits(
    long maxBytes,
    int maxMessages,
    Overflow overflow,
    Overflow whenDown,
    long blockNanos,
    BackendSettings.Batching batch) {}
