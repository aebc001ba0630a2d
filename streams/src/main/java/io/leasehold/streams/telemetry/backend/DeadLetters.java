package io.leasehold.streams.telemetry.backend;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Keeps what a destination will never take, for people to read and to replay. Any thread. */
public interface DeadLetters {
  /** Why a message is here. */
  enum Reason {
    DATA_ERROR,
    RETRY_EXHAUSTED,
    TOO_BIG,
    ROLLED_BACK;

    private final String wire = name().toLowerCase(Locale.ROOT);

    /** Its name in files, metrics and answers. */
    public String wire() {
      return wire;
    }
  }

  /**
   * What is given up for one reason.
   *
   * @param error in the destination's words
   * @param attempts of delivery so far
   */
  record Letter(Reason reason, String error, int attempts, Batch batch) {}

  /**
   * Stores letters, all or none, without what of them is a dead letter already. On the disk when
   * this returns; may wait for it.
   *
   * @param target backend or chain that they were meant for
   * @throws IOException nothing was stored; the caller tries again
   */
  void put(String target, List<Letter> letters) throws IOException;

  /**
   * Bounds what is kept for a target: over it the oldest go.
   *
   * @param maxBytes 0 = no bound
   */
  default void limit(String target, long maxBytes) {}
}
