package io.leasehold.domain.kv.redis;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.IntConsumer;

/** Picks members at random. */
final class RandomPicks {
  private RandomPicks() {}

  /**
   * Positions below a bound, one after the other.
   *
   * @param count so many different ones, or all if there are fewer; below 0: so many, with repeats
   * @param bound above 0
   */
  static void pick(Call call, long count, int bound, IntConsumer taken) {
    if (count >= 0) {
      different(call, count, bound).forEach(taken::accept);
      return;
    }
    call.requireReply(-count); // unlike all others, this answer may be larger than what is there
    for (long i = count; i < 0; i++) {
      taken.accept(call.random().nextInt(bound));
    }
  }

  /**
   * Different positions below a bound, all if there are fewer.
   *
   * <p>Floyd's sampling (Bentley and Floyd, "A sample of brilliance", CACM 1987), then shuffled.
   *
   * @param count 0 or more
   * @param bound above 0
   */
  static List<Integer> different(Call call, long count, int bound) {
    var chosen = new LinkedHashSet<Integer>();
    for (int i = bound - (int) Math.min(count, bound); i < bound; i++) {
      int position = call.random().nextInt(i + 1);
      if (!chosen.add(position)) {
        chosen.add(i);
      }
    }
    var positions = new ArrayList<>(chosen);
    for (int i = positions.size() - 1; i > 0; i--) {
      int other = call.random().nextInt(i + 1);
      Integer moved = positions.get(i);
      positions.set(i, positions.get(other));
      positions.set(other, moved);
    }
    return positions;
  }
}
