package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.write;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Value.Elements;
import java.util.ArrayList;
import java.util.List;

/** Commands that take from the ends of lists. */
final class ListMoveCommands {
  private ListMoveCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        write("LPOP", -2, KeyPositions.ONE, call -> pop(call, true)),
        write("RPOP", -2, KeyPositions.ONE, call -> pop(call, false)),
        write("LMOVE", 5, KeyPositions.TWO, call -> move(call, isLeft(call, 3), isLeft(call, 4))),
        write("RPOPLPUSH", 3, KeyPositions.TWO, call -> move(call, false, true)),
        write("LMPOP", -4, KeyPositions.COUNTED, ListMoveCommands::lmpop));
  }

  private static Reply pop(Call call, boolean left) {
    if (call.size() > 3) {
      throw call.arity();
    }
    boolean counted = call.size() == 3;
    long count = counted ? call.notNegative(2) : 1;
    Elements list = call.list(call.get(1));
    if (list == null) {
      return counted ? Replies.NIL_ARRAY : Replies.NIL;
    }
    List<Bytes> taken = take(call, call.get(1), list, left, count);
    return counted ? Replies.bulks(Reply.Shape.LIST, taken) : Replies.bulk(taken.get(0));
  }

  private static List<Bytes> take(Call call, Bytes key, Elements list, boolean left, long wanted) {
    int count = (int) Math.min(wanted, list.size());
    var taken = new ArrayList<Bytes>(count);
    for (int i = 0; i < count; i++) {
      taken.add(list.get(left ? i : list.size() - 1 - i));
    }
    if (count > 0) {
      call.apply(new Effect.Popped(key, left ? count : 0, left ? 0 : count));
    }
    return taken;
  }

  private static boolean isLeft(Call call, int at) {
    boolean left = call.isOption(at, "LEFT");
    if (!left && !call.isOption(at, "RIGHT")) {
      throw Refusal.syntax();
    }
    return left;
  }

  private static Reply move(Call call, boolean fromLeft, boolean toLeft) {
    Elements source = call.list(call.get(1));
    if (source == null) {
      return Replies.NIL;
    }
    call.list(call.get(2));
    Bytes moved = source.get(fromLeft ? 0 : source.size() - 1);
    boolean turnsOneOver = call.get(1).equals(call.get(2)) && source.size() == 1;
    if (!turnsOneOver) { // it would be gone in between, and its deadline with it
      take(call, call.get(1), source, fromLeft, 1);
      call.apply(new Effect.Pushed(call.get(2), toLeft, List.of(moved)));
    }
    return Replies.bulk(moved);
  }

  private static Reply lmpop(Call call) {
    long keys = call.atLeast(1, 1, "ERR numkeys should be greater than 0");
    if (keys > call.size() - 3) {
      throw Refusal.syntax();
    }
    int whereAt = (int) keys + 2;
    boolean left = isLeft(call, whereAt);
    long count = 1;
    boolean counted = false;
    for (int i = whereAt + 1; i < call.size(); i += 2) {
      if (counted || !call.isOption(i, "COUNT") || !call.hasMore(i)) {
        throw Refusal.syntax();
      }
      counted = true;
      count = call.atLeast(i + 1, 1, "ERR count should be greater than 0");
    }
    for (int i = 2; i < whereAt; i++) {
      Elements list = call.list(call.get(i));
      if (list != null) {
        List<Bytes> taken = take(call, call.get(i), list, left, count);
        return Replies.array(
            List.of(Replies.bulk(call.get(i)), Replies.bulks(Reply.Shape.LIST, taken)));
      }
    }
    return Replies.NIL_ARRAY;
  }
}
