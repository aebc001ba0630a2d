package io.leasehold.domain.kv;

import io.leasehold.domain.kv.redis.RedisNumbers;
import io.leasehold.domain.kv.redis.RedisRoom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs operations one after another on a shard, each on what the ones before left, without touching
 * the shard: the changes are collected, to be committed together. Confined to whoever made it.
 *
 * <p>Room on the node is taken at once; whoever drops a group gives it back with {@link #drop}.
 */
public final class KvGroup {
  /**
   * What limits a shard.
   *
   * @param maxShardBytes accounted
   */
  public record Rules(long maxShardBytes, KvMarks.Rules marks) {}

  private final KvImage image;
  private final KvTime now;
  private final Rules rules;
  private final KvCapacity capacity;
  private final KvMarks.Draft marks;
  private final KvInstances instances;
  private final List<KvChange> changes = new ArrayList<>();

  /** What this group made of entries; null = removed. */
  private final Map<Bytes, @Nullable KvEntry> draft = new HashMap<>();

  private long revision;
  private long grownBytes;

  public KvGroup(KvImage image, KvTime now, Rules rules, KvCapacity capacity) {
    this.image = image;
    this.now = now;
    this.rules = rules;
    this.capacity = capacity;
    this.marks = new KvMarks.Draft(image.marks(), rules.marks());
    this.instances = new KvInstances(image.keyspaces(), now, new Room());
    this.revision = image.revision();
  }

  /** The commands of embedded instances in this group. */
  public KvInstances instances() {
    return instances;
  }

  /** What has to be committed, in order; empty = the results may go out at once. */
  public List<KvChange> changes() {
    var all = new ArrayList<KvChange>(changes);
    instances.addTo(all);
    return List.copyOf(all);
  }

  /** The group is not committed. */
  public void drop() {
    instances.clear();
    capacity.count(-grownBytes);
    grownBytes = 0;
    changes.clear();
    draft.clear();
  }

  /**
   * Whether an operation can be run with what is known of its token, or its lock has to be asked
   * first.
   */
  public boolean mustAsk(KvOperation operation, KvMarks.Proof proof) {
    var fence = operation.fence();
    return fence != null && marks.check(fence, proof) == KvMarks.Check.ASK;
  }

  /** Whether a read may be answered now, beside the group that is under way: it raises no mark. */
  public static boolean raisesNothing(KvOperation operation, KvImage image, KvMarks.Rules rules) {
    var fence = operation.fence();
    return fence == null
        || new KvMarks.Draft(image.marks(), rules).check(fence, KvMarks.Proof.NOT_ASKED)
            == KvMarks.Check.PASS;
  }

  /**
   * Runs one operation. A mark that its token raises rises whatever comes of the rest.
   *
   * @param proof what its lock says of its token
   */
  public KvResult run(KvOperation operation, KvMarks.Proof proof) {
    var fence = operation.fence();
    if (fence != null) {
      switch (marks.check(fence, proof)) {
        case STALE -> {
          return new KvResult.StaleFence(marks.newest(fence.lock()));
        }
        case UNKNOWN -> {
          return new KvResult.UnknownFence();
        }
        case ASK -> throw new IllegalStateException("the lock has not been asked: " + fence);
        case RAISE -> marks.raise(fence, changes);
        case PASS -> {}
      }
    }
    if (operation instanceof KvOperation.Transaction transaction) {
      return transaction(transaction);
    }
    KvEntry present = present(operation.key());
    KvResult unmet = KvLookup.unmet(operation, present);
    return unmet == null ? single(operation, present) : unmet;
  }

  /** Removes keys whose deadline has come, and those that are still there and due. */
  public void expire(List<Bytes> keys) {
    for (Bytes key : keys) {
      KvEntry entry = lookUp(key);
      if (entry != null && entry.isExpired(now.shardMillis())) {
        remove(entry, true);
      }
    }
  }

  /** Takes changes of no operation, such as a take-over. */
  public void add(KvChange change) {
    changes.add(change);
  }

  private KvResult single(KvOperation operation, @Nullable KvEntry present) {
    if (operation instanceof KvOperation.Get) {
      return KvLookup.found(present, now);
    } else if (operation instanceof KvOperation.Put put) {
      long current = present == null ? 0 : present.expiresAtMillis();
      return store(
          put.key(),
          put.value(),
          put.metadata(),
          put.ttl().expiresAt(now.shardMillis(), current),
          present);
    } else if (operation instanceof KvOperation.Delete) {
      return present == null
          ? new KvResult.Deleted(false, 0)
          : new KvResult.Deleted(true, remove(present, false));
    } else if (operation instanceof KvOperation.Touch touch) {
      return touch(touch, present);
    } else if (operation instanceof KvOperation.Increment increment) {
      return increment(increment, present);
    } else if (operation instanceof KvOperation.CompareAndSet cas) {
      return compareAndSet(cas, present);
    }
    throw new IllegalArgumentException("no single operation: " + operation);
  }

  private KvResult touch(KvOperation.Touch touch, @Nullable KvEntry present) {
    if (present == null) {
      return new KvResult.Absent();
    }
    long expiresAt = touch.ttl().expiresAt(now.shardMillis(), present.expiresAtMillis());
    draft.put(touch.key(), present.expiringAt(expiresAt));
    changes.add(new KvChange.Touched(touch.key(), expiresAt));
    return new KvResult.Touched(present.version(), expiresAt);
  }

  private KvResult increment(KvOperation.Increment increment, @Nullable KvEntry present) {
    long before = increment.initial();
    if (present != null) {
      Long number = RedisNumbers.integer(present.value());
      if (number == null) {
        return new KvResult.NotAnInteger();
      }
      before = number;
    }
    long after = before + increment.delta();
    if (((before ^ after) & (increment.delta() ^ after)) < 0) {
      return new KvResult.Overflow();
    }
    long expiresAt =
        present == null
            ? increment.ttl().expiresAt(now.shardMillis(), 0)
            : present.expiresAtMillis();
    KvResult stored =
        store(
            increment.key(),
            Bytes.utf8(Long.toString(after)),
            present == null ? Map.of() : present.metadata(),
            expiresAt,
            present);
    return stored instanceof KvResult.Stored done
        ? new KvResult.Counted(done.created(), after, done.version())
        : stored;
  }

  private KvResult compareAndSet(KvOperation.CompareAndSet cas, @Nullable KvEntry present) {
    Bytes expected = cas.expected();
    long version = present == null ? 0 : present.version();
    boolean holds =
        expected == null
            ? version == cas.expectedVersion()
            : present != null && present.value().equals(expected);
    if (!holds) {
      return new KvResult.CasMismatch(version);
    }
    long current = present == null ? 0 : present.expiresAtMillis();
    return store(
        cas.key(),
        cas.value(),
        cas.metadata(),
        cas.ttl().expiresAt(now.shardMillis(), current),
        present);
  }

  private KvResult transaction(KvOperation.Transaction transaction) {
    int changesBefore = changes.size();
    long revisionBefore = revision;
    long grownBefore = grownBytes;
    var entriesBefore = new HashMap<Bytes, @Nullable KvEntry>(draft);
    KvResult result = steps(transaction);
    if (result.isFailure()) {
      changes.subList(changesBefore, changes.size()).clear();
      revision = revisionBefore;
      capacity.count(grownBefore - grownBytes);
      grownBytes = grownBefore;
      draft.clear();
      draft.putAll(entriesBefore);
    }
    return result instanceof KvResult.Conflict conflict ? asItIsNow(conflict, transaction) : result;
  }

  /**
   * With the version that the key has after all: a step may have seen one that never came to be.
   */
  private KvResult asItIsNow(KvResult.Conflict conflict, KvOperation.Transaction transaction) {
    Bytes key =
        conflict.inStep()
            ? transaction.steps().get(conflict.index()).operation().key()
            : transaction.conditions().get(conflict.index()).key();
    KvEntry present = present(key);
    long version = present == null ? 0 : present.version();
    return new KvResult.Conflict(conflict.inStep(), conflict.index(), version, conflict.message());
  }

  /** A conflict has no version yet: that is known when the steps before have been undone. */
  private KvResult steps(KvOperation.Transaction transaction) {
    for (int i = 0; i < transaction.conditions().size(); i++) {
      Condition condition = transaction.conditions().get(i);
      var broken = broken(condition, condition.key());
      if (broken != null) {
        return new KvResult.Conflict(false, i, 0, "condition " + i + ": " + broken);
      }
    }
    var results = new ArrayList<KvResult>();
    long before = revision;
    for (int i = 0; i < transaction.steps().size(); i++) {
      KvOperation.Step step = transaction.steps().get(i);
      Bytes key = step.operation().key();
      for (Condition condition : step.conditions()) {
        var broken = broken(condition, key);
        if (broken != null) {
          return new KvResult.Conflict(true, i, 0, "operation " + i + ": " + broken);
        }
      }
      KvResult result = single(step.operation(), present(key));
      if (result instanceof KvResult.StorageFull) {
        return result;
      }
      if (result.isFailure() && !step.operation().isRead()) {
        return new KvResult.Conflict(true, i, 0, "operation " + i + ": " + KvWhyNot.text(result));
      }
      results.add(result);
    }
    return new KvResult.Applied(results, revision == before ? 0 : revision);
  }

  /** Why a condition does not hold; null if it does. */
  private @Nullable String broken(Condition condition, Bytes key) {
    KvEntry present = present(key);
    long version = present == null ? 0 : present.version();
    return switch (condition.kind()) {
      case KEY_EXISTS -> present != null ? null : "the key is absent";
      case KEY_NOT_EXISTS -> present == null ? null : "the key exists, version is " + version;
      case VERSION_MATCH ->
          version == condition.version()
              ? null
              : "version is " + version + ", not " + condition.version();
      case VALUE_MATCH ->
          present != null && present.value().equals(condition.value())
              ? null
              : present == null ? "the key is absent" : "the value differs, version is " + version;
    };
  }

  private KvResult store(
      Bytes key,
      Bytes value,
      Map<String, String> metadata,
      long expiresAt,
      @Nullable KvEntry present) {
    long created = present == null ? now.wallMillis() : present.createdAtMillis();
    return store(new KvEntry(key, value, metadata, 0, created, now.wallMillis(), expiresAt));
  }

  /** Writes an entry as it is, but for its version: that is a new one. */
  KvResult store(KvEntry wanted) {
    Bytes key = wanted.key();
    KvEntry there = lookUp(key);
    boolean created = there == null || there.isExpired(now.shardMillis());
    int expiries = there != null && created ? 1 : 0;
    KvEntry entry = wanted.withVersion(revision + expiries + 1);
    long grows = entry.accountedBytes() - (there == null ? 0 : there.accountedBytes());
    if (grows > 0 && image.accountedBytes() + grownBytes + grows > rules.maxShardBytes()) {
      return new KvResult.StorageFull(
          "shard", image.accountedBytes() + grownBytes, rules.maxShardBytes());
    }
    if (!capacity.tryTake(grows)) {
      return new KvResult.StorageFull("node", capacity.usedBytes(), capacity.maxBytes());
    }
    grownBytes += grows;
    if (expiries > 0) {
      // watchers hear of the end of the old key before they hear of the new one
      changes.add(new KvChange.Removed(key, ++revision, true));
    }
    revision++;
    draft.put(key, entry);
    changes.add(new KvChange.Written(entry, created));
    return new KvResult.Stored(created, revision, entry.expiresAtMillis());
  }

  long remove(KvEntry entry, boolean expired) {
    capacity.count(-entry.accountedBytes());
    grownBytes -= entry.accountedBytes();
    draft.put(entry.key(), null);
    changes.add(new KvChange.Removed(entry.key(), ++revision, expired));
    return revision;
  }

  /** The entry as this group has it, also past its deadline. */
  @Nullable KvEntry lookUp(Bytes key) {
    return draft.containsKey(key) ? draft.get(key) : image.get(key);
  }

  @Nullable KvEntry present(Bytes key) {
    KvEntry entry = lookUp(key);
    return entry == null || entry.isExpired(now.shardMillis()) ? null : entry;
  }

  /** The keys that may be there: those of the shard, and those this group wrote. */
  Set<Bytes> keys(int max) {
    var keys = new LinkedHashSet<Bytes>();
    for (Bytes key : image.entries().keySet()) {
      if (keys.size() == max) {
        break;
      }
      keys.add(key);
    }
    keys.addAll(draft.keySet());
    return keys;
  }

  int size() {
    return image.entries().size();
  }

  KvTime now() {
    return now;
  }

  /** Room for keyspaces, in shard and node. */
  private final class Room implements RedisRoom {
    @Override
    public boolean tryTake(long bytes) {
      boolean fits = image.accountedBytes() + grownBytes + bytes <= rules.maxShardBytes();
      if (!fits || !capacity.tryTake(bytes)) {
        return false;
      }
      grownBytes += bytes;
      return true;
    }

    @Override
    public void count(long bytes) {
      capacity.count(bytes);
      grownBytes += bytes;
    }
  }
}
