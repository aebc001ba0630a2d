package io.leasehold.streams.telemetry.spool;

/** The spool cannot be used, or could not store something. */
public final class SpoolException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean noSpace;

  SpoolException(String message, boolean noSpace, Throwable cause) {
    super(message, cause);
    this.noSpace = noSpace;
  }

  /** Whether the file system is full, which may pass. */
  boolean isNoSpace() {
    return noSpace;
  }
}
