package io.leasehold.streams.lock.wire;

import org.jspecify.annotations.Nullable;

/**
 * One error answer. Immutable. The texts name the value, the bound and the reason, and are stable:
 * clients and operators search for them.
 *
 * @param outcome whether the request was applied, null where it surely was not looked at
 * @param retryAfterMillis of a refusal by rate, 0 elsewhere
 */
public record WireError(
    ErrorCode code, String text, @Nullable String outcome, long retryAfterMillis) {
  /** Bytes of a line before its line feed. */
  public static final int MAX_LINE_BYTES = 65_536;

  static final String NOT_APPLIED = "not_applied";
  static final String UNKNOWN = "unknown";

  private static final int MAX_SHOWN = 64;

  WireError(ErrorCode code, String text) {
    this(code, text, null);
  }

  private WireError(ErrorCode code, String text, @Nullable String outcome) {
    this(code, text, outcome, 0);
  }

  public static WireError lineTooLong() {
    return new WireError(ErrorCode.LINE_TOO_LONG, "line exceeds " + MAX_LINE_BYTES + " bytes");
  }

  public static WireError bodyTooLong() {
    return new WireError(ErrorCode.LINE_TOO_LONG, "body exceeds " + MAX_LINE_BYTES + " bytes");
  }

  public static WireError emptyBody() {
    return new WireError(ErrorCode.INVALID_JSON, "expected { at byte 1");
  }

  public static WireError lineTimeout(long seconds) {
    return new WireError(ErrorCode.LINE_TIMEOUT, "line not completed within " + seconds + " s");
  }

  public static WireError authFailed() {
    return new WireError(ErrorCode.AUTH_FAILED, "authentication failed");
  }

  /** The caller asks more often than it may. */
  public static WireError rateLimited(long retryAfterMillis) {
    return new WireError(
        ErrorCode.RATE_LIMITED,
        "rate limit exceeded, retry in " + retryAfterMillis + " ms",
        null,
        retryAfterMillis);
  }

  /** The key is known, and does not open this. */
  public static WireError forbidden(String what) {
    return new WireError(ErrorCode.FORBIDDEN, what);
  }

  public static WireError duplicateId() {
    return new WireError(ErrorCode.DUPLICATE_ID, "id is in flight on this connection");
  }

  public static WireError draining() {
    return new WireError(ErrorCode.DRAINING, "the node is shutting down", NOT_APPLIED);
  }

  /** The shard of a key has too much to do already. */
  static WireError overloaded(String reason) {
    return new WireError(ErrorCode.OVERLOADED, reason, NOT_APPLIED);
  }

  public static WireError unavailable(String reason, boolean outcomeUnknown) {
    return new WireError(ErrorCode.UNAVAILABLE, reason, outcomeUnknown ? UNKNOWN : NOT_APPLIED);
  }

  /**
   * An unexpected failure.
   *
   * @param reference also in the log, beside the cause
   */
  public static WireError internal(String reference) {
    return new WireError(ErrorCode.INTERNAL, "unexpected failure, reference " + reference, UNKNOWN);
  }

  public static WireError maxConnections(long open, long max, boolean perAddress) {
    return new WireError(
        ErrorCode.MAX_CONNECTIONS_REACHED,
        "maximum connections reached: " + open + "/" + max + (perAddress ? " per address" : ""));
  }

  public static WireError unsupportedOverHttp(String action) {
    return new WireError(ErrorCode.UNSUPPORTED_OVER_HTTP, action + " needs a TCP connection");
  }

  /** The errors that only exist over HTTP; the text says what is allowed instead. */
  public static WireError http(ErrorCode code, String allowed) {
    return new WireError(code, allowed);
  }

  static WireError exclude(String what) {
    return new WireError(ErrorCode.INVALID_REQUEST, what + " exclude each other");
  }

  public static WireError invalidField(String member, String rule, String got) {
    return new WireError(ErrorCode.INVALID_FIELD, member + " " + rule + ", got " + shown(got));
  }

  static WireError missingField(String member) {
    return new WireError(ErrorCode.INVALID_FIELD, member + " is required");
  }

  static WireError invalidTtl(String member, long min, long max, String got) {
    return new WireError(
        ErrorCode.INVALID_TTL,
        member + " must be an integer from " + min + " to " + max + ", got " + shown(got));
  }

  /** A foreign text as it may stand in an error: cut, and on one line. */
  public static String shown(String text) {
    int end = Math.min(text.length(), MAX_SHOWN);
    if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    var shown = new StringBuilder(end + 3);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        shown.append(String.format("\\u%04x", (int) c));
      } else {
        shown.append(c);
      }
    }
    return end < text.length() ? shown.append("...").toString() : shown.toString();
  }
}
