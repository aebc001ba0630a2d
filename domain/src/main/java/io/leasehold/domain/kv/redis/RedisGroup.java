package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands on a keyspace one after another, each on what the ones before left, and collects
 * their effects, to be committed together. Confined to the owner of the keyspace.
 *
 * <p>The keyspace is changed in place while commands run; {@link #takeBack} leaves it as it was.
 * Whoever commits takes back first, has the effects committed, and then applies them, as a reader
 * of the journal does. So what a keyspace holds between groups is committed. Taking back costs
 * about what the commands did; nothing is ever copied to be able to.
 */
public final class RedisGroup {
  /** Something to be told to the subscribers of a channel once the group is committed. */
  public record Published(Bytes channel, Bytes message) {}

  private final Keyspace keyspace;
  private final long nowMillis;
  private final RedisRoom room;
  private final Undo undo = new Undo();
  private final List<Effect> effects = new ArrayList<>();
  private final List<Published> published = new ArrayList<>();
  private long takenBytes;
  private long heldBytes;

  /**
   * @param nowMillis unix time that deadlines are compared with
   */
  public RedisGroup(Keyspace keyspace, long nowMillis, RedisRoom room) {
    this.keyspace = keyspace;
    this.nowMillis = nowMillis;
    this.room = room;
  }

  /** What has to be committed, in order; empty = the replies may go out at once. */
  public List<Effect> effects() {
    return List.copyOf(effects);
  }

  /** What is to be told once the group is committed, in order. */
  public List<Published> published() {
    return List.copyOf(published);
  }

  /** Leaves the keyspace as it was; the room that was taken stays taken. */
  public void takeBack() {
    undo.backTo(0);
  }

  /** The group is not committed: takes back and returns its room. */
  public void drop() {
    takeBack();
    room.count(-takenBytes);
    takenBytes = 0;
    effects.clear();
    published.clear();
  }

  /** Removes keys past their deadline, at most so many. Returns how many that were. */
  public int expire(int max) {
    long before = keyspace.accountedBytes();
    List<Bytes> due = keyspace.due(nowMillis, max);
    for (Bytes key : due) {
      apply(new Effect.Removed(key, true));
    }
    take(keyspace.accountedBytes() - before);
    return due.size();
  }

  /**
   * Why a command would be refused whatever the keyspace holds; null = it would be run. What a
   * transaction is discarded for.
   *
   * @param arguments name first, not empty
   */
  public static Reply.@Nullable Failure refusal(List<Bytes> arguments, RedisLimits limits) {
    RedisCommand command = RedisCommands.find(arguments.get(0));
    if (command == null) {
      return new Reply.Failure(unknown(arguments));
    }
    if (!command.fits(arguments.size())) {
      return Refusal.arity(command.lowerName()).reply();
    }
    return tooLarge(command, arguments, limits);
  }

  private static Reply.@Nullable Failure tooLarge(
      RedisCommand command, List<Bytes> arguments, RedisLimits limits) {
    long bytes = 0;
    int longest = 0;
    for (Bytes each : arguments) {
      bytes += each.size();
      longest = Math.max(longest, each.size());
    }
    if (bytes > limits.maxCommand()) {
      return new Reply.Failure(
          "ERR max request size exceeded. Limit: " + limits.maxCommand() + " bytes");
    }
    if (longest > limits.maxKey()) {
      for (Bytes key : command.keys(arguments)) {
        if (key.size() > limits.maxKey()) {
          return new Reply.Failure("ERR key exceeds maximum allowed size");
        }
      }
    }
    return longest > limits.maxValue() ? Refusal.tooLong().reply() : null;
  }

  private static String unknown(List<Bytes> arguments) {
    var shown = new StringBuilder();
    for (int i = 1; i < arguments.size() && shown.length() < 128; i++) {
      String argument = cut(arguments.get(i), 128 - shown.length());
      shown.append('\'').append(argument).append("' ");
    }
    String name = cut(arguments.get(0), 128);
    return ("ERR unknown command '" + name + "', with args beginning with: " + shown)
        .replace('\r', ' ')
        .replace('\n', ' ');
  }

  /** As C shows it: up to the first zero byte. */
  private static String cut(Bytes bytes, int max) {
    int length = 0;
    while (length < Math.min(bytes.size(), max) && bytes.array()[length] != 0) {
      length++;
    }
    return new String(bytes.array(), 0, length, StandardCharsets.UTF_8);
  }

  /**
   * Runs one command. An error has changed nothing.
   *
   * @param arguments name first, not empty
   */
  public Reply run(List<Bytes> arguments, RedisContext context) {
    return run(arguments, context, context.limits().maxReply());
  }

  /**
   * The same where less is left for the reply than {@link RedisLimits#maxReply}, since others go
   * out with it.
   *
   * @param maxReply as {@link Reply#weight} has it; 0 or less = nothing may be answered but why
   */
  public Reply run(List<Bytes> arguments, RedisContext context, long maxReply) {
    Reply.Failure refusal = refusal(arguments, context.limits());
    RedisCommand command = RedisCommands.find(arguments.get(0));
    if (refusal != null || command == null) {
      return refusal != null ? refusal : new Reply.Failure(unknown(arguments));
    }
    var before = new Mark();
    try {
      Reply reply = command.run(new Call(command, arguments, this, context));
      if (reply.weight() > maxReply) {
        throw Refusal.replyTooLarge(context.limits().maxReply());
      }
      takeFor(before, context.limits().maxMemory());
      return reply;
    } catch (Refusal no) {
      before.restore();
      return no.reply();
    }
  }

  /**
   * Runs commands as one: an array of their replies, errors of single ones included, as Redis has
   * it. A command that could never run, or replies that are too large together, change nothing.
   *
   * @param commands each name first, none empty
   */
  public Reply runAll(List<List<Bytes>> commands, RedisContext context) {
    for (int i = 0; i < commands.size(); i++) {
      Reply.Failure refusal = refusal(commands.get(i), context.limits());
      if (refusal != null) {
        return new Reply.Failure(
            "EXECABORT Transaction discarded because of previous errors. (command "
                + (i + 1)
                + ": "
                + refusal.text()
                + ")");
      }
    }
    var before = new Mark();
    var replies = new ArrayList<Reply>(commands.size());
    long weight = 0;
    for (List<Bytes> command : commands) {
      Reply reply = run(command, context);
      replies.add(reply);
      weight += reply.weight();
      if (weight > context.limits().maxReply()) {
        before.restore();
        return Refusal.replyTooLarge(context.limits().maxReply()).reply();
      }
    }
    return Replies.array(replies);
  }

  /** What was so when a command began. */
  private final class Mark {
    private final int steps = undo.mark();
    private final int effectCount = effects.size();
    private final int publishedCount = published.size();
    private final long bytes = keyspace.accountedBytes();
    private final long taken = takenBytes;
    private final long held = heldBytes;

    void restore() {
      undo.backTo(steps);
      effects.subList(effectCount, effects.size()).clear();
      published.subList(publishedCount, published.size()).clear();
      room.count(taken - takenBytes);
      takenBytes = taken;
      heldBytes = held;
    }
  }

  private void takeFor(Mark before, long maxMemory) {
    long grown = keyspace.accountedBytes() - before.bytes;
    boolean full = grown > 0 && keyspace.accountedBytes() > maxMemory;
    if (full || !take(grown)) {
      throw Refusal.outOfMemory();
    }
  }

  private boolean take(long bytes) {
    if (bytes <= 0) {
      room.count(bytes);
    } else if (!room.tryTake(bytes)) {
      return false;
    }
    takenBytes += bytes;
    return true;
  }

  /**
   * Refuses to make a collection of so many bytes if there is no room for it, before it is made.
   * What the group has replaced or removed is still there until it ends, and counts.
   *
   * @param replacedBytes of what it takes the place of
   */
  void requireRoom(long bytes, long replacedBytes, long maxMemory) {
    if (keyspace.accountedBytes() + heldBytes + bytes - replacedBytes > maxMemory) {
      throw Refusal.outOfMemory();
    }
    heldBytes += replacedBytes;
  }

  void apply(Effect effect) {
    long before = keyspace.accountedBytes();
    keyspace.apply(effect, undo);
    heldBytes += Math.max(0, before - keyspace.accountedBytes());
    effects.add(effect);
  }

  void publish(Bytes channel, Bytes message) {
    published.add(new Published(channel, message));
  }

  Keyspace keyspace() {
    return keyspace;
  }

  long nowMillis() {
    return nowMillis;
  }
}
