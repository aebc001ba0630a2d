package io.leasehold.app.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/** Tells what an answer line says, byte by byte and without allocating. */
enum Verdict {
  /** The one answer that a holder of its own keys expects. */
  EXPECTED,
  REFUSED,
  /** An error, or no answer of the protocol. */
  ERROR;

  private static final byte[] ACQUIRED = "{\"success\":true,\"token\":".getBytes(US_ASCII);
  private static final byte[] RELEASED = "{\"success\":true}".getBytes(US_ASCII);
  private static final byte[] NO = "{\"success\":false,\"reason\":".getBytes(US_ASCII);

  /** Judges the bytes from {@code start} up to, not including, {@code end}. */
  static Verdict of(ByteBuffer in, int start, int end, boolean isAcquire) {
    if (isAcquire ? isGrant(in, start, end) : isExactly(in, start, end)) {
      return EXPECTED;
    }
    return startsWith(in, start, end, NO) ? REFUSED : ERROR;
  }

  private static boolean isGrant(ByteBuffer in, int start, int end) {
    int digit = start + ACQUIRED.length;
    return startsWith(in, start, end, ACQUIRED)
        && digit < end
        && in.get(digit) >= '1'
        && in.get(digit) <= '9'
        && in.get(end - 1) == '}';
  }

  private static boolean isExactly(ByteBuffer in, int start, int end) {
    return end - start == RELEASED.length && startsWith(in, start, end, RELEASED);
  }

  private static boolean startsWith(ByteBuffer in, int start, int end, byte[] prefix) {
    if (end - start < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (in.get(start + i) != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
