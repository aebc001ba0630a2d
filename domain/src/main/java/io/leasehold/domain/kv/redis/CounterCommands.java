package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.write;

import io.leasehold.domain.kv.Bytes;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands that count in strings. */
final class CounterCommands {
  private CounterCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        write("INCR", 2, KeyPositions.ONE, call -> add(call, 1)),
        write("DECR", 2, KeyPositions.ONE, call -> add(call, -1)),
        write("INCRBY", 3, KeyPositions.ONE, call -> add(call, call.integer(2))),
        write("DECRBY", 3, KeyPositions.ONE, CounterCommands::decrby),
        write("INCRBYFLOAT", 3, KeyPositions.ONE, CounterCommands::incrbyfloat));
  }

  private static Reply decrby(Call call) {
    long by = call.integer(2);
    if (by == Long.MIN_VALUE) {
      throw new Refusal("ERR decrement would overflow");
    }
    return add(call, -by);
  }

  private static Reply add(Call call, long by) {
    Bytes key = call.get(1);
    Bytes text = call.text(key);
    Long before = text == null ? (Long) 0L : RedisNumbers.integer(text);
    if (before == null) {
      throw Refusal.notAnInteger();
    }
    long sum = sum(before, by);
    call.setText(key, RedisNumbers.text(sum), call.deadline(key));
    return Replies.number(sum);
  }

  /** Refuses what does not fit into 64 bits. */
  static long sum(long before, long by) {
    long sum = before + by;
    if (((before ^ sum) & (by ^ sum)) < 0) {
      throw Refusal.overflow();
    }
    return sum;
  }

  private static Reply incrbyfloat(Call call) {
    Bytes key = call.get(1);
    Bytes text = call.text(key);
    BigDecimal before = decimal(text, "ERR value is not a valid float");
    BigDecimal by = decimal(call.get(2), "ERR value is not a valid float");
    Bytes sum = RedisNumbers.text(sum(before, by));
    call.setText(key, sum, call.deadline(key));
    return Replies.bulk(sum);
  }

  /**
   * @param text null = nothing is there, which counts as 0
   */
  static BigDecimal decimal(@Nullable Bytes text, String refusal) {
    BigDecimal value = text == null ? BigDecimal.ZERO : RedisNumbers.decimal(text);
    if (value == null) {
      throw new Refusal(refusal);
    }
    return value;
  }

  /** Refuses what is no finite number of the range of a long double. */
  static BigDecimal sum(BigDecimal before, BigDecimal by) {
    BigDecimal sum = before.add(by);
    if (!RedisNumbers.isFinite(before)
        || !RedisNumbers.isFinite(by)
        || !RedisNumbers.isFinite(sum)) {
      throw Refusal.notFinite();
    }
    return sum;
  }
}
