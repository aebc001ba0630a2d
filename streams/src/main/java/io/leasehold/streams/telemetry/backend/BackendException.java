package io.leasehold.streams.telemetry.backend;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Why a destination took nothing. Its kind decides what is done next. */
public final class BackendException extends Exception {
  private static final long serialVersionUID = 1;

  /** What is done next. */
  public enum Kind {
    /** Tried again after a pause: the destination is away, full, slow, or refuses the login. */
    RETRYABLE,
    /**
     * The content is at fault: the batch is halved until the bad messages stand alone; those become
     * dead letters, and the breaker does not count it.
     */
    DATA,
    /** No retry helps, somebody must change a setting. The breaker opens and stays so. */
    MISCONFIGURED
  }

  private final Kind kind;
  private final String reason;
  private final boolean reopen;
  private final boolean unknown;
  private final transient @Nullable Duration retryAfter;

  private BackendException(
      Kind kind,
      String reason,
      String message,
      @Nullable Throwable cause,
      boolean reopen,
      boolean unknown,
      @Nullable Duration retryAfter) {
    super(message, cause);
    this.kind = kind;
    this.reason = reason;
    this.reopen = reopen;
    this.unknown = unknown;
    this.retryAfter = retryAfter;
  }

  /**
   * Worth another try.
   *
   * @param reason a word for the status, such as {@code disk_full}, {@code connection}
   */
  public static BackendException retryable(
      String reason, String message, @Nullable Throwable cause) {
    return new BackendException(Kind.RETRYABLE, reason, message, cause, false, false, null);
  }

  /** The content is at fault. */
  public static BackendException data(String message, @Nullable Throwable cause) {
    return new BackendException(Kind.DATA, "data_error", message, cause, false, false, null);
  }

  /**
   * Somebody must change a setting, or the destination: it is tried again rarely.
   *
   * @param message names the setting, and what to do
   */
  public static BackendException misconfigured(String message, @Nullable Throwable cause) {
    return new BackendException(
        Kind.MISCONFIGURED, "misconfigured", message, cause, false, false, null);
  }

  /** The same, and {@link Backend#open} is called before the next delivery. */
  public BackendException reopening() {
    return copy(true, unknown, retryAfter);
  }

  /** The same, and the destination may have stored the batch: see {@link Batch#maybeThere}. */
  public BackendException unknown() {
    return copy(reopen, true, retryAfter);
  }

  /** The same, and the destination asked not to be troubled for so long. */
  public BackendException after(Duration pause) {
    return copy(reopen, unknown, pause);
  }

  private BackendException copy(boolean again, boolean open, @Nullable Duration pause) {
    return new BackendException(
        kind, reason, String.valueOf(getMessage()), getCause(), again, open, pause);
  }

  public Kind kind() {
    return kind;
  }

  public String reason() {
    return reason;
  }

  public boolean reopens() {
    return reopen;
  }

  public boolean isUnknown() {
    return unknown;
  }

  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
