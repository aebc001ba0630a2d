package io.leasehold.streams.telemetry.spool;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * How many bytes units have lost since they were committed, by the blocks of positions they lie in.
 * Changed by one thread at a time, read by any.
 */
final class SavedBytes {
  private final ConcurrentSkipListMap<Long, Long> byPosition;

  SavedBytes(Map<Long, Long> stored) {
    byPosition = new ConcurrentSkipListMap<>(stored);
  }

  /** Of units behind a position; a block that it lies in does not count. */
  long from(long position) {
    long sum = 0;
    for (Long each : byPosition.tailMap(position, true).values()) {
      sum += each;
    }
    return sum;
  }

  /** Of one block, with so many more. */
  long with(long block, long bytes) {
    return byPosition.getOrDefault(block, 0L) + bytes;
  }

  void add(long block, long bytes) {
    byPosition.merge(block, bytes, Long::sum);
  }

  /** Blocks that begin before a position. */
  List<Long> below(long position) {
    return List.copyOf(byPosition.headMap(position, false).keySet());
  }

  void forget(List<Long> blocks) {
    blocks.forEach(byPosition::remove);
  }
}
