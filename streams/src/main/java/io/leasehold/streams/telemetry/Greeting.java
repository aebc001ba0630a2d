package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.Hello;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.TokenBook;
import org.jspecify.annotations.Nullable;

/**
 * The first line of a connection, if it is a hello or ought to be one. Immutable.
 *
 * @param hello null = it cannot be used
 * @param grant what the connection may send; null = nothing
 * @param code of the reason why it cannot; empty = nothing is said, as to all who did not greet
 * @param why it cannot; empty = it can
 */
record Greeting(@Nullable Hello hello, TokenBook.@Nullable Grant grant, String code, String why) {
  /** No hello, where there must be one. */
  static final Greeting MISSING =
      new Greeting(null, null, "", "the first line is no hello, auth.required = true");

  /** As {@code reader} has just read it. */
  static Greeting of(MessageReader reader, byte[] bytes, DropReason found, TokenBook tokens) {
    try {
      Hello hello = Hello.of(reader, bytes, found);
      TokenBook.Grant grant = tokens.of(hello);
      return grant == null
          ? new Greeting(null, null, "unauthorized", "no token that allows this source")
          : new Greeting(hello, grant, "", "");
    } catch (Hello.Refused e) {
      return new Greeting(null, null, "bad_hello", String.valueOf(e.getMessage()));
    }
  }

  /** Whether it is for lack of a right that the connection is closed. */
  boolean isUnauthorized() {
    return hello == null && !code.equals("bad_hello");
  }
}
