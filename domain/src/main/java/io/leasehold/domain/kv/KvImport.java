package io.leasehold.domain.kv;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a shard takes what a backup brings. Confined to whoever owns the group. */
public final class KvImport {
  /**
   * What became of entries.
   *
   * @param restored written
   * @param skipped not written, since their keys exist
   * @param expired not written, since their deadline has come
   * @param full why the rest was not looked at; null if all were
   */
  public record Outcome(
      int restored, int skipped, int expired, KvResult.@Nullable StorageFull full) {}

  private KvImport() {}

  /**
   * Writes entries with their times and deadlines but new versions, up to the first that finds no
   * room.
   *
   * @param entries each key once; their versions do not matter
   * @param overwrite whether keys that exist are written too
   */
  public static Outcome run(KvGroup group, List<KvEntry> entries, boolean overwrite) {
    int restored = 0;
    int skipped = 0;
    int expired = 0;
    for (KvEntry entry : entries) {
      if (entry.isExpired(group.now().shardMillis())) {
        expired++;
      } else if (!overwrite && group.present(entry.key()) != null) {
        skipped++;
      } else if (group.store(entry) instanceof KvResult.StorageFull full) {
        return new Outcome(restored, skipped, expired, full);
      } else {
        restored++;
      }
    }
    return new Outcome(restored, skipped, expired, null);
  }

  /**
   * Removes entries, and begins a new epoch with the last of them: nobody sees one without the
   * other.
   *
   * @param epoch random, not 0
   * @param max removed at a time, above 0
   * @return whether nothing is left; else it is to be called again
   */
  public static boolean clear(KvGroup group, long epoch, int max) {
    boolean last = group.size() <= max;
    for (Bytes key : group.keys(max)) {
      KvEntry entry = group.lookUp(key);
      if (entry != null) {
        group.remove(entry, false);
      }
    }
    if (last) {
      group.add(new KvChange.EpochBegun(epoch));
    }
    return last;
  }
}
