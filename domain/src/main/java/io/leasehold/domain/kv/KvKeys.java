package io.leasehold.domain.kv;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** What a key may be, and which shard it belongs to. */
public final class KvKeys {
  /** Longest key, bytes of UTF-8. */
  public static final int MAX_BYTES = 1_024;

  /** What is wrong with a key. */
  public enum Fault {
    MISSING,
    TOO_LONG,
    INVALID
  }

  private KvKeys() {}

  /** What is wrong with the key; null if nothing is. An unpaired surrogate is invalid. */
  public static @Nullable Fault faultOf(String key) {
    if (key.isEmpty()) {
      return Fault.MISSING;
    }
    if (key.equals(".") || key.equals("..")) {
      return Fault.INVALID;
    }
    int bytes = 0;
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c < 0x20 || c == 0x7f) {
        return Fault.INVALID;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < key.length()
          && Character.isLowSurrogate(key.charAt(i + 1))) {
        bytes += 4;
        i++;
      } else if (Character.isSurrogate(c)) {
        return Fault.INVALID;
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      }
    }
    return bytes > MAX_BYTES ? Fault.TOO_LONG : null;
  }

  /**
   * What decides the shard: the text between the first <code>{</code> and the next <code>}</code>
   * if there is any, else the whole key.
   */
  public static Bytes hashPart(Bytes key) {
    byte[] bytes = key.array();
    int open = indexOf(bytes, (byte) '{', 0);
    int close = open < 0 ? -1 : indexOf(bytes, (byte) '}', open + 1);
    if (close <= open + 1) {
      return key;
    }
    return Bytes.of(Arrays.copyOfRange(bytes, open + 1, close));
  }

  /**
   * Whether the text begins with a complete tag, so that all keys with this prefix share a shard.
   */
  public static boolean hasTag(Bytes prefix) {
    byte[] bytes = prefix.array();
    int open = indexOf(bytes, (byte) '{', 0);
    return open >= 0 && indexOf(bytes, (byte) '}', open + 1) > open + 1;
  }

  /** The shard of a key, 0 up to {@code shards} - 1: CRC-32C (RFC 3720) of its hash part. */
  public static int shardOf(Bytes key, int shards) {
    byte[] bytes = key.array();
    int open = indexOf(bytes, (byte) '{', 0);
    int close = open < 0 ? -1 : indexOf(bytes, (byte) '}', open + 1);
    var crc = new CRC32C();
    if (close > open + 1) {
      crc.update(bytes, open + 1, close - open - 1);
    } else {
      crc.update(bytes, 0, bytes.length);
    }
    return (int) (crc.getValue() % shards);
  }

  /** How many bytes of UTF-8 a text has. */
  static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static int indexOf(byte[] bytes, byte wanted, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }
}
