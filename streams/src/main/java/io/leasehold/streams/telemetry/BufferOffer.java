package io.leasehold.streams.telemetry;

/** What became of copies that were offered to a buffer. */
enum BufferOffer {
  /** They are in, or what did not fit was dropped and counted. */
  DONE,
  /** There is no room and the target makes progress: to be offered again. */
  WAIT,
  /** Nothing was taken, and nothing ever will be. */
  CLOSED
}
