package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.read;
import static io.leasehold.domain.kv.redis.RedisCommand.write;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Value.Elements;
import java.util.ArrayList;
import java.util.List;

/** Commands of one list, but for those that take from its ends. */
final class ListCommands {
  private ListCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        read("LRANGE", 4, KeyPositions.ONE, ListCommands::lrange),
        read("LINDEX", 3, KeyPositions.ONE, ListCommands::lindex),
        read("LLEN", 2, KeyPositions.ONE, ListCommands::llen),
        read("LPOS", -3, KeyPositions.ONE, ListCommands::lpos),
        write("LPUSH", -3, KeyPositions.ONE, call -> push(call, true, false)),
        write("RPUSH", -3, KeyPositions.ONE, call -> push(call, false, false)),
        write("LPUSHX", -3, KeyPositions.ONE, call -> push(call, true, true)),
        write("RPUSHX", -3, KeyPositions.ONE, call -> push(call, false, true)),
        write("LSET", 4, KeyPositions.ONE, ListCommands::lset),
        write("LREM", 4, KeyPositions.ONE, ListCommands::lrem),
        write("LTRIM", 4, KeyPositions.ONE, ListCommands::ltrim),
        write("LINSERT", 5, KeyPositions.ONE, ListCommands::linsert));
  }

  private static Reply lrange(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    Elements list = call.list(call.get(1));
    int size = list == null ? 0 : list.size();
    var elements = new ArrayList<Bytes>();
    for (int i = first(start, size); list != null && i <= last(end, size); i++) {
      elements.add(list.get(i));
    }
    return Replies.bulks(Reply.Shape.LIST, elements);
  }

  /** 0..size */
  private static int first(long start, int size) {
    return (int) Math.min(size, Math.max(0, start < 0 ? start + size : start));
  }

  /** -1..size - 1 */
  private static int last(long end, int size) {
    return (int) Math.max(-1, Math.min(size - 1L, end < 0 ? end + size : end));
  }

  private static Reply lindex(Call call) {
    Elements list = call.list(call.get(1));
    if (list == null) {
      return Replies.NIL; // before the index is looked at, as in Redis
    }
    long index = call.integer(2);
    long at = index < 0 ? index + list.size() : index;
    return at < 0 || at >= list.size() ? Replies.NIL : Replies.bulk(list.get((int) at));
  }

  private static Reply llen(Call call) {
    Elements list = call.list(call.get(1));
    return Replies.number(list == null ? 0 : list.size());
  }

  private static Reply lpos(Call call) {
    long rank = 1;
    long count = -1;
    long maxLength = 0;
    for (int i = 3; i < call.size(); i += 2) {
      if (!call.hasMore(i)) {
        throw Refusal.syntax();
      }
      switch (call.option(i)) {
        case "RANK" -> rank = rank(call, i + 1);
        case "COUNT" -> count = call.atLeast(i + 1, 0, "ERR COUNT can't be negative");
        case "MAXLEN" -> maxLength = call.atLeast(i + 1, 0, "ERR MAXLEN can't be negative");
        default -> throw Refusal.syntax();
      }
    }
    Elements list = call.list(call.get(1));
    List<Reply> found =
        list == null ? List.of() : positions(list, call.get(2), rank, count, maxLength);
    return count >= 0 ? Replies.array(found) : found.isEmpty() ? Replies.NIL : found.get(0);
  }

  private static long rank(Call call, int at) {
    long rank = call.between(at, -Long.MAX_VALUE, Long.MAX_VALUE);
    if (rank == 0) {
      throw new Refusal(
          "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
              + "or use negative to start from the end of the list");
    }
    return rank;
  }

  /**
   * @param count -1 = one, 0 = all
   * @param maxLength 0 = all are compared
   */
  private static List<Reply> positions(
      Elements list, Bytes wanted, long rank, long count, long maxLength) {
    var found = new ArrayList<Reply>();
    long skip = Math.abs(rank) - 1;
    long max = count == 0 ? Long.MAX_VALUE : Math.abs(count);
    for (int i = 0;
        i < list.size() && (maxLength == 0 || i < maxLength) && found.size() < max;
        i++) {
      int at = rank > 0 ? i : list.size() - 1 - i;
      if (list.get(at).equals(wanted) && skip-- <= 0) {
        found.add(Replies.number(at));
      }
    }
    return found;
  }

  private static Reply push(Call call, boolean left, boolean onlyPresent) {
    Bytes key = call.get(1);
    Elements list = call.list(key);
    if (list == null && onlyPresent) {
      return Replies.ZERO;
    }
    int before = list == null ? 0 : list.size();
    call.apply(new Effect.Pushed(key, left, call.from(2)));
    return Replies.number((long) before + call.size() - 2);
  }

  private static Reply lset(Call call) {
    Elements list = call.list(call.get(1));
    if (list == null) {
      throw Refusal.noSuchKey();
    }
    long index = call.integer(2);
    long at = index < 0 ? index + list.size() : index;
    if (at < 0 || at >= list.size()) {
      throw new Refusal("ERR index out of range");
    }
    call.apply(new Effect.ElementSet(call.get(1), (int) at, call.get(3)));
    return Replies.OK;
  }

  private static Reply lrem(Call call) {
    long count = call.integer(2);
    Elements list = call.list(call.get(1));
    if (list == null) {
      return Replies.ZERO;
    }
    Bytes value = call.get(3);
    long max = count == 0 || count == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(count);
    int equal = 0;
    for (int i = 0; i < list.size() && equal < max; i++) {
      equal += list.get(i).equals(value) ? 1 : 0;
    }
    if (equal > 0) {
      call.apply(new Effect.ElementsRemoved(call.get(1), equal, count >= 0, value));
    }
    return Replies.number(equal);
  }

  private static Reply ltrim(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    Elements list = call.list(call.get(1));
    if (list == null) {
      return Replies.OK;
    }
    int first = first(start, list.size());
    int last = last(end, list.size());
    if (first > last) {
      call.apply(new Effect.Removed(call.get(1), false));
    } else if (last - first + 1 < list.size()) {
      call.apply(new Effect.Popped(call.get(1), first, list.size() - 1 - last));
    }
    return Replies.OK;
  }

  private static Reply linsert(Call call) {
    boolean after = call.isOption(2, "AFTER");
    if (!after && !call.isOption(2, "BEFORE")) {
      throw Refusal.syntax();
    }
    Elements list = call.list(call.get(1));
    if (list == null) {
      return Replies.ZERO;
    }
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).equals(call.get(3))) {
        call.apply(new Effect.ElementInserted(call.get(1), after ? i + 1 : i, call.get(4)));
        return Replies.number(list.size());
      }
    }
    return new Reply.WholeNumber(-1);
  }
}
