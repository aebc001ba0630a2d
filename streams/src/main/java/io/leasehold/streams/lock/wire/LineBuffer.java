package io.leasehold.streams.lock.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing run of bytes to write answers into. Reusable; not thread safe. */
public final class LineBuffer {
  private static final int LARGE = 1 << 20;

  private byte[] bytes;
  private int size;

  public LineBuffer(int initialCapacity) {
    bytes = new byte[initialCapacity];
  }

  public int size() {
    return size;
  }

  /** Takes back what was written last. */
  void dropLast(int count) {
    size -= count;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** A copy of what has been written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  public void clear() {
    size = 0;
  }

  public void append(byte[] added) {
    ensure(added.length);
    System.arraycopy(added, 0, bytes, size, added.length);
    size += added.length;
  }

  /** Appends what another buffer holds. */
  public void append(LineBuffer other) {
    ensure(other.size);
    System.arraycopy(other.bytes, 0, bytes, size, other.size);
    size += other.size;
  }

  /** Only characters below 128. */
  void ascii(String text) {
    int length = text.length();
    ensure(length);
    for (int i = 0; i < length; i++) {
      bytes[size + i] = (byte) text.charAt(i);
    }
    size += length;
  }

  void put(char ascii) {
    ensure(1);
    bytes[size++] = (byte) ascii;
  }

  void number(long value) {
    if (value < 0) {
      ascii(Long.toString(value));
      return;
    }
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    ensure(digits);
    long rest = value;
    for (int i = size + digits - 1; i >= size; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    size += digits;
  }

  /** A JSON string with its quotes. */
  void json(String text) {
    put('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        put('\\');
        put(c);
      } else if (c < 0x20) {
        control(c);
      } else if (c < 0x80) {
        put(c);
      } else {
        int end = i + 1;
        while (end < text.length() && text.charAt(end) >= 0x80) {
          end++;
        }
        append(text.substring(i, end).getBytes(StandardCharsets.UTF_8));
        i = end - 1;
      }
    }
    put('"');
  }

  private void control(char c) {
    switch (c) {
      case '\n' -> ascii("\\n");
      case '\r' -> ascii("\\r");
      case '\t' -> ascii("\\t");
      default -> {
        ascii("\\u00");
        put(Character.forDigit(c >> 4, 16));
        put(Character.forDigit(c & 0xF, 16));
      }
    }
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      // thousands may be large at once: then room that stays empty costs more than copying
      int grown = bytes.length < LARGE ? bytes.length * 2 : bytes.length + bytes.length / 4;
      bytes = Arrays.copyOf(bytes, Math.max(grown, size + more));
    }
  }
}
