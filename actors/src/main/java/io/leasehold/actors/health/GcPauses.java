package io.leasehold.actors.health;

import com.sun.management.GarbageCollectionNotificationInfo;
import io.leasehold.actors.metrics.DurationHistogram;
import io.prometheus.client.Collector;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts each pause of the garbage collectors once, to the millisecond, as the JVM tells of it.
 * Listens from its making until it is closed. Safe for any thread.
 */
public final class GcPauses implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GcPauses.class);
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final DurationHistogram durations =
      DurationHistogram.ofSeconds("kvstore_gc_duration_seconds", "Time of a pause for collection.");
  private final NotificationListener listener = (notification, handback) -> heard(notification);

  /** Starts to listen. */
  public GcPauses() {
    for (GarbageCollectorMXBean each : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (pauses(each) && each instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(listener, null, null);
      }
    }
  }

  /** For a registry. */
  public Collector durations() {
    return durations;
  }

  /** Concurrent collectors tell of whole cycles, in which the program runs on. */
  private static boolean pauses(GarbageCollectorMXBean collector) {
    String name = collector.getName();
    return !name.contains("Concurrent") && !name.contains("Cycles");
  }

  private void heard(Notification notification) {
    if (notification
            .getType()
            .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)
        && notification.getUserData() instanceof CompositeData data) {
      long millis = GarbageCollectionNotificationInfo.from(data).getGcInfo().getDuration();
      durations.record(0, millis * NANOS_PER_MILLI);
    }
  }

  @Override
  public void close() {
    for (GarbageCollectorMXBean each : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (pauses(each) && each instanceof NotificationEmitter emitter) {
        try {
          emitter.removeNotificationListener(listener);
        } catch (ListenerNotFoundException e) {
          LOG.debug("{}: closed twice", each.getName(), e);
        }
      }
    }
  }
}
