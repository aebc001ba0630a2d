package io.leasehold.domain.kv.redis;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The keyspaces of the instances that live in one shard; an empty one is none. Confined to the
 * owner of the shard.
 */
public final class Keyspaces {
  private final Map<String, Keyspace> byInstance = new TreeMap<>();
  private long accountedBytes;

  /** Takes committed effects of an instance. */
  public void apply(String instance, List<Effect> effects) {
    Keyspace keyspace = byInstance.computeIfAbsent(instance, id -> new Keyspace());
    long before = keyspace.accountedBytes();
    effects.forEach(keyspace::apply);
    accountedBytes += keyspace.accountedBytes() - before;
    if (keyspace.size() == 0) {
      byInstance.remove(instance);
    }
  }

  /** Takes one that a snapshot has, and that is not there yet. */
  public void put(String instance, Keyspace keyspace) {
    if (keyspace.size() == 0 || byInstance.putIfAbsent(instance, keyspace) != null) {
      throw new IllegalArgumentException("instance " + instance + ": is empty or there already");
    }
    accountedBytes += keyspace.accountedBytes();
  }

  /** The keyspace of an instance; null if it is empty. */
  public @Nullable Keyspace get(String instance) {
    return byInstance.get(instance);
  }

  /** All that are not empty, by instance; not to be changed. */
  public Map<String, Keyspace> all() {
    return Collections.unmodifiableMap(byInstance);
  }

  /** Of all instances together, as committed. */
  public long accountedBytes() {
    return accountedBytes;
  }

  /** Keys of all instances together. Cost: one step an instance. */
  public int size() {
    int size = 0;
    for (Keyspace each : byInstance.values()) {
      size += each.size();
    }
    return size;
  }

  /** When the next key dies; 0 = none does. Cost: one step an instance. */
  public long nextDeadlineMillis() {
    long next = 0;
    for (Keyspace each : byInstance.values()) {
      long deadline = each.nextDeadlineMillis();
      next = next == 0 || (deadline != 0 && deadline < next) ? deadline : next;
    }
    return next;
  }

  /** The same again, independent of this. Cost: one step an element. */
  public Keyspaces copy() {
    var copy = new Keyspaces();
    byInstance.forEach((instance, keyspace) -> copy.put(instance, keyspace.copy()));
    return copy;
  }
}
