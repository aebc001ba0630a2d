package io.leasehold.domain.kv;

import java.util.List;

/**
 * A page of live entries by key. Immutable.
 *
 * @param more whether a further matching live key existed while the page was made
 */
public record KvPage(List<KvEntry> entries, boolean more) {
  public KvPage {
    entries = List.copyOf(entries);
  }
}
