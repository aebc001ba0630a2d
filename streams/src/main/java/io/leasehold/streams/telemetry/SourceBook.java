package io.leasehold.streams.telemetry;

import io.leasehold.streams.telemetry.backend.Source;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sources that were seen. The first so many have counts of their own, all others share one:
 * nobody makes the label endless. Safe for any thread.
 */
final class SourceBook {
  /** The label of lines that are no messages. */
  static final String INVALID = "_invalid";

  private static final String OTHER = "_other";

  private final int max;
  private final ConcurrentHashMap<String, Source> known = new ConcurrentHashMap<>();
  private final SourceCounts invalid = new SourceCounts(INVALID);
  private final SourceCounts other = new SourceCounts(OTHER);

  /**
   * Knows nobody yet.
   *
   * @param max sources with counts of their own
   */
  SourceBook(int max) {
    this.max = max;
  }

  SourceCounts invalid() {
    return invalid;
  }

  /** The source with this name. */
  Source of(String name) {
    Source found = known.get(name);
    if (found != null) {
      return found;
    }
    if (known.size() >= max) {
      return new Source(name, other);
    }
    return known.computeIfAbsent(name, fresh -> new Source(fresh, new SourceCounts(fresh)));
  }

  /** All counts that have counted something; those without a source last. */
  List<SourceCounts> all() {
    List<SourceCounts> all = new ArrayList<>();
    known.values().forEach(each -> all.add(each.counts()));
    for (SourceCounts each : List.of(other, invalid)) {
      if (each.received() > 0) {
        all.add(each);
      }
    }
    return all;
  }

  /** Lines of all sources. */
  long received() {
    long sum = other.received() + invalid.received();
    for (Source each : known.values()) {
      sum += each.counts().received();
    }
    return sum;
  }
}
