package io.leasehold.domain.kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a shard has to do, in a plain map that is changed at once and counted from scratch: too
 * simple to be wrong.
 */
final class KvModel {
  final TreeMap<Bytes, KvEntry> entries = new TreeMap<>();
  final Map<String, Long> marks = new HashMap<>();

  /** What watchers are told, in words. */
  final List<String> log = new ArrayList<>();

  final long maxShardBytes;
  final long roomOnNode;
  long revision;
  long wallMillis = 1_700_000_000_000L;
  long shardMillis = 1_700_000_000_000L;

  /**
   * @param roomOnNode bytes that this shard may have before the node is full
   */
  KvModel(long maxShardBytes, long roomOnNode) {
    this.maxShardBytes = maxShardBytes;
    this.roomOnNode = roomOnNode;
  }

  /** The same state, to return to. */
  KvModel copy() {
    var copy = new KvModel(maxShardBytes, roomOnNode);
    copy.become(this);
    return copy;
  }

  void become(KvModel other) {
    becomeButForMarks(other);
    marks.clear();
    marks.putAll(other.marks);
  }

  private void becomeButForMarks(KvModel other) {
    entries.clear();
    entries.putAll(other.entries);
    log.clear();
    log.addAll(other.log);
    revision = other.revision;
    wallMillis = other.wallMillis;
    shardMillis = other.shardMillis;
  }

  KvTime now() {
    return new KvTime(wallMillis, shardMillis);
  }

  long bytes() {
    long sum = 0;
    for (KvEntry each : entries.values()) {
      sum += each.key().size() + each.value().size() + 96;
      for (var pair : each.metadata().entrySet()) {
        sum += Bytes.utf8(pair.getKey()).size() + Bytes.utf8(pair.getValue()).size();
      }
    }
    return sum;
  }

  @Nullable KvEntry present(Bytes key) {
    KvEntry entry = entries.get(key);
    boolean gone =
        entry == null || (entry.expiresAtMillis() > 0 && entry.expiresAtMillis() <= shardMillis);
    return gone ? null : entry;
  }

  long version(Bytes key) {
    KvEntry entry = present(key);
    return entry == null ? 0 : entry.version();
  }

  void expire(Bytes key) {
    if (entries.containsKey(key) && present(key) == null) {
      entries.remove(key);
      log.add("expire " + key + " " + ++revision);
    }
  }

  KvResult run(KvOperation operation) {
    Fence fence = operation.fence();
    if (fence != null) {
      long mark = marks.getOrDefault(fence.lock(), 0L);
      if (fence.token() < mark) {
        return new KvResult.StaleFence(mark);
      }
      marks.put(fence.lock(), fence.token());
    }
    if (operation instanceof KvOperation.Transaction transaction) {
      KvModel before = copy();
      KvResult result = all(transaction);
      if (result.isFailure()) {
        becomeButForMarks(before);
      }
      return result;
    }
    long version = version(operation.key());
    List<Long> wanted = operation.precondition().ifMatch();
    List<Long> unwanted = operation.precondition().ifNoneMatch();
    boolean exists = version > 0;
    if (wanted.equals(List.of(0L)) ? !exists : !wanted.isEmpty() && !wanted.contains(version)) {
      return new KvResult.PreconditionFailed(version);
    }
    if (unwanted.equals(List.of(0L)) ? exists : exists && unwanted.contains(version)) {
      return operation instanceof KvOperation.Get
          ? new KvResult.NotModified(version)
          : new KvResult.PreconditionFailed(version);
    }
    return one(operation);
  }

