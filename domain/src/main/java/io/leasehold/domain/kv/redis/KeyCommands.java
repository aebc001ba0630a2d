package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.read;
import static io.leasehold.domain.kv.redis.RedisCommand.write;

import io.leasehold.domain.kv.Bytes;
import java.util.List;

/** Commands of keys, whatever they hold. */
final class KeyCommands {
  private KeyCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        read("EXISTS", -2, KeyPositions.ALL, KeyCommands::count),
        read("TOUCH", -2, KeyPositions.ALL, KeyCommands::count),
        read("TYPE", 2, KeyPositions.ONE, KeyCommands::type),
        write("DEL", -2, KeyPositions.ALL, KeyCommands::delete),
        write("UNLINK", -2, KeyPositions.ALL, KeyCommands::delete),
        write("RENAME", 3, KeyPositions.TWO, KeyCommands::rename),
        write("RENAMENX", 3, KeyPositions.TWO, KeyCommands::renamenx),
        write("COPY", -3, KeyPositions.TWO, KeyCommands::copy));
  }

  private static Reply count(Call call) {
    long there = 0;
    for (Bytes key : call.from(1)) {
      there += call.exists(key) ? 1 : 0;
    }
    return Replies.number(there);
  }

  private static Reply type(Call call) {
    Keyspace.Item item = call.item(call.get(1));
    return new Reply.Simple(item == null ? "none" : item.value().type().text());
  }

  private static Reply delete(Call call) {
    long deleted = 0;
    for (Bytes key : call.from(1)) {
      deleted += call.delete(key) ? 1 : 0;
    }
    return Replies.number(deleted);
  }

  private static Reply rename(Call call) {
    Bytes from = call.get(1);
    Bytes to = call.get(2);
    if (!call.exists(from)) {
      throw Refusal.noSuchKey();
    }
    if (!from.equals(to)) {
      call.apply(new Effect.Renamed(from, to));
    }
    return Replies.OK;
  }

  private static Reply renamenx(Call call) {
    if (!call.exists(call.get(1))) {
      throw Refusal.noSuchKey();
    }
    if (call.exists(call.get(2))) {
      return Replies.ZERO; // the same name twice, too
    }
    call.apply(new Effect.Renamed(call.get(1), call.get(2)));
    return Replies.ONE;
  }

  private static Reply copy(Call call) {
    Bytes from = call.get(1);
    Bytes to = call.get(2);
    boolean replace = copyOptions(call);
    if (from.equals(to)) {
      throw new Refusal("ERR source and destination objects are the same");
    }
    Keyspace.Item source = call.item(from);
    if (source == null) {
      return Replies.ZERO;
    }
    Keyspace.Item target = call.item(to);
    if (target != null && !replace) {
      return Replies.ZERO;
    }
    call.requireRoom(source.value().accountedBytes(), target);
    call.apply(new Effect.Copied(from, to));
    return Replies.ONE;
  }

  private static boolean copyOptions(Call call) {
    boolean replace = false;
    for (int i = 3; i < call.size(); i++) {
      if (call.isOption(i, "REPLACE")) {
        replace = true;
      } else if (call.isOption(i, "DB") && call.hasMore(i)) {
        i++;
        if (call.between(i, Integer.MIN_VALUE, Integer.MAX_VALUE) != 0) {
          throw new Refusal("ERR DB index is out of range");
        }
      } else {
        throw Refusal.syntax();
      }
    }
    return replace;
  }
}
