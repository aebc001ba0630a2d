package io.leasehold.actors.journal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes numbers in as few bytes as they need (LEB128, seven bits a byte, the lowest first) and
 * strings in UTF-8 behind their length. Not thread safe.
 */
public final class ByteWriter {
  private byte[] bytes;
  private int size;

  public ByteWriter(int initialCapacity) {
    bytes = new byte[initialCapacity];
  }

  public void writeByte(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  /** Negative numbers take ten bytes. */
  public void writeLong(long value) {
    ensure(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[size++] = (byte) ((rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  public void writeString(String value) {
    writeBytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /** Bytes behind their number. */
  public void writeBytes(byte[] value) {
    writeLong(value.length);
    ensure(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  /** A byte that says whether it is there, then the string. */
  public void writeOptional(@Nullable String value) {
    writeByte(value == null ? 0 : 1);
    if (value != null) {
      writeString(value);
    }
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
