package io.leasehold.domain.telemetry;

import java.util.Locale;

/** Why a message or a copy of it is lost. Each is a value of the label {@code reason}. */
public enum DropReason {
  TOO_LONG,
  BAD_UTF8,
  BAD_JSON,
  NOT_OBJECT,
  UNKNOWN_KEY,
  MISSING_FIELD,
  BAD_VERSION,
  UNKNOWN_TYPE,
  BAD_SRC,
  BAD_TS,
  TS_FUTURE,
  TS_PAST,
  BAD_ID,
  BAD_DATA,
  MISSING_DATA_FIELD,
  BAD_PERCENT,
  MISSING_IDS,
  UNEXPECTED_HELLO,
  /** Its number was settled before. */
  DUPLICATE,
  /** The token of the connection does not allow its source. */
  FORBIDDEN_SRC,
  /** No rule is there for its source, no default, nothing global. */
  NO_ROUTE,
  /** All its rules, or their backends, are disabled. */
  ROUTE_DISABLED,
  /** A heartbeat that no rule asks for. */
  HEARTBEAT,
  /** Rules are there, and none matches. */
  FILTERED,
  /** The buffer of the target was full. */
  OVERFLOW,
  SPOOL_FULL,
  SPOOL_ERROR,
  DRAINING,
  BACKEND_REMOVED,
  /** The process stopped before it was delivered. */
  SHUTDOWN,
  /** A metric whose value is no number, for a backend that needs one. */
  NOT_NUMERIC,
  SERIES_LIMIT;

  private final String wire = name().toLowerCase(Locale.ROOT);

  /** Its name in metrics and answers. */
  public String wire() {
    return wire;
  }

  /**
   * Whether the settings in force lose the message, and others might have kept it: what is no
   * message they would not, and what a backend leaves behind is lost by a change that was settled
   * or taken back before.
   */
  public boolean isUpToSettings() {
    return switch (this) {
      case TS_FUTURE,
          TS_PAST,
          FORBIDDEN_SRC,
          NO_ROUTE,
          ROUTE_DISABLED,
          FILTERED,
          OVERFLOW,
          SPOOL_FULL,
          SPOOL_ERROR,
          NOT_NUMERIC,
          SERIES_LIMIT ->
          true;
      case TOO_LONG,
          BAD_UTF8,
          BAD_JSON,
          NOT_OBJECT,
          UNKNOWN_KEY,
          MISSING_FIELD,
          BAD_VERSION,
          UNKNOWN_TYPE,
          BAD_SRC,
          BAD_TS,
          BAD_ID,
          BAD_DATA,
          MISSING_DATA_FIELD,
          BAD_PERCENT,
          MISSING_IDS,
          UNEXPECTED_HELLO,
          DUPLICATE,
          HEARTBEAT,
          DRAINING,
          BACKEND_REMOVED,
          SHUTDOWN ->
          false;
    };
  }
}
