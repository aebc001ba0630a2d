package io.leasehold.actors.journal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link ByteWriter} wrote. Bytes that were not written by it end in an {@link
 * IllegalArgumentException}, never in a huge allocation. Not thread safe.
 */
public final class ByteReader {
  private final byte[] bytes;
  private int position;

  public ByteReader(byte[] bytes) {
    this.bytes = bytes;
  }

  public boolean isAtEnd() {
    return position == bytes.length;
  }

  public int readByte() {
    need(1);
    return bytes[position++] & 0xFF;
  }

  public long readLong() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int next = readByte();
      value |= (long) (next & 0x7F) << shift;
      if ((next & 0x80) == 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("number of more than ten bytes at " + position);
  }

  public int readInt() {
    return Math.toIntExact(readLong());
  }

  public String readString() {
    int length = readInt();
    need(length);
    var value = new String(bytes, position, length, StandardCharsets.UTF_8);
    position += length;
    return value;
  }

  public byte[] readBytes() {
    int length = readInt();
    need(length);
    byte[] value = Arrays.copyOfRange(bytes, position, position + length);
    position += length;
    return value;
  }

  public @Nullable String readOptional() {
    return readByte() == 0 ? null : readString();
  }

  private void need(int count) {
    if (count < 0 || bytes.length - position < count) {
      throw new IllegalArgumentException(
          count + " bytes wanted at " + position + " of " + bytes.length);
    }
  }
}
