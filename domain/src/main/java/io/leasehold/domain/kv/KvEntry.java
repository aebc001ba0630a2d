package io.leasehold.domain.kv;

import java.util.Map;

/**
 * A key with its value. Immutable.
 *
 * @param version the shard's revision at which the key was last changed
 * @param createdAtMillis wall clock, when the key came into being
 * @param updatedAtMillis wall clock, when its value was last changed
 * @param expiresAtMillis the time of the shard ({@link KvTime#shardMillis}) from which on the key
 *     is absent; 0 = never
 */
public record KvEntry(
    Bytes key,
    Bytes value,
    Map<String, String> metadata,
    long version,
    long createdAtMillis,
    long updatedAtMillis,
    long expiresAtMillis) {

  /** Accounted for an entry besides its key, value and metadata. */
  public static final int OVERHEAD_BYTES = 96;

  public KvEntry {
    metadata = Map.copyOf(metadata); // costs nothing if it is such a map already
  }

  public boolean isExpired(long shardMillis) {
    return expiresAtMillis != 0 && expiresAtMillis <= shardMillis;
  }

  /** Milliseconds left, 0 = it never expires. */
  public long ttlMillis(long shardMillis) {
    return expiresAtMillis == 0 ? 0 : Math.max(1, expiresAtMillis - shardMillis);
  }

  /** What counts towards the limits of shard and node. */
  public long accountedBytes() {
    return OVERHEAD_BYTES + (long) key.size() + value.size() + metadataBytes(metadata);
  }

  KvEntry expiringAt(long shardMillis) {
    return new KvEntry(
        key, value, metadata, version, createdAtMillis, updatedAtMillis, shardMillis);
  }

  KvEntry withVersion(long newVersion) {
    return new KvEntry(
        key, value, metadata, newVersion, createdAtMillis, updatedAtMillis, expiresAtMillis);
  }

  /** Bytes of names and values in UTF-8. */
  public static int metadataBytes(Map<String, String> metadata) {
    int bytes = 0;
    for (var each : metadata.entrySet()) {
      bytes += KvKeys.utf8Length(each.getKey()) + KvKeys.utf8Length(each.getValue());
    }
    return bytes;
  }
}
