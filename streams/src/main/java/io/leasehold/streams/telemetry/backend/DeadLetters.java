package io.leasehold.streams.telemetry.backend;

import java.io.IOException;

/** Keeps what a destination will never take, for people to read and to replay. Any thread. */
public interface DeadLetters {
  /** Why a message is here. */
  enum Reason {
    DATA_ERROR,
    RETRY_EXHAUSTED,
    TOO_BIG,
    ROLLED_BACK
  }

  /**
   * Stores a batch. On the disk when this returns; may wait for it.
   *
   * @param backend that it was meant for
   * @param error in the destination's words
   * @param attempts of delivery so far
   * @throws IOException nothing was stored; the caller tries again
   */
  void put(String backend, Reason reason, String error, int attempts, Batch batch)
      throws IOException;
}
