package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.read;
import static io.leasehold.domain.kv.redis.RedisCommand.write;

import io.leasehold.domain.kv.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongUnaryOperator;

/** Commands of deadlines. */
final class ExpiryCommands {
  /** When a deadline is set. */
  private enum Condition {
    NX,
    XX,
    GT,
    LT
  }

  private ExpiryCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        read("TTL", 2, KeyPositions.ONE, call -> left(call, left -> seconds(left))),
        read("PTTL", 2, KeyPositions.ONE, call -> left(call, left -> left)),
        read("EXPIRETIME", 2, KeyPositions.ONE, call -> deadline(call, at -> seconds(at))),
        read("PEXPIRETIME", 2, KeyPositions.ONE, call -> deadline(call, at -> at)),
        write("EXPIRE", -3, KeyPositions.ONE, call -> expire(call, 1_000, true)),
        write("PEXPIRE", -3, KeyPositions.ONE, call -> expire(call, 1, true)),
        write("EXPIREAT", -3, KeyPositions.ONE, call -> expire(call, 1_000, false)),
        write("PEXPIREAT", -3, KeyPositions.ONE, call -> expire(call, 1, false)),
        write("PERSIST", 2, KeyPositions.ONE, ExpiryCommands::persist));
  }

  /** To the nearest second. */
  private static long seconds(long millis) {
    return millis / 1_000 + (millis % 1_000 >= 500 ? 1 : 0); // the sum with 500 could overflow
  }

  private static Reply left(Call call, LongUnaryOperator unit) {
    return deadline(call, at -> unit.applyAsLong(at - call.nowMillis()));
  }

  private static Reply deadline(Call call, LongUnaryOperator unit) {
    Keyspace.Item item = call.item(call.get(1));
    if (item == null) {
      return new Reply.WholeNumber(-2);
    }
    long deadline = item.deadlineMillis();
    return new Reply.WholeNumber(deadline == 0 ? -1 : unit.applyAsLong(deadline));
  }

  private static Reply expire(Call call, long unitMillis, boolean fromNow) {
    Bytes key = call.get(1);
    Set<Condition> conditions = conditions(call);
    long value = call.integer(2);
    if (value > Long.MAX_VALUE / unitMillis || value < Long.MIN_VALUE / unitMillis) {
      throw call.expireTime();
    }
    long millis = value * unitMillis;
    long base = fromNow ? call.nowMillis() : 0;
    if (millis > Long.MAX_VALUE - base) {
      throw call.expireTime();
    }
    long deadline = millis + base;
    Keyspace.Item item = call.item(key);
    if (item == null || !holds(conditions, item.deadlineMillis(), deadline)) {
      return Replies.ZERO;
    }
    if (deadline <= call.nowMillis()) {
      call.delete(key);
    } else if (deadline != item.deadlineMillis()) {
      call.apply(new Effect.DeadlineSet(key, deadline));
    }
    return Replies.ONE;
  }

  private static Set<Condition> conditions(Call call) {
    var conditions = EnumSet.noneOf(Condition.class);
    for (int i = 3; i < call.size(); i++) {
      switch (call.option(i)) {
        case "NX" -> conditions.add(Condition.NX);
        case "XX" -> conditions.add(Condition.XX);
        case "GT" -> conditions.add(Condition.GT);
        case "LT" -> conditions.add(Condition.LT);
        default ->
            throw new Refusal(
                "ERR Unsupported option "
                    + new String(call.get(i).array(), StandardCharsets.UTF_8));
      }
    }
    if (conditions.contains(Condition.NX) && conditions.size() > 1) {
      throw new Refusal("ERR NX and XX, GT or LT options at the same time are not compatible");
    }
    if (conditions.contains(Condition.GT) && conditions.contains(Condition.LT)) {
      throw new Refusal("ERR GT and LT options at the same time are not compatible");
    }
    return conditions;
  }

  /**
   * @param current 0 = none, which is later than every other
   */
  private static boolean holds(Set<Condition> conditions, long current, long wanted) {
    boolean has = current != 0;
    for (Condition each : conditions) {
      boolean holds =
          switch (each) {
            case NX -> !has;
            case XX -> has;
            case GT -> has && wanted > current;
            case LT -> !has || wanted < current;
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private static Reply persist(Call call) {
    Bytes key = call.get(1);
    if (call.deadline(key) == 0) {
      return Replies.ZERO;
    }
    call.apply(new Effect.DeadlineSet(key, 0));
    return Replies.ONE;
  }
}
