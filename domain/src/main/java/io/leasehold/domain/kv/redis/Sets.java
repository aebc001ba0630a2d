package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Value.Members;
import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Combines sets; an absent one is empty. The order follows from that of the sets. */
final class Sets {
  private Sets() {}

  /**
   * Shows every member of the result once.
   *
   * @param sets at least one
   * @param taker returns false when it has seen enough
   */
  static void combine(
      SetOperation operation, List<@Nullable Members> sets, Predicate<Bytes> taker) {
    switch (operation) {
      case INTERSECTION -> intersect(sets, taker);
      case UNION -> unite(sets, taker);
      case DIFFERENCE -> subtract(sets, taker);
    }
  }

  private static void intersect(List<@Nullable Members> sets, Predicate<Bytes> taker) {
    Members smallest = null;
    for (Members set : sets) {
      if (set == null) {
        return;
      }
      if (smallest == null || set.size() < smallest.size()) {
        smallest = set;
      }
    }
    if (smallest == null) {
      return;
    }
    for (int i = 0; i < smallest.size(); i++) {
      Bytes member = smallest.get(i);
      boolean everywhere = true;
      for (Members set : sets) {
        everywhere = set != null && set.contains(member);
        if (!everywhere) {
          break;
        }
      }
      if (everywhere && !taker.test(member)) {
        return;
      }
    }
  }

  private static void unite(List<@Nullable Members> sets, Predicate<Bytes> taker) {
    var seen = new HashSet<Bytes>();
    for (Members set : sets) {
      int size = set == null ? 0 : set.size();
      for (int i = 0; set != null && i < size; i++) {
        Bytes member = set.get(i);
        if (seen.add(member) && !taker.test(member)) {
          return;
        }
      }
    }
  }

  private static void subtract(List<@Nullable Members> sets, Predicate<Bytes> taker) {
    Members first = sets.get(0);
    int size = first == null ? 0 : first.size();
    for (int i = 0; first != null && i < size; i++) {
      Bytes member = first.get(i);
      boolean elsewhere = false;
      for (int other = 1; other < sets.size() && !elsewhere; other++) {
        Members set = sets.get(other);
        elsewhere = set != null && set.contains(member);
      }
      if (!elsewhere && !taker.test(member)) {
        return;
      }
    }
  }
}
