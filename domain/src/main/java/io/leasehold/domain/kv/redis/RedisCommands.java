package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All commands that the engine knows. Immutable; safe for any thread. */
public final class RedisCommands {
  private static final int LONGEST_NAME = 32;
  private static final Map<String, RedisCommand> BY_NAME = collect();

  private RedisCommands() {}

  private static Map<String, RedisCommand> collect() {
    var byName = new TreeMap<String, RedisCommand>();
    List.of(
            StringCommands.all(),
            CounterCommands.all(),
            KeyCommands.all(),
            ExpiryCommands.all(),
            KeyspaceCommands.all(),
            HashCommands.all(),
            ListCommands.all(),
            ListMoveCommands.all(),
            SetCommands.all(),
            ServerCommands.all())
        .forEach(
            commands ->
                commands.forEach(
                    command -> {
                      if (byName.put(command.name(), command) != null) {
                        throw new IllegalStateException("two commands are called " + command);
                      }
                    }));
    return Collections.unmodifiableMap(byName);
  }

  /** By name. */
  public static Collection<RedisCommand> all() {
    return BY_NAME.values();
  }

  /** The command of this name, in any case; null = there is none. */
  public static @Nullable RedisCommand find(Bytes name) {
    return name.size() > LONGEST_NAME ? null : BY_NAME.get(Call.option(name));
  }
}
