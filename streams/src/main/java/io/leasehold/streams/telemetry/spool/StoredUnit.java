package io.leasehold.streams.telemetry.spool;

/** A unit as it is read from the disk. Nobody may change its bytes. */
final class StoredUnit {
  private final long sequence;
  private final byte[] unit;

  StoredUnit(long sequence, byte[] unit) {
    this.sequence = sequence;
    this.unit = unit;
  }

  long sequence() {
    return sequence;
  }

  byte[] unit() {
    return unit;
  }

  /** Bytes it counts for in positions: those it had when it was committed. */
  long weight() {
    return UnitCodec.weight(unit);
  }
}
