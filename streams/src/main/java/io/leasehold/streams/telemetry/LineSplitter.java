package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.MessageReader;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Cuts a stream of chunks into lines. The lines of a chunk lie in one array: the chunk itself, or a
 * copy with the begun line of the chunk before in front of it. Holds at most one unfinished line of
 * {@link MessageReader#MAX_LINE_BYTES}; what is longer is discarded unbuffered to its end. Not
 * thread safe.
 */
final class LineSplitter {
  /** What {@link #next} found. */
  enum Found {
    /** A line that is not empty, in {@link #bytes()} from {@link #from()} to {@link #to()}. */
    LINE,
    /** The end of a line that was too long. */
    TOO_LONG,
    /** Nothing whole is left of the chunk. */
    NOTHING
  }

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long LINE_FEEDS = 0x0A0A0A0A0A0A0A0AL;
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final byte[] NONE = new byte[0];
  private static final int MAX = MessageReader.MAX_LINE_BYTES;

  private byte[] bytes = NONE;
  private int position;
  private byte[] begun = NONE;
  private int begunSize;
  private boolean discarding;
  private boolean ascii;
  private int from;
  private int to;

  /** Takes the next chunk; the one before must be used up. The array is not changed. */
  void offer(byte[] chunk) {
    if (position < bytes.length) {
      throw new IllegalStateException(bytes.length - position + " bytes are left of a chunk");
    }
    bytes = chunk;
    position = 0;
    if (begunSize > 0) {
      int first = lineFeed(chunk, 0);
      if (first < 0 || begunSize + first > MAX) {
        return; // is kept, or found to be too long, by next()
      }
      byte[] joined = Arrays.copyOf(begun, begunSize + chunk.length);
      System.arraycopy(chunk, 0, joined, begunSize, chunk.length);
      bytes = joined;
      begunSize = 0;
    }
    ascii = isAscii(bytes);
  }

  Found next() {
    while (true) {
      int end = lineFeed(bytes, position);
      if (end < 0) {
        keepRest();
        return Found.NOTHING;
      }
      int start = position;
      position = end + 1;
      if (discarding || begunSize + end - start > MAX) {
        discarding = false;
        begunSize = 0;
        ascii = isAscii(bytes);
        return Found.TOO_LONG;
      }
      if (trim(start, end)) {
        return Found.LINE;
      }
    }
  }

  /** At the end of input: the last line counts without its line feed. */
  Found last() {
    if (discarding) {
      discarding = false;
      return Found.TOO_LONG;
    }
    if (begunSize == 0) {
      return Found.NOTHING;
    }
    bytes = Arrays.copyOf(begun, begunSize + 1);
    bytes[begunSize] = '\n';
    position = bytes.length;
    ascii = isAscii(bytes);
    int size = begunSize;
    begunSize = 0;
    return trim(0, size) ? Found.LINE : Found.NOTHING;
  }

  private boolean trim(int start, int end) {
    int first = start;
    int last = end;
    while (first < last && isBlank(bytes[first])) {
      first++;
    }
    while (last > first && isBlank(bytes[last - 1])) {
      last--;
    }
    from = first;
    to = last;
    return first < last;
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\t' || c == '\r';
  }

  private void keepRest() {
    int rest = bytes.length - position;
    if (!discarding && rest > 0) {
      if (begunSize + rest > MAX) {
        discarding = true;
        begunSize = 0;
        begun = NONE;
      } else {
        int needed = begunSize + rest;
        if (begun.length < needed) {
          begun = Arrays.copyOf(begun, Math.max(needed, Math.min(2 * needed, MAX)));
        }
        System.arraycopy(bytes, position, begun, begunSize, rest);
        begunSize = needed;
      }
    }
    position = bytes.length;
  }

  /** Whether a line has begun and not ended. */
  boolean isInsideLine() {
    return discarding || begunSize > 0;
  }

  /** Whether no byte of the chunk is above 127. */
  boolean isAscii() {
    return ascii;
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

  /** Drops what is left of the chunk, and the begun line. */
  void clear() {
    position = bytes.length;
    begunSize = 0;
    discarding = false;
  }

  /** Eight bytes at a time (H. S. Warren, Hacker's Delight, 6-1: find first 0-byte). */
  private static int lineFeed(byte[] text, int start) {
    int i = start;
    int last = text.length - Long.BYTES;
    while (i <= last) {
      long word = (long) LONGS.get(text, i) ^ LINE_FEEDS;
      long zeros = (word - ONES) & ~word & HIGH_BITS;
      if (zeros != 0) {
        return i + (Long.numberOfTrailingZeros(zeros) >> 3);
      }
      i += Long.BYTES;
    }
    for (; i < text.length; i++) {
      if (text[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static boolean isAscii(byte[] text) {
    int i = 0;
    int last = text.length - Long.BYTES;
    long seen = 0;
    for (; i <= last; i += Long.BYTES) {
      seen |= (long) LONGS.get(text, i);
    }
    for (; i < text.length; i++) {
      seen |= text[i] & 0x80;
    }
    return (seen & HIGH_BITS) == 0;
  }
}
