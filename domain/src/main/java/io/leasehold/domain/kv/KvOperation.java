package io.leasehold.domain.kv;

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
}
