package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.TokenBook;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.spool.Spool;
import io.leasehold.streams.telemetry.spool.StreamBook;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What all connections share.
 *
 * @param snapshot the configuration in force
 * @param origin of messages that are not spooled, random for each run
 * @param numbers of the next message
 * @param streams of clients whose lines are acknowledged from memory
 * @param spool null = there is none
 * @param spoolAll whether messages of clients that did not ask for it are spooled too
 * @param tap who watches
 * @param tokens who may send; a connection keeps what it found
 * @param correlator gets copies of the lines of traces
 * @param memory what lines may take
 * @param random numbers of 0..1, for samples
 */
record Intake(
    Supplier<Snapshot> snapshot,
    SourceBook sources,
    Traffic traffic,
    RejectionLog rejections,
    long origin,
    AtomicLong numbers,
    StreamBook streams,
    @Nullable Spool spool,
    boolean spoolAll,
    Tap tap,
    Supplier<TokenBook> tokens,
    Correlator correlator,
    MemoryBudget memory,
    Clock clock,
    DoubleSupplier random) {
  /** The same for lines of this process, which needs no token. */
  Intake trusted() {
    return new Intake(
        snapshot,
        sources,
        traffic,
        rejections,
        origin,
        numbers,
        streams,
        spool,
        spoolAll,
        tap,
        () -> TokenBook.OPEN,
        correlator,
        memory,
        clock,
        random);
  }
}
