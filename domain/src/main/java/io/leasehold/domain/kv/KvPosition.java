package io.leasehold.domain.kv;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where a watch stands: what it watches, which store that was, and the revision of each shard up to
 * which everything has been told. Needs nothing that a node would have to keep.
 *
 * <p>In base64url without padding: format byte, checksum of the scope, tags, revisions (LEB128),
 * CRC-32C of all that. A tag stands for the data and the epoch of a shard; it is written once if
 * all shards have the same, which only a replacement that ended half-way makes otherwise.
 */
public final class KvPosition {
  private static final byte ONE_TAG = 1;
  private static final byte MANY_TAGS = 2;
  private static final int CHECKSUM_BYTES = 4;
  private static final int MAX_NUMBER_BYTES = 8; // versions are below 2^53

  private final int[] tags;
  private final long[] revisions;

  private KvPosition(int[] tags, long[] revisions) {
    this.tags = tags;
    this.revisions = revisions;
  }

  /** A position, for those who keep several; both arrays are copied. */
  public static KvPosition of(int[] tags, long[] revisions) {
    return new KvPosition(tags.clone(), revisions.clone());
  }

  /** Tells one store from another: another database, or the same one replaced by a backup. */
  public static int tag(String dataId, long epoch) {
    var crc = new CRC32C();
    crc.update(dataId.getBytes(StandardCharsets.UTF_8));
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, epoch));
    return (int) crc.getValue();
  }

  /**
   * Writes a position.
   *
   * @param tags of the shards of the scope, in their order
   * @param revisions of the same shards
   */
  public static String encode(KvScope scope, int[] tags, long[] revisions) {
    if (tags.length != scope.count() || revisions.length != tags.length) {
      throw new IllegalArgumentException(
          tags.length + " tags, " + revisions.length + " revisions: must be " + scope.count());
    }
    boolean same = haveOne(tags);
    var out =
        ByteBuffer.allocate(
            1 + 4 + 4 * tags.length + MAX_NUMBER_BYTES * tags.length + CHECKSUM_BYTES);
    out.put(same ? ONE_TAG : MANY_TAGS).putInt(scope.checksum());
    for (int i = 0; i < (same ? 1 : tags.length); i++) {
      out.putInt(tags[i]);
    }
    for (long revision : revisions) {
      long rest = revision;
      for (; (rest & ~0x7FL) != 0; rest >>>= 7) {
        out.put((byte) ((rest & 0x7F) | 0x80));
      }
      out.put((byte) rest);
    }
    out.putInt(checksum(out.array(), out.position()));
    byte[] bytes = Arrays.copyOf(out.array(), out.position());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static boolean haveOne(int[] tags) {
    for (int tag : tags) {
      if (tag != tags[0]) {
        return false;
      }
    }
    return true;
  }

  /** Reads a position; null if it is none, or one of another scope. */
  public static @Nullable KvPosition decode(String text, KvScope scope) {
    int count = scope.count();
    byte[] bytes = bytesOf(text, 16 + 16 * count);
    if (bytes == null || bytes.length < 1 + 4 + CHECKSUM_BYTES) {
      return null;
    }
    var in = ByteBuffer.wrap(bytes, 0, bytes.length - CHECKSUM_BYTES);
    if (checksum(bytes, in.limit()) != ByteBuffer.wrap(bytes).getInt(in.limit())) {
      return null;
    }
    byte format = in.get();
    int tagBytes = format == ONE_TAG ? 4 : format == MANY_TAGS ? 4 * count : Integer.MAX_VALUE;
    if (in.getInt() != scope.checksum() || in.remaining() < tagBytes) {
      return null;
    }
    var tags = new int[count];
    tags[0] = in.getInt();
    for (int i = 1; i < count; i++) {
      tags[i] = format == ONE_TAG ? tags[0] : in.getInt();
    }
    var revisions = new long[count];
    for (int i = 0; i < count; i++) {
      revisions[i] = number(in);
      if (revisions[i] < 0) {
        return null;
      }
    }
    return in.hasRemaining() ? null : new KvPosition(tags, revisions);
  }

  private static byte @Nullable [] bytesOf(String text, int max) {
    if (text.length() > max * 2) {
      return null;
    }
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** A number of at most 8 bytes, -1 if there is none. */
  private static long number(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 7 * MAX_NUMBER_BYTES && in.hasRemaining(); shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    return -1;
  }

  private static int checksum(byte[] bytes, int length) {
    var crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /** Of the shards of its scope, in their order; a copy. */
  public int[] tags() {
    return tags.clone();
  }

  /** Of the same shards; a copy. */
  public long[] revisions() {
    return revisions.clone();
  }
}
