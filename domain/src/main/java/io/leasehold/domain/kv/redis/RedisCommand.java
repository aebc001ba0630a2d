package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A command that the engine knows. Immutable; safe for any thread. */
public final class RedisCommand {
  /** Runs a command whose arity is right. */
  interface Handler {
    Reply run(Call call);
  }

  /** What a command names besides keys that a caller may be held to. */
  private enum Names {
    NOTHING,
    CHANNEL,
    /** A pattern that keys are chosen by. */
    PATTERN,
    SCAN,
    /** All keys, whatever they are called. */
    EVERYTHING
  }

  private static final Bytes ANYTHING = Bytes.utf8("*");

  private final String name;
  private final String lowerName;
  private final int arity;
  private final RedisScope scope;
  private final KeyPositions keys;
  private final Names names;
  private final Handler handler;

  private RedisCommand(
      String name, int arity, RedisScope scope, KeyPositions keys, Names names, Handler handler) {
    this.name = name;
    this.lowerName = name.toLowerCase(Locale.ROOT);
    this.arity = arity;
    this.scope = scope;
    this.keys = keys;
    this.names = names;
    this.handler = handler;
  }

  static RedisCommand read(String name, int arity, KeyPositions keys, Handler handler) {
    return new RedisCommand(name, arity, RedisScope.READ, keys, Names.NOTHING, handler);
  }

  static RedisCommand write(String name, int arity, KeyPositions keys, Handler handler) {
    return new RedisCommand(name, arity, RedisScope.WRITE, keys, Names.NOTHING, handler);
  }

  static RedisCommand any(String name, int arity, Handler handler) {
    return new RedisCommand(name, arity, RedisScope.ANY, KeyPositions.NONE, Names.NOTHING, handler);
  }

  static RedisCommand pattern(String name, int arity, Handler handler) {
    return new RedisCommand(
        name, arity, RedisScope.KEYSPACE, KeyPositions.NONE, Names.PATTERN, handler);
  }

  static RedisCommand scan(String name, int arity, Handler handler) {
    return new RedisCommand(
        name, arity, RedisScope.KEYSPACE, KeyPositions.NONE, Names.SCAN, handler);
  }

  static RedisCommand everything(String name, int arity, RedisScope scope, Handler handler) {
    return new RedisCommand(name, arity, scope, KeyPositions.NONE, Names.EVERYTHING, handler);
  }

  static RedisCommand channel(String name, int arity, Handler handler) {
    return new RedisCommand(
        name, arity, RedisScope.WRITE, KeyPositions.NONE, Names.CHANNEL, handler);
  }

  static RedisCommand admin(String name, int arity, Handler handler) {
    return new RedisCommand(
        name, arity, RedisScope.ADMIN, KeyPositions.NONE, Names.NOTHING, handler);
  }

  /** In upper case. */
  public String name() {
    return name;
  }

  String lowerName() {
    return lowerName;
  }

  /** Arguments with the name, as Redis counts them: a negative number means at least so many. */
  public int arity() {
    return arity;
  }

  public RedisScope scope() {
    return scope;
  }

  /** Whether it may change something; one that does not needs no commit. */
  public boolean isWrite() {
    return scope == RedisScope.WRITE || (scope == RedisScope.ADMIN && names == Names.EVERYTHING);
  }

  boolean fits(int arguments) {
    return arity < 0 ? arguments >= -arity : arguments == arity;
  }

  /** The keys among its arguments. */
  public List<Bytes> keys(List<Bytes> arguments) {
    return keys.of(arguments);
  }

  /** Which channel it publishes to; null = none. */
  public @Nullable Bytes channel(List<Bytes> arguments) {
    return names == Names.CHANNEL && arguments.size() > 1 ? arguments.get(1) : null;
  }

  /**
   * The pattern by which it chooses among all keys; null = it does not. A caller who is held to a
   * prefix may use it if {@link Glob#literalStart} begins with that prefix.
   */
  public @Nullable Bytes pattern(List<Bytes> arguments) {
    if (names == Names.PATTERN) {
      return arguments.size() > 1 ? arguments.get(1) : ANYTHING;
    }
    if (names != Names.SCAN) {
      return null;
    }
    Bytes pattern = ANYTHING;
    for (int i = 2; i + 1 < arguments.size(); i += 2) {
      pattern = Call.option(arguments.get(i)).equals("MATCH") ? arguments.get(i + 1) : pattern;
    }
    return pattern;
  }

  /** Whether it goes by all keys without naming any: nothing for a caller held to a prefix. */
  public boolean touchesEverything() {
    return names == Names.EVERYTHING;
  }

  Reply run(Call call) {
    return handler.run(call);
  }

  @Override
  public String toString() {
    return name;
  }
}
