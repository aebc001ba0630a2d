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
 * and writes for the reads before them; neighbours of one kind are under way together. What does
 * not go to its shard at once goes alone.
 */
public final class KvOrder {
  /** How operations on one key may be under way together. */
  public enum Kind {
    /** With other reads. */
    READ,
    /** With other writes. */
    WRITE,
    /** With nothing else. */
    ALONE
  }

  private record Waiting(Kind kind, BooleanSupplier start) {}

  private static final class OfKey {
    Kind kind = Kind.ALONE;
    int running;
    final ArrayDeque<Waiting> waiting = new ArrayDeque<>(2);

    boolean hasRoomFor(Kind next) {
      return running == 0 || (kind == next && next != Kind.ALONE);
    }
  }

  private final Map<Bytes, OfKey> keys = new HashMap<>();

  /**
   * Starts an operation now or when its turn comes.
   *
   * @param start starts it; {@link #finished} must then be called once, but not before {@code
   *     start} has returned. False: it is not wanted any more
   */
  public void submit(Bytes key, Kind kind, BooleanSupplier start) {
    OfKey ofKey = keys.computeIfAbsent(key, any -> new OfKey());
    if (!ofKey.waiting.isEmpty() || !ofKey.hasRoomFor(kind)) {
      ofKey.waiting.add(new Waiting(kind, start));
      return;
    }
    ofKey.kind = kind;
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
    while (next != null && ofKey.hasRoomFor(next.kind())) {
      ofKey.waiting.remove();
      ofKey.kind = next.kind();
      ofKey.running += next.start().getAsBoolean() ? 1 : 0;
      next = ofKey.waiting.peek();
    }
  }

  /** Keys with an operation that is not over. */
  public int size() {
    return keys.size();
  }
}
