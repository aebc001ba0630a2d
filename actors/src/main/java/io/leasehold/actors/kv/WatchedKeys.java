package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.redis.Effect;
import io.leasehold.domain.kv.redis.TouchedKeys;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The versions of keys that transactions of embedded instances are bound to. Only keys that were
 * asked for have one, the least recently asked for lose theirs first, and all do when the shard
 * starts anew: then they count as touched, and the transaction is tried again. Confined to the
 * actor of the shard.
 */
final class WatchedKeys {
  private static final int MAX_KEYS = 10_000;
  private static final long MAX_BYTES = 8L << 20;
  private static final long KEY_BYTES = 128;

  private record Name(String instance, Bytes key) {
    long weight() {
      return KEY_BYTES + key.size();
    }
  }

  /** By the time they were asked for last, the oldest first. */
  private final LinkedHashMap<Name, Long> versions = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;
  private long last;

  /**
   * @param first number that no other start of the shard begins with
   */
  WatchedKeys(long first) {
    this.last = first;
  }

  /** The version of a key, until something touches it. */
  long look(String instance, Bytes key) {
    var name = new Name(instance, key);
    Long known = versions.get(name);
    if (known != null) {
      return known;
    }
    versions.put(name, ++last);
    bytes += name.weight();
    var oldest = versions.entrySet().iterator();
    while (versions.size() > MAX_KEYS || bytes > MAX_BYTES) {
      bytes -= oldest.next().getKey().weight();
      oldest.remove();
    }
    return last;
  }

  /** Effects of an instance were committed. */
  void touched(String instance, List<Effect> effects) {
    if (versions.isEmpty()) {
      return;
    }
    for (Effect effect : effects) {
      List<Bytes> keys = keysOf(effect);
      if (keys == null) {
        versions.replaceAll((name, version) -> name.instance().equals(instance) ? ++last : version);
      } else {
        for (Bytes key : keys) {
          versions.computeIfPresent(new Name(instance, key), (name, version) -> ++last);
        }
      }
    }
  }

  /** The journal has been read anew: nobody knows what was touched. */
  void forgetAll() {
    versions.clear();
    bytes = 0;
  }

  /**
   * Whether none of the keys was touched since, neither in what is committed nor in what is about
   * to be.
   *
   * @param uncommitted effects of the same instance, before the transaction
   */
  boolean areUntouched(
      String instance, List<KvOperation.Commands.Watched> keys, List<Effect> uncommitted) {
    for (KvOperation.Commands.Watched each : keys) {
      Long version = versions.get(new Name(instance, each.key()));
      if (version == null || version != each.version()) {
        return false;
      }
    }
    for (Effect effect : uncommitted) {
      List<Bytes> touched = keysOf(effect);
      for (KvOperation.Commands.Watched each : keys) {
        if (touched == null || touched.contains(each.key())) {
          return false;
        }
      }
    }
    return true;
  }

  /** The keys that an effect touches; null = all. */
  private static @Nullable List<Bytes> keysOf(Effect effect) {
    var keys = new ArrayList<Bytes>(2);
    return TouchedKeys.addTo(keys, effect) ? keys : null;
  }
}
