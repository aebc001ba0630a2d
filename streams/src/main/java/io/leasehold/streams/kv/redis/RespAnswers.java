package io.leasehold.streams.kv.redis;

import io.leasehold.domain.access.CommandRule;
import io.leasehold.domain.access.CommandTable;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Glob;
import io.leasehold.domain.kv.redis.RedisCommand;
import io.leasehold.domain.kv.redis.RedisCommands;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.kv.redis.ServerCommands;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the port itself answers to commands about connections and about the server. No state; safe
 * for any thread.
 */
final class RespAnswers {
  /** Commands that the port knows besides those of the engine. */
  private static final List<String> OWN =
      List.of(
          "auth",
          "client",
          "command",
          "config",
          "discard",
          "exec",
          "hello",
          "monitor",
          "multi",
          "psubscribe",
          "punsubscribe",
          "quit",
          "reset",
          "select",
          "subscribe",
          "unsubscribe",
          "unwatch",
          "watch");

  private RespAnswers() {}

  /** The answer to {@code HELLO}. */
  static Reply hello(int protocol, long id) {
    return new Reply.Array(
        Reply.Shape.MAP,
        List.of(
            Replies.bulk("server"),
            Replies.bulk("redis"),
            Replies.bulk("version"),
            Replies.bulk(ServerCommands.DIALECT),
            Replies.bulk("proto"),
            Replies.number(protocol),
            Replies.bulk("id"),
            Replies.number(id),
            Replies.bulk("mode"),
            Replies.bulk("standalone"),
            Replies.bulk("role"),
            Replies.bulk("master"),
            Replies.bulk("modules"),
            Replies.EMPTY));
  }

  /** Names of all commands, in lower case. */
  private static SortedSet<String> names() {
    var names = new TreeSet<>(OWN);
    for (RedisCommand each : RedisCommands.all()) {
      names.add(each.name().toLowerCase(Locale.ROOT));
    }
    return names;
  }

  /** The answer to {@code COMMAND} and its subcommands. */
  static Reply command(List<Bytes> arguments) {
    if (arguments.size() == 1) {
      return infos(List.copyOf(names()));
    }
    List<String> asked =
        arguments.subList(2, arguments.size()).stream()
            .map(each -> each.text().toLowerCase(Locale.ROOT))
            .toList();
    return switch (arguments.get(1).text().toUpperCase(Locale.ROOT)) {
      case "COUNT" -> asked.isEmpty() ? Replies.number(names().size()) : arity("command|count");
      case "INFO" -> infos(asked.isEmpty() ? List.copyOf(names()) : asked);
      case "DOCS" -> docs(asked.isEmpty() ? List.copyOf(names()) : asked);
      default -> subcommand("COMMAND", arguments.get(1));
    };
  }

  static Reply.Failure arity(String name) {
    return new Reply.Failure("ERR wrong number of arguments for '" + name + "' command");
  }

  static Reply.Failure subcommand(String command, Bytes name) {
    String shown = name.text().replace('\r', ' ').replace('\n', ' ');
    return new Reply.Failure(
        "ERR unknown subcommand '"
            + shown.substring(0, Math.min(128, shown.length()))
            + "'. Try "
            + command
            + " HELP.");
  }

  private static Reply infos(List<String> wanted) {
    var known = names();
    var infos = new ArrayList<Reply>();
    for (String name : wanted) {
      CommandRule rule = known.contains(name) ? CommandTable.find(List.of(Bytes.utf8(name))) : null;
      infos.add(rule == null ? Replies.NIL_ARRAY : info(name, rule));
    }
    return Replies.array(infos);
  }

  private static Reply info(String name, CommandRule rule) {
    RedisCommand engine = RedisCommands.find(Bytes.utf8(name));
    var flags = new ArrayList<Reply>();
    if (engine != null) {
      flags.add(new Reply.Simple(engine.isWrite() ? "write" : "readonly"));
    }
    CommandRule.KeyRange keys = rule.keyRange();
    return Replies.array(
        List.of(
            Replies.bulk(name),
            Replies.number(rule.arity()),
            new Reply.Array(Reply.Shape.SET, flags),
            Replies.number(keys.first()),
            Replies.number(keys.last()),
            Replies.number(keys.step()),
            new Reply.Array(Reply.Shape.SET, List.of()),
            Replies.EMPTY,
            Replies.EMPTY,
            Replies.EMPTY));
  }

  private static Reply docs(List<String> wanted) {
    var known = names();
    var docs = new ArrayList<Reply>();
    for (String name : wanted) {
      if (known.contains(name)) {
        docs.add(Replies.bulk(name));
        docs.add(
            new Reply.Array(
                Reply.Shape.MAP,
                List.of(
                    Replies.bulk("summary"),
                    Replies.bulk("As in Redis " + ServerCommands.DIALECT),
                    Replies.bulk("group"),
                    Replies.bulk(OWN.contains(name) ? "connection" : "generic"))));
      }
    }
    return new Reply.Array(Reply.Shape.MAP, docs);
  }

  /** The answer to {@code CONFIG GET}: parameters by name, patterns too. */
  static Reply config(List<Bytes> patterns, long maxMemory, boolean durable) {
    var values = new TreeMap<String, String>();
    values.put("appendonly", durable ? "yes" : "no");
    values.put("maxmemory", Long.toString(maxMemory));
    values.put("save", "");
    var found = new ArrayList<Reply>();
    for (Map.Entry<String, String> each : values.entrySet()) {
      Bytes name = Bytes.utf8(each.getKey());
      for (Bytes pattern : patterns) {
        if (Glob.matches(Bytes.utf8(pattern.text().toLowerCase(Locale.ROOT)), name)) {
          found.add(Replies.bulk(name));
          found.add(Replies.bulk(each.getValue()));
          break;
        }
      }
    }
    return new Reply.Array(Reply.Shape.MAP, found);
  }
}
