package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.read;
import static io.leasehold.domain.kv.redis.RedisCommand.write;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply.Shape;
import io.leasehold.domain.kv.redis.Value.Hash;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands of hashes. */
final class HashCommands {
  private HashCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        read("HGET", 3, KeyPositions.ONE, call -> StringCommands.orNil(value(call))),
        read("HMGET", -3, KeyPositions.ONE, HashCommands::hmget),
        read("HGETALL", 2, KeyPositions.ONE, call -> list(call, Shape.MAP, true, true)),
        read("HKEYS", 2, KeyPositions.ONE, call -> list(call, Shape.LIST, true, false)),
        read("HVALS", 2, KeyPositions.ONE, call -> list(call, Shape.LIST, false, true)),
        read("HEXISTS", 3, KeyPositions.ONE, call -> Replies.flag(value(call) != null)),
        read("HLEN", 2, KeyPositions.ONE, HashCommands::hlen),
        read("HSTRLEN", 3, KeyPositions.ONE, HashCommands::hstrlen),
        read("HSCAN", -3, KeyPositions.ONE, HashCommands::hscan),
        read("HRANDFIELD", -2, KeyPositions.ONE, HashCommands::hrandfield),
        write("HSET", -4, KeyPositions.ONE, call -> Replies.number(put(call))),
        write("HMSET", -4, KeyPositions.ONE, HashCommands::hmset),
        write("HSETNX", 4, KeyPositions.ONE, HashCommands::hsetnx),
        write("HDEL", -3, KeyPositions.ONE, HashCommands::hdel),
        write("HINCRBY", 4, KeyPositions.ONE, HashCommands::hincrby),
        write("HINCRBYFLOAT", 4, KeyPositions.ONE, HashCommands::hincrbyfloat));
  }

  /** Of key and field that are the first arguments. */
  private static @Nullable Bytes value(Call call) {
    Hash hash = call.hash(call.get(1));
    return hash == null ? null : hash.fields().get(call.get(2));
  }

  private static Reply hmget(Call call) {
    Hash hash = call.hash(call.get(1));
    var replies = new ArrayList<Reply>();
    for (Bytes field : call.from(2)) {
      replies.add(StringCommands.orNil(hash == null ? null : hash.fields().get(field)));
    }
    return Replies.array(replies);
  }

  private static Reply list(Call call, Shape shape, boolean names, boolean values) {
    Hash hash = call.hash(call.get(1));
    var parts = new ArrayList<Bytes>();
    for (int i = 0; hash != null && i < hash.fields().size(); i++) {
      if (names) {
        parts.add(hash.fields().nameAt(i));
      }
      if (values) {
        parts.add(hash.fields().valueAt(i));
      }
    }
    return Replies.bulks(shape, parts);
  }

  private static Reply hlen(Call call) {
    Hash hash = call.hash(call.get(1));
    return Replies.number(hash == null ? 0 : hash.fields().size());
  }

  private static Reply hstrlen(Call call) {
    Bytes value = value(call);
    return Replies.number(value == null ? 0 : value.size());
  }

  private static Reply hscan(Call call) {
    long cursor = Scan.cursor(call, 2);
    Hash hash = call.hash(call.get(1));
    if (hash == null) {
      return Scan.reply(0, List.of()); // before the options are looked at, as in Redis
    }
    Table<Bytes> fields = hash.fields();
    var found = new ArrayList<Bytes>();
    return Scan.of(call, cursor, 3, false)
        .walk(
            fields,
            at -> true,
            at -> {
              found.add(fields.nameAt(at));
              found.add(fields.valueAt(at));
            },
            found);
  }

  private static Reply hrandfield(Call call) {
    if (call.size() == 2) {
      Hash hash = call.hash(call.get(1));
      return hash == null
          ? Replies.NIL
          : Replies.bulk(hash.fields().nameAt(call.random().nextInt(hash.fields().size())));
    }
    long count = call.between(2, -Long.MAX_VALUE, Long.MAX_VALUE);
    boolean withValues = call.size() > 3;
    if (call.size() > 4 || (withValues && !call.isOption(3, "WITHVALUES"))) {
      throw Refusal.syntax();
    }
    if (withValues && (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2)) {
      throw new Refusal("ERR value is out of range");
    }
    Hash hash = call.hash(call.get(1));
    if (hash == null) {
      return Replies.EMPTY;
    }
    Table<Bytes> fields = hash.fields();
    var parts = call.pickedStrings();
    RandomPicks.pick(
        call,
        count,
        fields.size(),
        at -> {
          parts.add(fields.nameAt(at));
          if (withValues) {
            parts.add(fields.valueAt(at));
          }
        });
    return Replies.bulks(withValues ? Shape.PAIRS : Shape.LIST, parts.all());
  }

  /** Returns how many fields are new. */
  private static long put(Call call) {
    if (call.size() % 2 == 1) {
      throw call.arity();
    }
    Bytes key = call.get(1);
    Hash hash = call.hash(key);
    int before = hash == null ? 0 : hash.fields().size();
    call.apply(new Effect.FieldsSet(key, call.from(2)));
    Hash after = call.hash(key);
    return (after == null ? 0L : after.fields().size()) - before;
  }

  private static Reply hmset(Call call) {
    put(call);
    return Replies.OK;
  }

  private static Reply hsetnx(Call call) {
    if (value(call) != null) {
      return Replies.ZERO;
    }
    call.apply(new Effect.FieldsSet(call.get(1), call.from(2)));
    return Replies.ONE;
  }

  private static Reply hdel(Call call) {
    Hash hash = call.hash(call.get(1));
    var there = new LinkedHashSet<Bytes>();
    for (Bytes field : call.from(2)) {
      if (hash != null && hash.fields().contains(field)) {
        there.add(field);
      }
    }
    if (!there.isEmpty()) {
      call.apply(new Effect.FieldsRemoved(call.get(1), List.copyOf(there)));
    }
    return Replies.number(there.size());
  }

  private static Reply hincrby(Call call) {
    long by = call.integer(3);
    Bytes text = value(call);
    Long before = text == null ? (Long) 0L : RedisNumbers.integer(text);
    if (before == null) {
      throw new Refusal("ERR hash value is not an integer");
    }
    long sum = CounterCommands.sum(before, by);
    setOne(call, RedisNumbers.text(sum));
    return Replies.number(sum);
  }

  private static Reply hincrbyfloat(Call call) {
    BigDecimal by = CounterCommands.decimal(call.get(3), "ERR value is not a valid float");
    if (!RedisNumbers.isFinite(by)) {
      throw new Refusal("ERR value is NaN or Infinity");
    }
    BigDecimal before = CounterCommands.decimal(value(call), "ERR hash value is not a float");
    Bytes sum = RedisNumbers.text(CounterCommands.sum(before, by));
    setOne(call, sum);
    return Replies.bulk(sum);
  }

  private static void setOne(Call call, Bytes value) {
    call.apply(new Effect.FieldsSet(call.get(1), List.of(call.get(2), value)));
  }
}
