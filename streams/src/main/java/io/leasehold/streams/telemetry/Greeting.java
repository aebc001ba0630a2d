package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.Hello;
import io.leasehold.domain.telemetry.MessageReader;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a connection, if it is a hello. Immutable.
 *
 * @param hello null = it cannot be used
 * @param why it cannot; empty = it can
 */
record Greeting(@Nullable Hello hello, String why) {
  /** As {@code reader} has just read it. */
  static Greeting of(MessageReader reader, byte[] bytes, DropReason found) {
    try {
      return new Greeting(Hello.of(reader, bytes, found), "");
    } catch (Hello.Refused e) {
      return new Greeting(null, String.valueOf(e.getMessage()));
    }
  }
}
