package io.leasehold.streams.telemetry.spool;

/**
 * Where the units end. Immutable.
 *
 * @param sequence of the next unit
 * @param bytes of all units there ever were
 * @param number of the next message, the second half of ingest ids
 */
record Tail(long sequence, long bytes, long number) {
  /** With one more unit of so many bytes. */
  Tail plus(long moreBytes, long lastNumber) {
    return new Tail(sequence + 1, bytes + moreBytes, Math.max(number, lastNumber + 1));
  }
}
