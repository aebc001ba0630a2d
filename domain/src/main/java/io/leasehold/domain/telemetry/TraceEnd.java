package io.leasehold.domain.telemetry;

import java.util.Locale;

/** Why a trace was closed. Each is a value of the label {@code reason}. */
public enum TraceEnd {
  /** All its roots ended, and every span has a start and an end. */
  ROOT_END,
  /** All its roots ended, and some span has no end, or no start. */
  OPEN_SPANS,
  /** No message came for long. */
  IDLE,
  MAX_AGE,
  TOO_BIG,
  /** Others needed the room. */
  EVICTED,
  /** Messages of it were lost before they could be put together. */
  OVERRUN,
  /** Another node of the cluster is its owner now. */
  MOVED,
  SHUTDOWN,
  /** What came for a trace that had been closed. */
  LATE;

  private final String wire = name().toLowerCase(Locale.ROOT);

  /** Its name in records and metrics. */
  public String wire() {
    return wire;
  }
}
