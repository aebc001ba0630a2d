package io.leasehold.streams.lock;

import java.time.Duration;

/** A peer has not read its answers for too long. Without a stack trace: it says nothing here. */
final class UnreadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnreadException(int bytes, Duration timeout) {
    super(
        bytes + " bytes of answers were not read for " + timeout.toSeconds() + " s",
        null,
        false,
        false);
  }
}
