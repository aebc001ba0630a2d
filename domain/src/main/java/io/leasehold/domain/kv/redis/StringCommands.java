package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.read;
import static io.leasehold.domain.kv.redis.RedisCommand.write;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Commands of strings. */
final class StringCommands {
  private StringCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        read("GET", 2, KeyPositions.ONE, call -> orNil(call.text(call.get(1)))),
        read("MGET", -2, KeyPositions.ALL, StringCommands::mget),
        read("STRLEN", 2, KeyPositions.ONE, StringCommands::strlen),
        read("GETRANGE", 4, KeyPositions.ONE, StringCommands::getrange),
        read("SUBSTR", 4, KeyPositions.ONE, StringCommands::getrange),
        write("SET", -3, KeyPositions.ONE, StringCommands::set),
        write("SETNX", 3, KeyPositions.ONE, StringCommands::setnx),
        write("SETEX", 4, KeyPositions.ONE, call -> setex(call, 1_000)),
        write("PSETEX", 4, KeyPositions.ONE, call -> setex(call, 1)),
        write("GETSET", 3, KeyPositions.ONE, StringCommands::getset),
        write("GETDEL", 2, KeyPositions.ONE, StringCommands::getdel),
        write("GETEX", -2, KeyPositions.ONE, StringCommands::getex),
        write("MSET", -3, KeyPositions.PAIRS, StringCommands::mset),
        write("MSETNX", -3, KeyPositions.PAIRS, StringCommands::msetnx),
        write("APPEND", 3, KeyPositions.ONE, StringCommands::append),
        write("SETRANGE", 4, KeyPositions.ONE, StringCommands::setrange));
  }

  static Reply orNil(@Nullable Bytes bytes) {
    return bytes == null ? Replies.NIL : Replies.bulk(bytes);
  }

  private static Reply mget(Call call) {
    var replies = new ArrayList<Reply>();
    for (Bytes key : call.from(1)) {
      Keyspace.Item item = call.item(key);
      replies.add(orNil(item == null ? null : Value.textOf(item.value())));
    }
    return Replies.array(replies);
  }

  private static Reply strlen(Call call) {
    Bytes text = call.text(call.get(1));
    return Replies.number(text == null ? 0 : text.size());
  }

  private static Reply getrange(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    Bytes text = call.text(call.get(1));
    if (text == null) {
      return Replies.bulk(Bytes.EMPTY);
    }
    if (start < 0 && end < 0 && start > end) {
      return Replies.bulk(Bytes.EMPTY);
    }
    long length = text.size();
    long from = Math.max(0, start < 0 ? start + length : start);
    long to = Math.min(length - 1, Math.max(0, end < 0 ? end + length : end));
    return Replies.bulk(
        from > to
            ? Bytes.EMPTY
            : Bytes.of(Arrays.copyOfRange(text.array(), (int) from, (int) to + 1)));
  }

  private static Reply set(Call call) {
    Bytes key = call.get(1);
    var options = StringOptions.ofSet(call);
    long deadline = options.deadlineMillis();
    Reply before = options.get ? orNil(call.text(key)) : Replies.NIL;
    boolean exists = call.exists(key);
    if ((options.onlyAbsent && exists) || (options.onlyPresent && !exists)) {
      return before;
    }
    call.setText(key, call.get(2), options.keepDeadline ? call.deadline(key) : deadline);
    return options.get ? before : Replies.OK;
  }

  private static Reply setnx(Call call) {
    if (call.exists(call.get(1))) {
      return Replies.ZERO;
    }
    call.setText(call.get(1), call.get(2), 0);
    return Replies.ONE;
  }

  private static Reply setex(Call call, long unitMillis) {
    long deadline = StringOptions.deadlineMillis(call, 2, unitMillis, true);
    call.setText(call.get(1), call.get(3), deadline);
    return Replies.OK;
  }

  private static Reply getset(Call call) {
    Reply before = orNil(call.text(call.get(1)));
    call.setText(call.get(1), call.get(2), 0);
    return before;
  }

  private static Reply getdel(Call call) {
    Reply before = orNil(call.text(call.get(1)));
    call.delete(call.get(1));
    return before;
  }

  private static Reply getex(Call call) {
    Bytes key = call.get(1);
    var options = StringOptions.ofGetEx(call);
    Bytes text = call.text(key);
    if (text == null) {
      return Replies.NIL;
    }
    long deadline = options.deadlineMillis();
    if (options.hasTime() && deadline <= call.nowMillis()) {
      call.delete(key);
    } else if (deadline != call.deadline(key) && (options.hasTime() || options.persist)) {
      call.apply(new Effect.DeadlineSet(key, deadline));
    }
    return Replies.bulk(text);
  }

  private static Reply mset(Call call) {
    requirePairs(call);
    setPairs(call);
    return Replies.OK;
  }

  private static Reply msetnx(Call call) {
    requirePairs(call);
    for (int i = 1; i < call.size(); i += 2) {
      if (call.exists(call.get(i))) {
        return Replies.ZERO;
      }
    }
    setPairs(call);
    return Replies.ONE;
  }

  private static void requirePairs(Call call) {
    if (call.size() % 2 == 0) {
      throw call.arity();
    }
  }

  private static void setPairs(Call call) {
    for (int i = 1; i < call.size(); i += 2) {
      call.setText(call.get(i), call.get(i + 1), 0);
    }
  }

  private static Reply append(Call call) {
    Bytes key = call.get(1);
    Bytes added = call.get(2);
    Bytes text = call.text(key);
    int length = text == null ? 0 : text.size();
    call.requireLength((long) length + added.size());
    if (text == null || !added.isEmpty()) {
      call.apply(new Effect.StringPatched(key, length, added));
    }
    return Replies.number((long) length + added.size());
  }

  private static Reply setrange(Call call) {
    Bytes key = call.get(1);
    Bytes patch = call.get(3);
    long offset = call.integer(2);
    if (offset < 0) {
      throw new Refusal("ERR offset is out of range");
    }
    Bytes text = call.text(key);
    int length = text == null ? 0 : text.size();
    if (patch.isEmpty()) {
      return Replies.number(length);
    }
    call.requireLength(Math.min(offset, Integer.MAX_VALUE) + patch.size());
    call.apply(new Effect.StringPatched(key, (int) offset, patch));
    return Replies.number(Math.max(length, offset + patch.size()));
  }
}
