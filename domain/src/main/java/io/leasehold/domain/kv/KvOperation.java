package io.leasehold.domain.kv;

import io.leasehold.domain.kv.redis.RedisCommand;
import io.leasehold.domain.kv.redis.RedisCommands;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a shard is asked to do. All are immutable. Fields have been checked before. */
public sealed interface KvOperation {
  /** Decides the shard. */
  Bytes key();

  Precondition precondition();

  /** The lock it is guarded by, if any. */
  @Nullable Fence fence();

  /** Name in metrics. */
  String name();

  /** Whether it never changes an entry (a fence mark excepted). */
  default boolean isRead() {
    return false;
  }

  /** Bytes it brings, for the bound on what waits. */
  default long weight() {
    return key().size();
  }

  /**
   * Answered with {@link KvResult.Found}, {@link KvResult.Absent}, {@link KvResult.NotModified}.
   */
  record Get(Bytes key, Precondition precondition, @Nullable Fence fence) implements KvOperation {
    @Override
    public String name() {
      return "get";
    }

    @Override
    public boolean isRead() {
      return true;
    }
  }

  /** Answered with {@link KvResult.Stored}. */
  record Put(
      Bytes key,
      Bytes value,
      Map<String, String> metadata,
      Ttl ttl,
      Precondition precondition,
      @Nullable Fence fence)
      implements KvOperation {
    public Put {
      metadata = Map.copyOf(metadata);
    }

    @Override
    public String name() {
      return "put";
    }

    @Override
    public long weight() {
      return (long) key.size() + value.size() + KvEntry.metadataBytes(metadata);
    }
  }

  /** Answered with {@link KvResult.Deleted}. */
  record Delete(Bytes key, Precondition precondition, @Nullable Fence fence)
      implements KvOperation {
    @Override
    public String name() {
      return "delete";
    }
  }

  /**
   * Sets or removes the deadline. Answered with {@link KvResult.Touched} or {@link
   * KvResult.Absent}.
   *
   * @param ttl never {@link Ttl#KEEP}
   */
  record Touch(Bytes key, Ttl ttl, Precondition precondition, @Nullable Fence fence)
      implements KvOperation {
    @Override
    public String name() {
      return "touch";
    }
  }

  /**
   * Answered with {@link KvResult.Counted}, {@link KvResult.NotAnInteger} or {@link
   * KvResult.Overflow}.
   *
   * @param ttl applies only when the key comes into being; never {@link Ttl#KEEP}
   */
  record Increment(
      Bytes key,
      long delta,
      long initial,
      Ttl ttl,
      Precondition precondition,
      @Nullable Fence fence)
      implements KvOperation {
    @Override
    public String name() {
      return "increment";
    }
  }

  /**
   * Answered with {@link KvResult.Stored} or {@link KvResult.CasMismatch}.
   *
   * @param expected value the key must have; null = see {@code expectedVersion}
   * @param expectedVersion version the key must have; 0 = it must be absent. Looked at only without
   *     {@code expected}
   */
  record CompareAndSet(
      Bytes key,
      @Nullable Bytes expected,
      long expectedVersion,
      Bytes value,
      Map<String, String> metadata,
      Ttl ttl,
      Precondition precondition,
      @Nullable Fence fence)
      implements KvOperation {
    public CompareAndSet {
      metadata = Map.copyOf(metadata);
    }

    @Override
    public String name() {
      return "cas";
    }

    @Override
    public long weight() {
      return (long) key.size()
          + value.size()
          + (expected == null ? 0 : expected.size())
          + KvEntry.metadataBytes(metadata);
    }
  }

  /**
   * One operation of a transaction.
   *
   * @param operation without precondition and fence of its own, and no transaction
   * @param conditions asked when its turn comes, of its own key
   */
  record Step(KvOperation operation, List<Condition> conditions) {
    public Step {
      conditions = List.copyOf(conditions);
    }
  }

  /**
   * All steps or none. Answered with {@link KvResult.Applied} or {@link KvResult.Conflict}.
   *
   * @param conditions asked before the first step
   * @param steps at least one; all keys have the same hash part
   */
  record Transaction(List<Condition> conditions, List<Step> steps, @Nullable Fence fence)
      implements KvOperation {
    public Transaction {
      conditions = List.copyOf(conditions);
      steps = List.copyOf(steps);
    }

    @Override
    public Bytes key() {
      return steps.get(0).operation().key();
    }

    @Override
    public Precondition precondition() {
      return Precondition.NONE;
    }

    @Override
    public String name() {
      return "transaction";
    }

    @Override
    public long weight() {
      long weight = 0;
      for (Step step : steps) {
        weight += step.operation().weight();
      }
      for (Condition condition : conditions) {
        weight += condition.key().size() + condition.value().size();
      }
      return weight;
    }
  }

  /**
   * Commands of an embedded instance, in order. Answered with {@link KvResult.Replies}, one for
   * each command, or a single one for a transaction. All go to the shard of their instance.
   *
   * @param instance id of the instance
   * @param commands each name first, none empty; at least one
   * @param transaction all as one: other commands see nothing of it or everything
   * @param maxMemory bytes that the instance may hold, above 0
   * @param client who sent them, as those who monitor the instance are shown it; may be empty
   * @param watched keys that must not have been touched since, or none of the commands is run
   */
  record Commands(
      String instance,
      List<List<Bytes>> commands,
      boolean transaction,
      long maxMemory,
      String client,
      List<Watched> watched)
      implements KvOperation {
    /** A key as it was at some time: it has another version when anything has touched it. */
    public record Watched(Bytes key, long version) {}

    /** What an argument takes on its way to another node, besides its bytes. */
    private static final int ARGUMENT_BYTES = 4;

    public Commands {
      if (commands.isEmpty()) {
        throw new IllegalArgumentException("commands: must be 1 or more");
      }
      commands = commands.stream().map(List::copyOf).toList();
      watched = List.copyOf(watched);
    }

    /** Of a client that is not named, whatever has happened before. */
    public Commands(
        String instance, List<List<Bytes>> commands, boolean transaction, long maxMemory) {
      this(instance, commands, transaction, maxMemory, "", List.of());
    }

    /** What places an instance in a shard. */
    public static Bytes keyOf(String instance) {
      return Bytes.utf8("redis:" + instance);
    }

    @Override
    public Bytes key() {
      return keyOf(instance);
    }

    @Override
    public Precondition precondition() {
      return Precondition.NONE;
    }

    @Override
    public @Nullable Fence fence() {
      return null;
    }

    @Override
    public String name() {
      return "commands";
    }

    /** Whether none of them can change anything, so that they need no commit. */
    @Override
    public boolean isRead() {
      if (!watched.isEmpty()) {
        return false; // what is under way may touch them
      }
      for (List<Bytes> command : commands) {
        RedisCommand known = RedisCommands.find(command.get(0));
        if (known != null && known.isWrite()) {
          return false;
        }
      }
      return true;
    }

    @Override
    public long weight() {
      long weight = 64;
      for (List<Bytes> command : commands) {
        weight += weightOf(command);
      }
      for (Watched each : watched) {
        weight += 2L * ARGUMENT_BYTES + Long.BYTES + each.key().size();
      }
      return weight;
    }

    /** What one command adds to {@link #weight}. */
    public static long weightOf(List<Bytes> command) {
      long weight = ARGUMENT_BYTES;
      for (Bytes argument : command) {
        weight += ARGUMENT_BYTES + argument.size();
      }
      return weight;
    }
  }
}
