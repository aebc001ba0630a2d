package io.leasehold.actors.health;

import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;

/** Looks at the heap. Safe for any thread. */
public final class HeapWatch extends Collector {

  /** In use now, garbage included. */
  public long usedBytes() {
    return heap().getUsed();
  }

  public long committedBytes() {
    return heap().getCommitted();
  }

  public long maxBytes() {
    return heap().getMax();
  }

  /** In use when each pool was collected last: what is really needed. */
  public long afterCollectionBytes() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage usage = pool.getCollectionUsage();
      if (pool.getType() == MemoryType.HEAP && usage != null) {
        bytes += usage.getUsed();
      }
    }
    return bytes;
  }

  public long collections() {
    long count = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      count += Math.max(0, collector.getCollectionCount());
    }
    return count;
  }

  private static MemoryUsage heap() {
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        new GaugeMetricFamily(
            "leasehold_heap_after_gc_bytes",
            "Heap in use after the last collection of each pool.",
            afterCollectionBytes()),
        new GaugeMetricFamily("leasehold_heap_max_bytes", "Largest heap.", maxBytes()));
  }
}