  private KvResult one(KvOperation operation) {
    Bytes key = operation.key();
    KvEntry there = present(key);
    if (operation instanceof KvOperation.Get) {
      long left = there == null || there.expiresAtMillis() == 0 ? 0 : there.expiresAtMillis();
      return there == null
          ? new KvResult.Absent()
          : new KvResult.Found(there, left == 0 ? 0 : left - shardMillis);
    } else if (operation instanceof KvOperation.Put put) {
      return write(key, put.value(), put.metadata(), deadline(put.ttl(), there));
    } else if (operation instanceof KvOperation.Delete) {
      if (there == null) {
        return new KvResult.Deleted(false, 0);
      }
      entries.remove(key);
      log.add("delete " + key + " " + ++revision);
      return new KvResult.Deleted(true, revision);
    } else if (operation instanceof KvOperation.Touch touch) {
      if (there == null) {
        return new KvResult.Absent();
      }
      long deadline = deadline(touch.ttl(), there);
      entries.put(
          key,
          new KvEntry(
              key,
              there.value(),
              there.metadata(),
              there.version(),
              there.createdAtMillis(),
              there.updatedAtMillis(),
              deadline));
      return new KvResult.Touched(there.version(), deadline);
    } else if (operation instanceof KvOperation.Increment increment) {
      return add(increment, there);
    } else if (operation instanceof KvOperation.CompareAndSet cas) {
      boolean holds =
          cas.expected() != null
              ? there != null && there.value().equals(cas.expected())
              : version(key) == cas.expectedVersion();
      return holds
          ? write(key, cas.value(), cas.metadata(), deadline(cas.ttl(), there))
          : new KvResult.CasMismatch(version(key));
    }
    throw new IllegalArgumentException("not in the model: " + operation);
  }

  private KvResult add(KvOperation.Increment increment, @Nullable KvEntry there) {
    long before = increment.initial();
    if (there != null) {
      try {
        before = Long.parseLong(there.value().text());
      } catch (NumberFormatException e) {
        return new KvResult.NotAnInteger();
      }
    }
    long after;
    try {
      after = Math.addExact(before, increment.delta());
    } catch (ArithmeticException e) {
      return new KvResult.Overflow();
    }
    long deadline = there == null ? deadline(increment.ttl(), null) : there.expiresAtMillis();
    Map<String, String> metadata = there == null ? Map.of() : there.metadata();
    KvResult result = write(increment.key(), Bytes.utf8(Long.toString(after)), metadata, deadline);
    return result instanceof KvResult.Stored stored
        ? new KvResult.Counted(stored.created(), after, stored.version())
        : result;
  }

  private long deadline(Ttl ttl, @Nullable KvEntry there) {
    return switch (ttl.kind()) {
      case NONE -> 0;
      case KEEP -> there == null ? 0 : there.expiresAtMillis();
      case AFTER -> shardMillis + ttl.millis();
    };
  }

  private KvResult write(Bytes key, Bytes value, Map<String, String> metadata, long deadline) {
    KvModel before = copy();
    expire(key);
    KvEntry there = entries.get(key);
    var entry =
        new KvEntry(
            key,
            value,
            metadata,
            ++revision,
            there == null ? wallMillis : there.createdAtMillis(),
            wallMillis,
            deadline);
    entries.put(key, entry);
    log.add((there == null ? "create " : "put ") + key + " " + revision);
    long grown = bytes() - before.bytes();
    if (grown > 0 && bytes() > Math.min(maxShardBytes, roomOnNode)) {
      boolean shard = bytes() > maxShardBytes;
      becomeButForMarks(before);
      return new KvResult.StorageFull(
          shard ? "shard" : "node", bytes(), shard ? maxShardBytes : roomOnNode);
    }
    return new KvResult.Stored(there == null, revision, deadline);
  }

  private KvResult all(KvOperation.Transaction transaction) {
    for (int i = 0; i < transaction.conditions().size(); i++) {
      Condition condition = transaction.conditions().get(i);
      if (!holds(condition, condition.key())) {
        return new KvResult.Conflict(false, i, version(condition.key()), "");
      }
    }
    KvModel outside = copy();
    var results = new ArrayList<KvResult>();
    for (int i = 0; i < transaction.steps().size(); i++) {
      KvOperation.Step step = transaction.steps().get(i);
      Bytes key = step.operation().key();
      var conflict = new KvResult.Conflict(true, i, outside.version(key), "");
      if (!step.conditions().stream().allMatch(each -> holds(each, key))) {
        return conflict;
      }
      KvResult result = one(step.operation());
      if (result instanceof KvResult.StorageFull) {
        return result;
      }
      if (result.isFailure() && !(step.operation() instanceof KvOperation.Get)) {
        return conflict;
      }
      results.add(result);
    }
    return new KvResult.Applied(results, revision == outside.revision ? 0 : revision);
  }

  private boolean holds(Condition condition, Bytes key) {
    KvEntry there = present(key);
    return switch (condition.kind()) {
      case KEY_EXISTS -> there != null;
      case KEY_NOT_EXISTS -> there == null;
      case VERSION_MATCH -> version(key) == condition.version();
      case VALUE_MATCH -> there != null && there.value().equals(condition.value());
    };
  }
}
