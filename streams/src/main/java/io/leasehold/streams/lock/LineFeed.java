package io.leasehold.streams.lock;

import io.leasehold.streams.lock.wire.WireError;
import java.util.Arrays;

/**
 * Cuts a stream of chunks into lines. A line that lies whole in its chunk is not copied. Holds at
 * most one incomplete line of {@link WireError#MAX_LINE_BYTES} bytes; what is longer is dropped to
 * its end, unbuffered, and stands as one over-long line. Not thread safe.
 */
final class LineFeed {
  /** What {@link #next} found. */
  enum Found {
    /** A line, in {@link #bytes()} from {@link #from()} to {@link #to()}. */
    LINE,
    /** The end of a line that was too long. */
    TOO_LONG,
    /** Nothing whole is left of the chunk. */
    NOTHING
  }

  private static final byte[] NONE = new byte[0];

  private byte[] chunk = NONE;
  private int position;
  private byte[] partial = NONE;
  private int partialSize;
  private boolean overlong;
  private byte[] bytes = NONE;
  private int from;
  private int to;

  /** Takes the next chunk; the one before must be used up. The array is not changed. */
  void offer(byte[] next) {
    if (position < chunk.length) {
      throw new IllegalStateException(chunk.length - position + " bytes are left of a chunk");
    }
    chunk = next;
    position = 0;
  }

  boolean isUsedUp() {
    return position == chunk.length;
  }

  /** Whether a line has begun and not ended. */
  boolean isInsideLine() {
    return overlong || partialSize > 0;
  }

  Found next() {
    int end = indexOfLineFeed();
    if (end < 0) {
      keepRest();
      return Found.NOTHING;
    }
    int start = position;
    position = end + 1;
    if (overlong) {
      overlong = false;
      return Found.TOO_LONG;
    }
    if (partialSize == 0) {
      bytes = chunk;
      from = start;
      to = end;
    } else {
      if (partialSize + (end - start) > WireError.MAX_LINE_BYTES) {
        partialSize = 0;
        return Found.TOO_LONG;
      }
      append(start, end);
      bytes = partial;
      from = 0;
      to = partialSize;
      partialSize = 0;
    }
    if (to - from > WireError.MAX_LINE_BYTES) {
      return Found.TOO_LONG;
    }
    if (to > from && bytes[to - 1] == '\r') {
      to--;
    }
    return Found.LINE;
  }

  /** At the end of input: the last line counts without its line feed. */
  Found last() {
    if (overlong) {
      overlong = false;
      return Found.TOO_LONG;
    }
    if (partialSize == 0) {
      return Found.NOTHING;
    }
    bytes = partial;
    from = 0;
    to = partialSize;
    partialSize = 0;
    if (bytes[to - 1] == '\r') {
      to--;
    }
    return Found.LINE;
  }

  byte[] bytes() {
    return bytes;
  }

  int from() {
    return from;
  }

  int to() {
    return to;
  }

  /** Everything that has not been handed out, begun line included; the feed is empty then. */
  byte[] takeRest() {
    byte[] rest = Arrays.copyOf(partial, partialSize + chunk.length - position);
    System.arraycopy(chunk, position, rest, partialSize, chunk.length - position);
    position = chunk.length;
    partialSize = 0;
    return rest;
  }

  private int indexOfLineFeed() {
    for (int i = position; i < chunk.length; i++) {
      if (chunk[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private void keepRest() {
    int rest = chunk.length - position;
    if (!overlong && rest > 0) {
      if (partialSize + rest > WireError.MAX_LINE_BYTES) {
        overlong = true;
        partialSize = 0;
        partial = NONE;
      } else {
        append(position, chunk.length);
      }
    }
    position = chunk.length;
  }

  private void append(int start, int end) {
    int needed = partialSize + end - start;
    if (partial.length < needed) {
      partial = Arrays.copyOf(partial, Math.max(needed, Math.min(2 * needed, 1 << 16)));
    }
    System.arraycopy(chunk, start, partial, partialSize, end - start);
    partialSize = needed;
  }

  /** Whether there is nothing but blanks. */
  static boolean isBlank(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      byte c = text[i];
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
        return false;
      }
    }
    return true;
  }
}
