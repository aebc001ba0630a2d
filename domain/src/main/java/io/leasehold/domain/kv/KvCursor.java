package io.leasehold.domain.kv;

import java.util.Arrays;
import java.util.Base64;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where a listing goes on: format byte, last key, CRC-32C over it and the prefix, in base64url
 * without padding. Needs nothing that a node would have to keep.
 */
public final class KvCursor {
  private static final byte FORMAT = 1;
  private static final int CHECKSUM_BYTES = 4;

  private KvCursor() {}

  /** The cursor behind a key. */
  public static String behind(Bytes lastKey, Bytes prefix) {
    int length = lastKey.size();
    byte[] bytes = new byte[1 + length + CHECKSUM_BYTES];
    bytes[0] = FORMAT;
    System.arraycopy(lastKey.array(), 0, bytes, 1, length);
    int sum = checksum(bytes, 1 + length, prefix);
    for (int i = 0; i < CHECKSUM_BYTES; i++) {
      bytes[1 + length + i] = (byte) (sum >>> (24 - 8 * i));
    }
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** The last key of a cursor; null if it is none, or one of another prefix. */
  public static @Nullable Bytes lastKey(String cursor, Bytes prefix) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(cursor);
    } catch (IllegalArgumentException e) {
      return null;
    }
    int end = bytes.length - CHECKSUM_BYTES;
    if (end < 1 || bytes[0] != FORMAT) {
      return null;
    }
    int sum = 0;
    for (int i = end; i < bytes.length; i++) {
      sum = sum << 8 | (bytes[i] & 0xff);
    }
    return sum == checksum(bytes, end, prefix) ? Bytes.of(Arrays.copyOfRange(bytes, 1, end)) : null;
  }

  private static int checksum(byte[] bytes, int length, Bytes prefix) {
    var crc = new CRC32C();
    crc.update(bytes, 0, length);
    crc.update(prefix.array(), 0, prefix.size());
    return (int) crc.getValue();
  }
}
