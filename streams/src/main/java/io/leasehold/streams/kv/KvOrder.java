package io.leasehold.streams.kv;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Makes the operations of one connection on one key take effect in the order in which they came,
 * without waiting where that is not needed. Not thread safe.
 *
 * <p>A shard runs the writes that reach it in their order, but answers a read from what is
 * committed already, beside the commit that is under way. So reads wait for the writes before them,
 * and writes for the reads before them; neighbours of one kind are under way together.
 */
public final class KvOrder {
  private record Waiting(boolean read, BooleanSupplier start) {}

  private static final class OfKey {
    boolean reading;
    int running;
    final ArrayDeque<Waiting> waiting = new ArrayDeque<>(2);
  }

  private final Map<Bytes, OfKey> keys = new HashMap<>();

  /**
   * Starts an operation now or when its turn comes.
   *
   * @param read it changes nothing
   * @param start starts it; {@link #finished} must then be called once, but not before {@code
   *     start} has returned. False: it is not wanted any more
   */
  public void submit(Bytes key, boolean read, BooleanSupplier start) {
    OfKey ofKey = keys.computeIfAbsent(key, any -> new OfKey());
    if (!ofKey.waiting.isEmpty() || (ofKey.running > 0 && ofKey.reading != read)) {
      ofKey.waiting.add(new Waiting(read, start));
      return;
    }
    ofKey.reading = read;
    ofKey.running += start.getAsBoolean() ? 1 : 0;
    if (ofKey.running == 0) {
      keys.remove(key);
    }
  }

  /** An operation that was started on this key is over. */
  public void finished(Bytes key) {
    OfKey ofKey = keys.get(key);
    if (ofKey == null) {
      throw new IllegalStateException("nothing was started on " + key);
    }
    ofKey.running--;
    while (ofKey.running == 0) {
      if (ofKey.waiting.isEmpty()) {
        keys.remove(key);
        return;
      }
      startNext(ofKey);
    }
  }

  /** All neighbours of one kind. */
  private static void startNext(OfKey ofKey) {
    var next = ofKey.waiting.peek();
    ofKey.reading = next != null && next.read();
    while (next != null && next.read() == ofKey.reading) {
      ofKey.waiting.remove();
      ofKey.running += next.start().getAsBoolean() ? 1 : 0;
      next = ofKey.waiting.peek();
    }
  }

  /** Keys with an operation that is not over. */
  public int size() {
    return keys.size();
  }
}
