package io.leasehold.domain.kv;

import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which keys are watched or listed, and which shards have them. Immutable.
 *
 * @param key only this key; null = {@code prefix} counts
 * @param prefix empty = all
 * @param shards of the store, above 0
 */
public record KvScope(@Nullable Bytes key, Bytes prefix, int shards) {

  /** All keys with a prefix. */
  public static KvScope ofPrefix(Bytes prefix, int shards) {
    return new KvScope(null, prefix, shards);
  }

  /** How many shards can have such keys: one or all. */
  public int count() {
    return key != null || KvKeys.hasTag(prefix) ? 1 : shards;
  }

  /** The first of the shards; the others follow without gaps. */
  public int first() {
    if (count() > 1) {
      return 0;
    }
    return KvKeys.shardOf(key != null ? key : prefix, shards);
  }

  public boolean matches(Bytes candidate) {
    return key != null ? key.equals(candidate) : candidate.startsWith(prefix);
  }

  /** Tells one scope from another, also that of a key from that of the same prefix. */
  int checksum() {
    Bytes text = key != null ? key : prefix;
    var crc = new CRC32C();
    crc.update(key != null ? 'k' : 'p');
    crc.update(text.array(), 0, text.size());
    return (int) crc.getValue();
  }
}
