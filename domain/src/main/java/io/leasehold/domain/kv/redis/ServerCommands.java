package io.leasehold.domain.kv.redis;

import static io.leasehold.domain.kv.redis.RedisCommand.admin;
import static io.leasehold.domain.kv.redis.RedisCommand.any;
import static io.leasehold.domain.kv.redis.RedisCommand.channel;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Commands that are about no key. */
public final class ServerCommands {
  /** The version whose behaviour this is. */
  public static final String DIALECT = "7.0.0";

  private static final List<String> SECTIONS = List.of("SERVER", "CLIENTS", "MEMORY", "KEYSPACE");
  private static final List<String> ALL_SECTIONS = List.of("ALL", "DEFAULT", "EVERYTHING");

  private ServerCommands() {}

  static List<RedisCommand> all() {
    return List.of(
        any("PING", -1, ServerCommands::ping),
        any("ECHO", 2, call -> Replies.bulk(call.get(1))),
        any("TIME", 1, ServerCommands::time),
        admin("INFO", -1, ServerCommands::info),
        channel("PUBLISH", 3, ServerCommands::publish));
  }

  private static Reply ping(Call call) {
    if (call.size() > 2) {
      throw call.arity();
    }
    return call.size() == 1 ? new Reply.Simple("PONG") : Replies.bulk(call.get(1));
  }

  /** Seconds, and microseconds of them: the engine knows whole milliseconds. */
  private static Reply time(Call call) {
    long now = call.nowMillis();
    return Replies.bulks(
        Reply.Shape.LIST,
        List.of(RedisNumbers.text(now / 1_000), RedisNumbers.text(now % 1_000 * 1_000)));
  }

  private static Reply publish(Call call) {
    Bytes channel = call.get(1);
    call.publish(channel, call.get(2));
    return Replies.number(call.context().receivers().applyAsInt(channel));
  }

  private static Reply info(Call call) {
    var wanted = new ArrayList<String>();
    for (int i = 1; i < call.size(); i++) {
      wanted.add(call.option(i));
    }
    boolean all = wanted.isEmpty() || wanted.stream().anyMatch(ALL_SECTIONS::contains);
    var sections = new ArrayList<String>();
    for (String section : SECTIONS) {
      if (all || wanted.contains(section)) {
        sections.add(section(call, section));
      }
    }
    return Replies.bulk(String.join("\r\n", sections));
  }

  private static String section(Call call, String name) {
    var server = call.context().server();
    Keyspace keyspace = call.keyspace();
    long live = keyspace.liveSize(call.nowMillis());
    long expiring = keyspace.expiring() - (keyspace.size() - live);
    String title = "# " + name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT) + "\r\n";
    return switch (name) {
      case "SERVER" ->
          title
              + ("redis_version:" + DIALECT + "\r\n")
              + ("leasehold_version:" + server.version() + "\r\n")
              + "redis_mode:standalone\r\n"
              + ("uptime_in_seconds:" + server.uptimeSeconds() + "\r\n");
      case "CLIENTS" -> title + ("connected_clients:" + server.clients() + "\r\n");
      case "MEMORY" ->
          title
              + ("used_memory:" + keyspace.accountedBytes() + "\r\n")
              + ("maxmemory:" + call.context().limits().maxMemory() + "\r\n")
              + "maxmemory_policy:noeviction\r\n";
      default ->
          title + (live == 0 ? "" : "db0:keys=" + live + ",expires=" + expiring + ",avg_ttl=0\r\n");
    };
  }
}
