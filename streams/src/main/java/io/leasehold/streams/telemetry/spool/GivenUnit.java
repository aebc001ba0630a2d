package io.leasehold.streams.telemetry.spool;

/** A unit that was given and is not settled, with those behind it that were not for the target. */
final class GivenUnit {
  final long copies;
  long left;
  long endSequence;
  long endBytes;

  GivenUnit(long copies, long endSequence, long endBytes) {
    this.copies = copies;
    this.left = copies;
    this.endSequence = endSequence;
    this.endBytes = endBytes;
  }
}
