package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the keys stand among the arguments of a command, its name being number 0.
 *
 * @param first of the first key; 0 = there are none
 * @param last of the last key; -1 = the last argument, -2 the one before it
 * @param step from one key to the next
 * @param count of the argument that says how many keys follow it; 0 = none does, else the others
 *     mean nothing
 */
public record KeyPositions(int first, int last, int step, int count) {
  static final KeyPositions NONE = new KeyPositions(0, 0, 0, 0);
  static final KeyPositions ONE = new KeyPositions(1, 1, 1, 0);
  static final KeyPositions TWO = new KeyPositions(1, 2, 1, 0);
  static final KeyPositions ALL = new KeyPositions(1, -1, 1, 0);
  static final KeyPositions PAIRS = new KeyPositions(1, -1, 2, 0);
  static final KeyPositions COUNTED = new KeyPositions(0, 0, 0, 1);

  /** The keys; a count that is none, or larger than what follows, is cut to what is there. */
  public List<Bytes> of(List<Bytes> arguments) {
    var keys = new ArrayList<Bytes>();
    int from = first;
    int to = last < 0 ? arguments.size() + last : Math.min(last, arguments.size() - 1);
    int by = step;
    if (count > 0) {
      Long keysSaid = count < arguments.size() ? RedisNumbers.integer(arguments.get(count)) : null;
      long there = arguments.size() - 1L - count;
      from = count + 1;
      to = keysSaid == null ? count : count + (int) Math.max(0, Math.min(keysSaid, there));
      by = 1;
    }
    for (int i = from; i > 0 && i <= to; i += by) {
      keys.add(arguments.get(i));
    }
    return keys;
  }
}
