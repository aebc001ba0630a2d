package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.everything;
import static io.leasehold.domain.kv.redis.RedisCommand.pattern;
import static io.leasehold.domain.kv.redis.RedisCommand.scan;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Commands of all keys together. */
final class KeyspaceCommands {
  private KeyspaceCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        pattern("KEYS", 2, KeyspaceCommands::keys),
        scan("SCAN", -2, KeyspaceCommands::scanKeys),
        everything("RANDOMKEY", 1, RedisScope.KEYSPACE, KeyspaceCommands::randomkey),
        everything("DBSIZE", 1, RedisScope.KEYSPACE, KeyspaceCommands::dbsize),
        everything("FLUSHDB", -1, RedisScope.ADMIN, KeyspaceCommands::flush),
        everything("FLUSHALL", -1, RedisScope.ADMIN, KeyspaceCommands::flush));
  }

  private static Reply keys(Call call) {
    Table<Keyspace.Item> items = call.keyspace().items();
    var found = new ArrayList<Bytes>();
    for (int i = 0; i < items.size(); i++) {
      if (isAlive(call, items, i) && Glob.matches(call.get(1), items.nameAt(i))) {
        found.add(items.nameAt(i));
      }
    }
    return Replies.bulks(Reply.Shape.LIST, found);
  }

  private static boolean isAlive(Call call, Table<Keyspace.Item> items, int position) {
    return !items.valueAt(position).isDead(call.nowMillis());
  }

  private static Reply scanKeys(Call call) {
    var scan = Scan.of(call, Scan.cursor(call, 1), 2, true);
    Table<Keyspace.Item> items = call.keyspace().items();
    String type = scan.type();
    var found = new ArrayList<Bytes>();
    return scan.walk(
        items,
        at ->
            isAlive(call, items, at)
                && (type == null
                    || type.equals(
                        items.valueAt(at).value().type().text().toUpperCase(Locale.ROOT))),
        at -> found.add(items.nameAt(at)),
        found);
  }

  /** A random one, and from there the next that is alive. */
  private static Reply randomkey(Call call) {
    Table<Keyspace.Item> items = call.keyspace().items();
    int size = items.size();
    int start = size == 0 ? 0 : call.random().nextInt(size);
    for (int i = 0; i < size; i++) {
      int at = (start + i) % size;
      if (isAlive(call, items, at)) {
        return Replies.bulk(items.nameAt(at));
      }
    }
    return Replies.NIL;
  }

  private static Reply dbsize(Call call) {
    return Replies.number(call.keyspace().liveSize(call.nowMillis()));
  }

  private static Reply flush(Call call) {
    if (call.size() > 2
        || (call.size() == 2 && !call.isOption(1, "ASYNC") && !call.isOption(1, "SYNC"))) {
      throw Refusal.syntax();
    }
    if (call.keyspace().size() > 0) {
      call.apply(new Effect.Flushed());
    }
    return Replies.OK;
  }
}
