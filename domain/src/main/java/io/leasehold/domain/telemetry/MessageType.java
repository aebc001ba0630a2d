package io.leasehold.domain.telemetry;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a message is about. The order is part of nothing that is stored. */
public enum MessageType {
  EVENT,
  METRIC,
  PROGRESS,
  RESOURCE,
  SPAN,
  HEARTBEAT,
  /** Ends a connection; never stored, never routed. */
  GOODBYE,
  /** A trace put together here; never received. */
  TRACE;

  private static final MessageType[] ALL = values();

  private final String wire = name().toLowerCase(Locale.ROOT);

  /** Its name in a line. */
  public String wire() {
    return wire;
  }

  /** The type with this name, null if there is none. */
  public static @Nullable MessageType of(String wire) {
    for (MessageType each : ALL) {
      if (each.wire.equals(wire)) {
        return each;
      }
    }
    return null;
  }

  /** The type with this ordinal, without a copy of all of them. */
  public static MessageType at(int ordinal) {
    return ALL[ordinal];
  }
}
