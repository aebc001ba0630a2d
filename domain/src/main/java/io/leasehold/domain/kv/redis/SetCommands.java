package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.read;
import static io.leasehold.domain.kv.redis.RedisCommand.write;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply.Shape;
import io.leasehold.domain.kv.redis.Value.Members;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands of sets. */
final class SetCommands {
  private static final Reply NONE = new Reply.Array(Shape.SET, List.of());

  private SetCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        read("SMEMBERS", 2, KeyPositions.ONE, SetCommands::smembers),
        read("SISMEMBER", 3, KeyPositions.ONE, SetCommands::sismember),
        read("SMISMEMBER", -3, KeyPositions.ONE, SetCommands::smismember),
        read("SCARD", 2, KeyPositions.ONE, SetCommands::scard),
        read("SRANDMEMBER", -2, KeyPositions.ONE, SetCommands::srandmember),
        read("SINTER", -2, KeyPositions.ALL, call -> combine(call, SetOperation.INTERSECTION)),
        read("SUNION", -2, KeyPositions.ALL, call -> combine(call, SetOperation.UNION)),
        read("SDIFF", -2, KeyPositions.ALL, call -> combine(call, SetOperation.DIFFERENCE)),
        read("SINTERCARD", -3, KeyPositions.COUNTED, SetCommands::sintercard),
        read("SSCAN", -3, KeyPositions.ONE, SetCommands::sscan),
        write("SADD", -3, KeyPositions.ONE, SetCommands::sadd),
        write("SREM", -3, KeyPositions.ONE, SetCommands::srem),
        write("SPOP", -2, KeyPositions.ONE, SetCommands::spop),
        write("SMOVE", 4, KeyPositions.TWO, SetCommands::smove),
        write("SINTERSTORE", -3, KeyPositions.ALL, call -> store(call, SetOperation.INTERSECTION)),
        write("SUNIONSTORE", -3, KeyPositions.ALL, call -> store(call, SetOperation.UNION)),
        write("SDIFFSTORE", -3, KeyPositions.ALL, call -> store(call, SetOperation.DIFFERENCE)));
  }

  private static Reply smembers(Call call) {
    Members set = call.set(call.get(1));
    return set == null ? NONE : Replies.bulks(Shape.SET, set.parts());
  }

  private static Reply sismember(Call call) {
    Members set = call.set(call.get(1));
    return Replies.flag(set != null && set.contains(call.get(2)));
  }

  private static Reply smismember(Call call) {
    Members set = call.set(call.get(1));
    var replies = new ArrayList<Reply>();
    for (Bytes member : call.from(2)) {
      replies.add(Replies.flag(set != null && set.contains(member)));
    }
    return Replies.array(replies);
  }

  private static Reply scard(Call call) {
    Members set = call.set(call.get(1));
    return Replies.number(set == null ? 0 : set.size());
  }

  private static Reply srandmember(Call call) {
    if (call.size() > 3) {
      throw Refusal.syntax();
    }
    if (call.size() == 2) {
      Members set = call.set(call.get(1));
      return set == null ? Replies.NIL : Replies.bulk(set.get(call.random().nextInt(set.size())));
    }
    long count = call.between(2, -Long.MAX_VALUE, Long.MAX_VALUE);
    Members set = call.set(call.get(1));
    var members = call.pickedStrings();
    if (set != null) {
      RandomPicks.pick(call, count, set.size(), at -> members.add(set.get(at)));
    }
    return Replies.bulks(Shape.LIST, members.all());
  }

  private static List<@Nullable Members> sets(Call call, List<Bytes> keys) {
    var sets = new ArrayList<@Nullable Members>();
    for (Bytes key : keys) {
      sets.add(call.set(key));
    }
    return sets;
  }

  private static Reply combine(Call call, SetOperation operation) {
    var members = new ArrayList<Bytes>();
    Sets.combine(operation, sets(call, call.from(1)), members::add);
    return Replies.bulks(Shape.SET, members);
  }

  private static Reply sintercard(Call call) {
    long keys = call.atLeast(1, 1, "ERR numkeys should be greater than 0");
    if (keys > call.size() - 2) {
      throw new Refusal("ERR Number of keys can't be greater than number of args");
    }
    long limit = 0;
    for (int i = (int) keys + 2; i < call.size(); i += 2) {
      if (!call.isOption(i, "LIMIT") || !call.hasMore(i)) {
        throw Refusal.syntax();
      }
      limit = call.atLeast(i + 1, 0, "ERR LIMIT can't be negative");
    }
    long max = limit == 0 ? Long.MAX_VALUE : limit;
    var found = new long[1];
    Sets.combine(
        SetOperation.INTERSECTION,
        sets(call, call.from(2).subList(0, (int) keys)),
        member -> ++found[0] < max);
    return Replies.number(found[0]);
  }

  private static Reply sscan(Call call) {
    long cursor = Scan.cursor(call, 2);
    Members set = call.set(call.get(1));
    if (set == null) {
      return Scan.reply(0, List.of()); // before the options are looked at, as in Redis
    }
    var found = new ArrayList<Bytes>();
    return Scan.of(call, cursor, 3, false)
        .walk(set.table(), at -> true, at -> found.add(set.get(at)), found);
  }

  private static Reply sadd(Call call) {
    Members set = call.set(call.get(1));
    var added = new LinkedHashSet<Bytes>();
    for (Bytes member : call.from(2)) {
      if (set == null || !set.contains(member)) {
        added.add(member);
      }
    }
    if (!added.isEmpty()) {
      call.apply(new Effect.MembersAdded(call.get(1), List.copyOf(added)));
    }
    return Replies.number(added.size());
  }

  private static Reply srem(Call call) {
    Members set = call.set(call.get(1));
    var removed = new LinkedHashSet<Bytes>();
    for (Bytes member : call.from(2)) {
      if (set != null && set.contains(member)) {
        removed.add(member);
      }
    }
    if (!removed.isEmpty()) {
      call.apply(new Effect.MembersRemoved(call.get(1), List.copyOf(removed)));
    }
    return Replies.number(removed.size());
  }

  private static Reply spop(Call call) {
    if (call.size() > 3) {
      throw Refusal.syntax();
    }
    boolean counted = call.size() == 3;
    long count = counted ? call.notNegative(2) : 1;
    Bytes key = call.get(1);
    Members set = call.set(key);
    if (set == null) {
      return counted ? NONE : Replies.NIL;
    }
    var popped = new ArrayList<Bytes>();
    RandomPicks.different(call, count, set.size()).forEach(at -> popped.add(set.get(at)));
    if (popped.size() == set.size()) {
      call.apply(new Effect.Removed(key, false));
    } else if (!popped.isEmpty()) {
      call.apply(new Effect.MembersRemoved(key, popped));
    }
    return counted ? Replies.bulks(Shape.SET, popped) : Replies.bulk(popped.get(0));
  }

  private static Reply smove(Call call) {
    Bytes from = call.get(1);
    Bytes to = call.get(2);
    Bytes member = call.get(3);
    if (!call.exists(from)) {
      return Replies.ZERO; // whatever the other holds, as in Redis
    }
    Members source = call.set(from);
    Members target = call.set(to);
    if (source == null || !source.contains(member)) {
      return Replies.ZERO;
    }
    if (!from.equals(to)) {
      call.apply(new Effect.MembersRemoved(from, List.of(member)));
      if (target == null || !target.contains(member)) {
        call.apply(new Effect.MembersAdded(to, List.of(member)));
      }
    }
    return Replies.ONE;
  }

  private static Reply store(Call call, SetOperation operation) {
    Bytes key = call.get(1);
    List<Bytes> sources = call.from(2);
    List<@Nullable Members> sets = sets(call, sources);
    var sizes = new long[2];
    Sets.combine(
        operation,
        sets,
        member -> {
          sizes[0]++;
          sizes[1] += (long) Value.OVERHEAD_BYTES + member.size();
          return true;
        });
    Keyspace.Item target = call.item(key);
    if (sizes[0] > 0) {
      call.requireRoom(sizes[1], target);
    }
    if (sizes[0] > 0 || target != null) {
      call.apply(new Effect.SetStored(key, operation, sources));
    }
    return Replies.number(sizes[0]);
  }
}
