package io.leasehold.streams.telemetry;

import io.leasehold.domain.time.Clock;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * What all connections share.
 *
 * @param snapshot the configuration in force
 * @param origin of messages that are not spooled, random for each run
 * @param numbers of the next message
 * @param random numbers of 0..1, for samples
 */
record Intake(
    Supplier<Snapshot> snapshot,
    SourceBook sources,
    Traffic traffic,
    RejectionLog rejections,
    long origin,
    AtomicLong numbers,
    Clock clock,
    DoubleSupplier random) {}
