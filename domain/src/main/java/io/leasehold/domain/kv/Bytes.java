package io.leasehold.domain.kv;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An immutable string of bytes, ordered as unsigned bytes. Safe for any thread. */
public final class Bytes implements Comparable<Bytes> {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] bytes;

  private Bytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Takes the array over: the caller must not change it any more. */
  public static Bytes of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes);
  }

  /** The text in UTF-8. */
  public static Bytes utf8(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The bytes themselves, not a copy: the caller must not change them. */
  public byte[] array() {
    return bytes;
  }

  public int size() {
    return bytes.length;
  }

  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /** Read as UTF-8; what is no valid UTF-8 becomes the replacement character. */
  public String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Whether these bytes are valid UTF-8. Cost: one pass over them. */
  public boolean isUtf8() {
    for (byte each : bytes) {
      if (each < 0) {
        return isValid();
      }
    }
    return true;
  }

  private boolean isValid() {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  public boolean startsWith(Bytes prefix) {
    int length = prefix.bytes.length;
    return bytes.length >= length && Arrays.equals(bytes, 0, length, prefix.bytes, 0, length);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** At most 64 characters, fit for a log. */
  @Override
  public String toString() {
    String text = text();
    String shown = text.length() <= 64 ? text : text.substring(0, 64) + "...";
    return shown.replaceAll("\\p{Cntrl}", "?");
  }
}
