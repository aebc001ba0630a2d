package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Value.Elements;
import io.leasehold.domain.kv.redis.Value.Hash;
import io.leasehold.domain.kv.redis.Value.Members;
import io.leasehold.domain.kv.redis.Value.Text;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One run of a command: its arguments, and what it may do. Confined to that run. */
final class Call {
  private final RedisCommand command;
  private final List<Bytes> arguments;
  private final RedisGroup group;
  private final RedisContext context;

  Call(RedisCommand command, List<Bytes> arguments, RedisGroup group, RedisContext context) {
    this.command = command;
    this.arguments = arguments;
    this.group = group;
    this.context = context;
  }

  /** Arguments, the name included. */
  int size() {
    return arguments.size();
  }

  /**
   * @param index 0 = the name
   */
  Bytes get(int index) {
    return arguments.get(index);
  }

  List<Bytes> from(int index) {
    return arguments.subList(index, arguments.size());
  }

  /** An argument as a word, in upper case. */
  String option(int index) {
    return option(arguments.get(index));
  }

  static String option(Bytes argument) {
    return new String(argument.array(), StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
  }

  boolean isOption(int index, String name) {
    return get(index).size() == name.length() && option(index).equals(name);
  }

  /** Whether others follow this argument. */
  boolean hasMore(int index) {
    return index + 1 < arguments.size();
  }

  Refusal arity() {
    return Refusal.arity(command.lowerName());
  }

  Refusal expireTime() {
    return Refusal.expireTime(command.lowerName());
  }

  long integer(int index) {
    Long value = RedisNumbers.integer(get(index));
    if (value == null) {
      throw Refusal.notAnInteger();
    }
    return value;
  }

  /** Refuses with this text whatever is no integer from {@code min} on. */
  long atLeast(int index, long min, String text) {
    Long value = RedisNumbers.integer(get(index));
    if (value == null || value < min) {
      throw new Refusal(text);
    }
    return value;
  }

  long between(int index, long min, long max) {
    long value = integer(index);
    if (value < min || value > max) {
      throw new Refusal("ERR value is out of range, value must between " + min + " and " + max);
    }
    return value;
  }

  long notNegative(int index) {
    return atLeast(index, 0, "ERR value is out of range, must be positive");
  }

  long nowMillis() {
    return group.nowMillis();
  }

  RandomGenerator random() {
    return context.random();
  }

  RedisContext context() {
    return context;
  }

  Keyspace keyspace() {
    return group.keyspace();
  }

  void publish(Bytes channel, Bytes message) {
    group.publish(channel, message);
  }

  /**
   * Refuses to make a collection of so many bytes if there is no room for it, before it is made.
   *
   * @param replaced what it takes the place of
   */
  void requireRoom(long bytes, Keyspace.@Nullable Item replaced) {
    long replacedBytes = replaced == null ? 0 : replaced.value().accountedBytes();
    group.requireRoom(bytes, replacedBytes, context.limits().maxMemory());
  }

  /**
   * The live item of a key; null if there is none. A write that meets a dead one removes it: what
   * it does then must not depend on the time.
   */
  Keyspace.@Nullable Item item(Bytes key) {
    Keyspace.Item item = keyspace().items().get(key);
    if (item == null || !item.isDead(nowMillis())) {
      return item;
    }
    if (command.isWrite()) {
      apply(new Effect.Removed(key, true));
    }
    return null;
  }

  boolean exists(Bytes key) {
    return item(key) != null;
  }

  private @Nullable Value value(Bytes key, ValueType type) {
    Keyspace.Item item = item(key);
    if (item == null) {
      return null;
    }
    if (item.value().type() != type) {
      throw Refusal.wrongType();
    }
    return item.value();
  }

  @Nullable Bytes text(Bytes key) {
    return value(key, ValueType.STRING) instanceof Text text ? text.bytes : null;
  }

  @Nullable Hash hash(Bytes key) {
    return value(key, ValueType.HASH) instanceof Hash hash ? hash : null;
  }

  @Nullable Elements list(Bytes key) {
    return value(key, ValueType.LIST) instanceof Elements list ? list : null;
  }

  @Nullable Members set(Bytes key) {
    return value(key, ValueType.SET) instanceof Members set ? set : null;
  }

  /** 0 = none, or no such key. */
  long deadline(Bytes key) {
    Keyspace.Item item = item(key);
    return item == null ? 0 : item.deadlineMillis();
  }

  void apply(Effect effect) {
    group.apply(effect);
  }

  /** A string under a key, which lives until its deadline; a deadline in the past deletes it. */
  void setText(Bytes key, Bytes value, long deadlineMillis) {
    if (deadlineMillis != 0 && deadlineMillis <= nowMillis()) {
      delete(key);
    } else {
      apply(new Effect.StringSet(key, value, deadlineMillis));
    }
  }

  /** Returns false if there is no such key. */
  boolean delete(Bytes key) {
    boolean exists = exists(key);
    if (exists) {
      apply(new Effect.Removed(key, false));
    }
    return exists;
  }

  /** Refuses a string that would be longer than allowed. */
  void requireLength(long bytes) {
    if (bytes > context.limits().maxValue()) {
      throw Refusal.tooLong();
    }
  }

  /** Refuses an answer of so many strings before it is made, even if they were empty. */
  void requireReply(long strings) {
    long max = context.limits().maxReply();
    if (strings > max / Reply.Bulk.OVERHEAD_BYTES) {
      throw Refusal.replyTooLarge(max);
    }
  }

  /** For an answer whose size is known only as it grows. */
  PickedStrings pickedStrings() {
    return new PickedStrings(context.limits().maxReply());
  }
}
