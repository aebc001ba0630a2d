package io.leasehold.domain.kv;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Draws pages of the live entries of one shard. */
public final class KvListing {
  /**
   * Which entries.
   *
   * @param prefix empty = all
   * @param behind the page starts behind this key; null = at the first
   * @param limit entries at most, above 0
   * @param maxBytes the page ends when the values pass it, with one entry at least
   * @param keysOnly values do not count and are left out
   */
  public record Query(
      Bytes prefix, @Nullable Bytes behind, int limit, long maxBytes, boolean keysOnly) {}

  private KvListing() {}

  /** One page. Cost: the entries it looks at, those past their deadline too. */
  public static KvPage page(KvImage image, Query query, long shardMillis) {
    Bytes behind = query.behind();
    var from =
        behind != null && behind.compareTo(query.prefix()) >= 0
            ? image.entries().tailMap(behind, false)
            : image.entries().tailMap(query.prefix(), true);
    var page = new ArrayList<KvEntry>();
    long bytes = 0;
    for (KvEntry entry : from.values()) {
      if (!entry.key().startsWith(query.prefix())) {
        break;
      }
      if (entry.isExpired(shardMillis)) {
        continue;
      }
      bytes += query.keysOnly() ? 0 : entry.value().size();
      if (page.size() == query.limit() || (bytes > query.maxBytes() && !page.isEmpty())) {
        return new KvPage(page, true);
      }
      page.add(query.keysOnly() ? withoutValue(entry) : entry);
    }
    return new KvPage(page, false);
  }

  private static KvEntry withoutValue(KvEntry entry) {
    return new KvEntry(
        entry.key(),
        Bytes.EMPTY,
        entry.metadata(),
        entry.version(),
        entry.createdAtMillis(),
        entry.updatedAtMillis(),
        entry.expiresAtMillis());
  }
}
