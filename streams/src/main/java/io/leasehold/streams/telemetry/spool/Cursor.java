package io.leasehold.streams.telemetry.spool;

/**
 * How far a target is: all before is settled. Immutable.
 *
 * @param sequence of the first unit that is not
 * @param bytes of all units before it
 * @param copies of all units before it that were for the target
 */
record Cursor(long sequence, long bytes, long copies) {}
