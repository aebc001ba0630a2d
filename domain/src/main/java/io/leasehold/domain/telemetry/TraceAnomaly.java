package io.leasehold.domain.telemetry;

import java.util.Locale;

/** What may be odd about a trace. Each is a value of the label {@code kind}. */
public enum TraceAnomaly {
  /** A message for a trace that had been closed. */
  LATE,
  /** A span whose parent is not known. */
  ORPHAN,
  /** A span that ends before it starts. */
  SKEW,
  /** An end of a span that had ended. */
  DUPLICATE_END;

  private final String wire = name().toLowerCase(Locale.ROOT);

  /** Its name in metrics. */
  public String wire() {
    return wire;
  }
}
