package io.leasehold.streams.telemetry.spool;

/** How a unit stands to the batches that were kept by {@link SpoolFeed#keep} before a restart. */
public enum Cut {
  /** To none: it may go into any batch. */
  FREE,
  /** Within one of which more comes. */
  INSIDE,
  /** The last of one. */
  END
}
