package io.leasehold.streams.telemetry.backend;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which parts of a batch a destination has confirmed, for batches that take several requests: one
 * that is tried again goes on where it was. Of the batch itself nothing is kept. Bounded; safe for
 * any thread.
 */
final class Confirmed {
  private static final int MAX = 64;

  private record Entry(
      WeakReference<List<Batch.Part>> batch, Map<Integer, List<Backend.Refusal>> parts) {}

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();

  /**
   * The parts of a batch that are confirmed, with the messages that were refused in them; to be
   * added to, by any thread.
   */
  synchronized Map<Integer, List<Backend.Refusal>> of(Batch batch) {
    List<Batch.Part> parts = batch.parts(); // the same list for each attempt
    for (Entry each : entries) {
      if (each.batch.get() == parts) {
        return each.parts;
      }
    }
    var entry = new Entry(new WeakReference<>(parts), new ConcurrentHashMap<>());
    if (entries.size() == MAX) {
      entries.removeFirst();
    }
    entries.addLast(entry);
    return entry.parts;
  }

  /** The batch has come to its end. */
  synchronized void forget(Batch batch) {
    List<Batch.Part> parts = batch.parts();
    entries.removeIf(each -> each.batch.get() == parts || each.batch.get() == null);
  }
}
