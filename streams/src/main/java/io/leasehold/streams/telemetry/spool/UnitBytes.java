package io.leasehold.streams.telemetry.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * Numbers and texts of a unit as bytes: groups of 7 bits, the lowest first, as in DWARF's LEB128.
 */
final class UnitBytes {
  private UnitBytes() {}

  /** Grows as needed. Not thread safe. */
  static final class Writer {
    private byte[] bytes;
    private int size;

    Writer(int expected) {
      bytes = new byte[expected];
    }

    private void room(int more) {
      if (size + more > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
      }
    }

    void one(int value) {
      room(1);
      bytes[size++] = (byte) value;
    }

    /** Any value; small ones that are not negative are short. */
    void number(long value) {
      room(10);
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        bytes[size++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      bytes[size++] = (byte) rest;
    }

    /** Short on both sides of 0. */
    void signed(long value) {
      number((value << 1) ^ (value >> 63));
    }

    void text(String value) {
      byte[] utf8 = value.getBytes(UTF_8);
      number(utf8.length);
      raw(utf8, 0, utf8.length);
    }

    void raw(byte[] from, int first, int last) {
      room(last - first);
      System.arraycopy(from, first, bytes, size, last - first);
      size += last - first;
    }

    byte[] bytes() {
      return Arrays.copyOf(bytes, size);
    }
  }

  /** Reads in the order of the writing. Not thread safe. */
  static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    int position() {
      return at;
    }

    int one() {
      return bytes[at++] & 0xFF;
    }

    long number() {
      long value = 0;
      int shift = 0;
      while (true) {
        byte next = bytes[at++];
        value |= (next & 0x7FL) << shift;
        if (next >= 0) {
          return value;
        }
        shift += 7;
      }
    }

    long signed() {
      long value = number();
      return (value >>> 1) ^ -(value & 1);
    }

    String text() {
      int length = (int) number();
      String text = new String(bytes, at, length, UTF_8);
      at += length;
      return text;
    }
  }
}
