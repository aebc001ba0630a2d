package io.leasehold.actors.lock;

import io.leasehold.domain.lock.LockState;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Which keys have an actor on this node, ascending by the bytes of their UTF-8 form. A picture for
 * listing and for the safety sweep: no rule looks at it. Safe for any thread.
 *
 * <p>It is touched when an actor starts and stops, not per request; between, each actor writes the
 * few figures of its own entry.
 */
final class LockDirectory {
  /** UTF-16 puts surrogates before U+E000, UTF-8 after: compare by code point. */
  static final Comparator<String> BY_UTF8_BYTES = LockDirectory::compareCodePoints;

  /** What one key's actor shows of itself. Written by that actor only. */
  static final class Entry {
    private volatile int holders;
    private volatile int waiters;
    private volatile boolean hasDeadline;
    private volatile long deadlineNanos;

    void show(int newHolders, int newWaiters) {
      if (holders != newHolders) {
        holders = newHolders;
      }
      if (waiters != newWaiters) {
        waiters = newWaiters;
      }
    }

    void showDeadline(boolean has, long nanos) {
      if (has && deadlineNanos != nanos) {
        deadlineNanos = nanos;
      }
      if (hasDeadline != has) {
        hasDeadline = has;
      }
    }

    int holders() {
      return holders;
    }

    int waiters() {
      return waiters;
    }

    /** Whether what was due at a deadline has not been done for so long after it. */
    boolean isOverdue(long nowNanos, long byNanos) {
      return hasDeadline && nowNanos - deadlineNanos > byNanos;
    }
  }

  /**
   * What an actor that leaves memory hands to the next one of its key.
   *
   * @param journal null without one
   */
  record Estate(
      LockState<Requester> state, @Nullable ActorRef<LockMessage> journal, long generation) {}

  private final ConcurrentHashMap<String, Estate> estates = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<String, Entry> entries =
      new ConcurrentSkipListMap<>(BY_UTF8_BYTES);

  Entry enter(String key) {
    var entry = new Entry();
    entries.put(key, entry);
    return entry;
  }

  /**
   * Removes the entry, unless a later actor of the key has put its own. A state that was not handed
   * over counts on this node no more: the key goes on elsewhere, or is read from the journal.
   */
  void leave(String key, Entry entry, LockState<Requester> state) {
    entries.remove(key, entry);
    Estate left = estates.get(key);
    if (left == null || left.state() != state) {
      state.abandon();
    }
  }

  /** Whether the actor of this key is in memory. */
  boolean knows(String key) {
    return entries.containsKey(key);
  }

  /** The keys in memory that are wanted, a copy. */
  List<String> keys(Predicate<String> wanted) {
    return entries.keySet().stream().filter(wanted).toList();
  }

  /** Leaves a live state for the next actor of the key, which is about to be started. */
  void handOver(String key, Estate estate) {
    estates.put(key, estate);
  }

  /** Takes what was left, null if nothing was. */
  @Nullable Estate adopt(String key) {
    return estates.isEmpty() ? null : estates.remove(key);
  }

  /** All keys from {@code first}, a live view. */
  ConcurrentNavigableMap<String, Entry> from(String first, boolean inclusive) {
    return entries.tailMap(first, inclusive);
  }

  private static int compareCodePoints(String one, String other) {
    int shared = Math.min(one.length(), other.length());
    for (int i = 0; i < shared; i++) {
      char a = one.charAt(i);
      char b = other.charAt(i);
      if (a != b) {
        boolean surrogateA = Character.isSurrogate(a);
        boolean surrogateB = Character.isSurrogate(b);
        return surrogateA == surrogateB ? a - b : surrogateA ? 1 : -1;
      }
    }
    return one.length() - other.length();
  }
}
