package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One step of a walk over a {@link Table}, from its end down; the cursor is the position that comes
 * next, plus one, so that 0 means the beginning at first and the end at last. What stays throughout
 * is shown at least once: a removal moves an entry down only, and an entry that the walk has still
 * to come to cannot get behind it.
 */
final class Scan {
  private static final Bytes ANYTHING = Bytes.utf8("*");

  private final long cursor;
  private @Nullable Bytes pattern;
  private @Nullable String type;
  private long count = 10;

  private Scan(long cursor) {
    this.cursor = cursor;
  }

  /** The cursor of a call; unsigned. */
  static long cursor(Call call, int at) {
    Long cursor = unsigned(call.get(at).array());
    if (cursor == null) {
      throw new Refusal("ERR invalid cursor");
    }
    return cursor;
  }

  private static @Nullable Long unsigned(byte[] text) {
    // as the C library reads it: a sign is taken, and a zero byte ends it
    int at = text.length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    boolean negative = at == 1 && text[0] == '-';
    int begin = at;
    long value = 0;
    for (; at < text.length && text[at] != 0; at++) {
      int digit = text[at] - '0';
      if (digit < 0
          || digit > 9
          || Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, 10)) > 0) {
        return null;
      }
      value = value * 10 + digit;
    }
    return begin == 1 && at == begin ? null : negative ? (Long) (-value) : (Long) value;
  }

  /**
   * @param options where they begin
   * @param hasTypes whether there may be one that asks for a type
   */
  static Scan of(Call call, long cursor, int options, boolean hasTypes) {
    var scan = new Scan(cursor);
    for (int i = options; i < call.size(); i += 2) {
      if (!call.hasMore(i)) {
        throw Refusal.syntax();
      }
      String option = call.option(i);
      if (option.equals("COUNT")) {
        scan.count = call.integer(i + 1);
        if (scan.count < 1) {
          throw Refusal.syntax();
        }
      } else if (option.equals("MATCH")) {
        scan.pattern = call.get(i + 1);
      } else if (option.equals("TYPE") && hasTypes) {
        scan.type = call.option(i + 1);
      } else {
        throw Refusal.syntax();
      }
    }
    return scan;
  }

  /** The type that is asked for, in upper case; null = any. */
  @Nullable String type() {
    return type;
  }

  /**
   * Walks on.
   *
   * @param counts whether what stands at a position is there at all
   * @param shown what to do with it
   * @return what to answer
   */
  Reply walk(Table<?> table, IntPredicate counts, IntConsumer shown, List<Bytes> found) {
    int size = table.size();
    int next = cursor == 0 || Long.compareUnsigned(cursor, size) > 0 ? size : (int) cursor;
    long left = count;
    while (next > 0 && left > 0) {
      next--;
      left--;
      if (counts.test(next)
          && (pattern == null
              || pattern.equals(ANYTHING)
              || Glob.matches(pattern, table.nameAt(next)))) {
        shown.accept(next);
      }
    }
    return reply(next, found);
  }

  static Reply reply(long cursor, List<Bytes> found) {
    return Replies.array(
        List.of(
            Replies.bulk(RedisNumbers.text(cursor)),
            Replies.bulks(Reply.Shape.LIST, new ArrayList<>(found))));
  }
}
