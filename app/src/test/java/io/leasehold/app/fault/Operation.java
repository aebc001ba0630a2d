package io.leasehold.app.fault;

import java.util.Locale;

/**
 * One request of one client and what came of it. Times are nanoseconds since the start of the
 * history, on the one monotonic clock of the process that drives all clients.
 *
 * @param number position in the history
 * @param request number of the first try of this request; equal to {@code number} unless it repeats
 *     an earlier one under the same id
 * @param sentNanos taken before the first byte left
 * @param answeredNanos taken after the last byte came, or when the client gave up; {@link
 *     Long#MAX_VALUE} while there is neither
 * @param token of the grant, or the token that the request named; 0 if there is none
 * @param ttlMillis asked for by an acquire or extend
 * @param leftMillis time left as the answer says it
 * @param waitMillis 0 is an acquire that does not wait
 * @param waitedMillis time in the queue as the answer to a wait says it
 * @param queuedNanos when an answer was in hand that showed this wait in the queue; 0 if never
 */
record Operation(
    int number,
    int request,
    int client,
    Kind kind,
    int key,
    int permits,
    long sentNanos,
    long answeredNanos,
    Outcome outcome,
    long token,
    int ttlMillis,
    int leftMillis,
    int waitMillis,
    int waitedMillis,
    long queuedNanos) {

  boolean isGrant() {
    return kind == Kind.ACQUIRE && outcome == Outcome.GRANTED;
  }

  boolean isRepeat() {
    return request != number;
  }

  boolean isWait() {
    return waitMillis > 0;
  }

  /** Seconds since the start of the history, for people. */
  static String time(long nanos) {
    return nanos == Long.MAX_VALUE
        ? "never"
        : String.format(Locale.ROOT, "%.6f s", nanos / (double) History.SECOND);
  }

  @Override
  public String toString() {
    var text = new StringBuilder("#").append(number);
    if (isRepeat()) {
      text.append(" (repeats #").append(request).append(')');
    }
    text.append(" client ").append(client).append(' ').append(kind);
    if (kind == Kind.ACQUIRE) {
      text.append(" permits ").append(permits).append(" wait ").append(waitMillis).append(" ms");
    }
    if (ttlMillis > 0) {
      text.append(" ttl ").append(ttlMillis).append(" ms");
    }
    if (token > 0) {
      text.append(" token ").append(token);
    }
    text.append(" sent ").append(time(sentNanos));
    if (queuedNanos > 0) {
      text.append(" seen queued ").append(time(queuedNanos));
    }
    return text.append(' ').append(outcome).append(" at ").append(time(answeredNanos)).toString();
  }
}
