package io.leasehold.streams.telemetry.spool;

/**
 * A place between units. Immutable.
 *
 * @param sequence of the unit behind it
 * @param bytes of all units before it, as they were when they were committed
 */
record Place(long sequence, long bytes) {
  /** Behind one more unit. */
  Place after(StoredUnit unit) {
    return new Place(unit.sequence() + 1, bytes + unit.weight());
  }

  /** The one of both that is further on. */
  Place orLater(Place other) {
    return other.sequence > sequence ? other : this;
  }
}
