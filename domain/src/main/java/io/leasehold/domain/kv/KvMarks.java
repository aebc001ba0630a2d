package io.leasehold.domain.kv;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The highest fencing token seen of each lock, and per lock partition the floor under which nothing
 * is known any more. Confined to whoever owns the shard's state.
 */
public final class KvMarks {
  /** What a token meets. */
  public enum Check {
    /** It is the newest. */
    PASS,
    /** It is newer: its mark rises. */
    RAISE,
    STALE,
    /** Not that of a live lease. */
    UNKNOWN,
    /** Only its lock can tell. */
    ASK
  }

  /** What is known of a token from its lock. */
  public enum Proof {
    NOT_ASKED,
    LIVE,
    DEAD
  }

  /**
   * How marks are kept.
   *
   * @param maxMarks in a shard
   * @param verifyIssued whether a mark rises only for the token of a live lease
   * @param lockPartition the lock partition of a lock, whose tokens come from one rising counter
   */
  public record Rules(int maxMarks, boolean verifyIssued, ToIntFunction<String> lockPartition) {}

  private final LinkedHashMap<String, Long> tokens; // least recently used first
  private final Map<Integer, Long> floors;

  KvMarks(Map<String, Long> tokens, Map<Integer, Long> floors) {
    this.tokens = new LinkedHashMap<>(16, 0.75f, true);
    this.tokens.putAll(tokens);
    this.floors = new HashMap<>(floors);
  }

  KvMarks copy() {
    return new KvMarks(tokens, floors);
  }

  /** By lock, least recently used first; not to be changed. */
  public Map<String, Long> tokens() {
    return Collections.unmodifiableMap(tokens);
  }

  /** By lock partition; not to be changed. */
  public Map<Integer, Long> floors() {
    return Collections.unmodifiableMap(floors);
  }

  public int size() {
    return tokens.size();
  }

  void apply(KvChange change) {
    if (change instanceof KvChange.Marked marked) {
      tokens.put(marked.lock(), marked.token());
    } else if (change instanceof KvChange.MarkForgotten forgotten) {
      tokens.remove(forgotten.lock());
    } else if (change instanceof KvChange.MarkEvicted evicted) {
      tokens.remove(evicted.lock());
      floors.merge(evicted.lockPartition(), evicted.floor(), Math::max);
    }
  }

  /** Marks as they are after the changes of a group that is not committed yet. */
  static final class Draft {
    private final KvMarks marks;
    private final Rules rules;
    private final Map<String, Long> raised = new HashMap<>();
    private final Map<Integer, Long> raisedFloors = new HashMap<>();
    private final Set<String> gone = new LinkedHashSet<>();
    private int added;

    Draft(KvMarks marks, Rules rules) {
      this.marks = marks;
      this.rules = rules;
    }

    private @Nullable Long mark(String lock) {
      Long own = raised.get(lock);
      if (own != null) {
        return own;
      }
      return gone.contains(lock) ? null : marks.tokens.get(lock);
    }

    private long floor(int partition) {
      return Math.max(
          marks.floors.getOrDefault(partition, 0L), raisedFloors.getOrDefault(partition, 0L));
    }

    Check check(Fence fence, Proof proof) {
      Long mark = mark(fence.lock());
      if (mark != null) {
        if (fence.token() <= mark) {
          return fence.token() < mark ? Check.STALE : Check.PASS;
        }
      } else if (fence.token() <= floor(rules.lockPartition().applyAsInt(fence.lock()))) {
        return switch (proof) {
          case LIVE -> Check.RAISE;
          case DEAD -> Check.STALE;
          case NOT_ASKED -> Check.ASK;
        };
      }
      if (!rules.verifyIssued()) {
        return Check.RAISE;
      }
      return switch (proof) {
        case LIVE -> Check.RAISE;
        case DEAD -> Check.UNKNOWN;
        case NOT_ASKED -> Check.ASK;
      };
    }

    /** The newest token that is known to have been used, 0 = none. */
    long newest(String lock) {
      Long mark = mark(lock);
      return mark != null ? mark : floor(rules.lockPartition().applyAsInt(lock));
    }

    /** Takes a token as the newest; adds what that changes. */
    void raise(Fence fence, List<KvChange> changes) {
      String lock = fence.lock();
      if (mark(lock) == null) {
        if (marks.tokens.size() + added - gone.size() >= rules.maxMarks()) {
          evictOldest(changes);
        }
        if (!marks.tokens.containsKey(lock)) {
          added++;
        }
        gone.remove(lock);
      }
      raised.put(lock, fence.token());
      changes.add(new KvChange.Marked(lock, fence.token()));
    }

    private void evictOldest(List<KvChange> changes) {
      for (var each : marks.tokens.entrySet()) {
        String lock = each.getKey();
        if (!raised.containsKey(lock) && gone.add(lock)) {
          int partition = rules.lockPartition().applyAsInt(lock);
          long floor = Math.max(floor(partition), each.getValue());
          raisedFloors.put(partition, floor);
          changes.add(new KvChange.MarkEvicted(lock, partition, floor));
          return;
        }
      }
      // every mark was raised by this very group: it may pass the bound by its own size
    }
  }
}
