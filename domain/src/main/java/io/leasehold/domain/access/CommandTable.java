package io.leasehold.domain.access;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisNumbers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All commands of Redis 7.0, those of modules left out. Read once, from a resource. Immutable; safe
 * for any thread.
 */
public final class CommandTable {
  private static final int LONGEST_NAME = 32;
  private static final Map<String, CommandRule> BY_NAME = read();

  /** Names of commands that have subcommands: of all others the argument is not looked at. */
  private static final Set<String> WITH_SUBCOMMANDS = withSubcommands();

  /** As most clients send them, in one case throughout: those without subcommands. */
  private static final Map<Bytes, CommandRule> AS_SENT = asSent();

  private CommandTable() {}

  private static Map<String, CommandRule> read() {
    try (InputStream in = CommandTable.class.getResourceAsStream("redis-commands.txt")) {
      if (in == null) {
        throw new IllegalStateException("redis-commands.txt: is not there");
      }
      var rules = new TreeMap<String, CommandRule>();
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(CommandRule::new)
          .forEach(rule -> rules.put(rule.name(), rule));
      return Collections.unmodifiableMap(rules);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<Bytes, CommandRule> asSent() {
    var rules = new HashMap<Bytes, CommandRule>();
    for (CommandRule rule : BY_NAME.values()) {
      if (rule.name().indexOf('|') < 0 && !WITH_SUBCOMMANDS.contains(rule.name())) {
        rules.put(Bytes.utf8(rule.name()), rule);
        rules.put(Bytes.utf8(rule.name().toUpperCase(Locale.ROOT)), rule);
      }
    }
    return Collections.unmodifiableMap(rules);
  }

  private static Set<String> withSubcommands() {
    var names = new HashSet<String>();
    for (String name : BY_NAME.keySet()) {
      int bar = name.indexOf('|');
      if (bar > 0) {
        names.add(name.substring(0, bar));
      }
    }
    return Set.copyOf(names);
  }

  /** By name, subcommands too. */
  public static Collection<CommandRule> all() {
    return BY_NAME.values();
  }

  /**
   * The rule of a command, or of its subcommand if it has any.
   *
   * @param arguments name first, in any case, not empty
   * @return null if Redis has no such command
   */
  public static @Nullable CommandRule find(List<Bytes> arguments) {
    CommandRule known = AS_SENT.get(arguments.get(0));
    if (known != null) {
      return known;
    }
    String name = lower(arguments.get(0));
    CommandRule rule = name.indexOf('|') >= 0 ? null : BY_NAME.get(name);
    if (rule == null || arguments.size() == 1 || !WITH_SUBCOMMANDS.contains(name)) {
      return rule;
    }
    CommandRule sub = BY_NAME.get(name + "|" + lower(arguments.get(1)));
    return sub == null ? rule : sub;
  }

  private static String lower(Bytes word) {
    return word.size() > LONGEST_NAME ? "" : latin(word).toLowerCase(Locale.ROOT);
  }

  static String upper(Bytes word) {
    return word.size() > LONGEST_NAME ? "" : latin(word).toUpperCase(Locale.ROOT);
  }

  private static String latin(Bytes word) {
    return new String(word.array(), StandardCharsets.ISO_8859_1);
  }

  /** As Redis reads numbers; null if it is none. */
  static @Nullable Long integer(Bytes text) {
    return RedisNumbers.integer(text);
  }
}
