package io.leasehold.actors.kv;

import io.leasehold.actors.kv.redis.InstanceEvents.Event;
import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Listener;
import io.leasehold.actors.kv.redis.InstanceEvents.Message;
import io.leasehold.actors.kv.redis.InstanceEvents.PatternMessage;
import io.leasehold.actors.kv.redis.InstanceEvents.Ran;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Glob;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The streams of one node that listen to one instance: tells the shard what they want together, and
 * gives out what the shard tells. Confined to the hub.
 */
final class EventFeed {
  /** Names of channels and patterns with what goes with them: a frame between nodes has 2 MiB. */
  static final long MAX_NAME_BYTES = 1L << 20;

  /** The shard forgets whoever says nothing for three times as long. */
  static final long RENEW_NANOS = 5_000_000_000L;

  /** What is not confirmed by then is said again. */
  static final long REPEAT_NANOS = 1_000_000_000L;

  private static final long NAME_BYTES = 32;

  /** Takes what is wanted to the shard. */
  interface Way {
    void listen(
        long version,
        List<EventTraffic.Wanted> channels,
        List<EventTraffic.Wanted> patterns,
        int monitors);
  }

  /** Something that the shard has to confirm. */
  private record Waiting(long version, long deadlineNanos, Listener ear, Runnable confirmed) {}

  private final Way way;
  private final LongSupplier versions;
  private final IdentityHashMap<Listener, Interest> ears = new IdentityHashMap<>();
  private final Map<Bytes, Set<Listener>> byChannel = new HashMap<>();
  private final Map<Bytes, Set<Listener>> byPattern = new HashMap<>();
  private final Set<Listener> monitors = newSet();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long nameBytes;
  private long version;
  private long sentVersion;
  private long sentNanos;
  private boolean unconfirmed;

  /**
   * @param versions each higher than the one before, also of those of earlier feeds
   */
  EventFeed(Way way, LongSupplier versions) {
    this.way = way;
    this.versions = versions;
  }

  private static Set<Listener> newSet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  boolean isEmpty() {
    return ears.isEmpty();
  }

  boolean has(Listener ear) {
    return ears.containsKey(ear);
  }

  long nameBytes() {
    return nameBytes;
  }

  /**
   * A stream listens for this from now on, and for nothing else.
   *
   * @param maxBytes that names may take, of all streams of the instance
   * @param confirmed called when the shard knows
   * @return false: there is no room for the names; the stream has left
   */
  boolean put(
      Listener ear,
      Interest interest,
      long maxBytes,
      long deadlineNanos,
      long nowNanos,
      Runnable confirmed) {
    Interest before = ears.put(ear, interest);
    if (before != null) {
      forget(ear, before, interest);
    }
    interest.channels().forEach(name -> add(byChannel, name, ear));
    interest.patterns().forEach(name -> add(byPattern, name, ear));
    if (interest.monitor()) {
      monitors.add(ear);
    }
    version = versions.getAsLong();
    if (nameBytes > maxBytes) {
      leave(ear, nowNanos);
      return false;
    }
    waiting.add(new Waiting(version, deadlineNanos, ear, confirmed));
    send(nowNanos);
    return true;
  }

  private void add(Map<Bytes, Set<Listener>> byName, Bytes name, Listener ear) {
    byName
        .computeIfAbsent(
            name,
            fresh -> {
              nameBytes += NAME_BYTES + fresh.size();
              return newSet();
            })
        .add(ear);
  }

  /** Takes a stream out of what it wanted, except for what it wants still. */
  private void forget(Listener ear, Interest before, Interest next) {
    remove(byChannel, before.channels(), next.channels(), ear);
    remove(byPattern, before.patterns(), next.patterns(), ear);
    if (!next.monitor()) {
      monitors.remove(ear);
    }
  }

  private void remove(
      Map<Bytes, Set<Listener>> byName, Set<Bytes> names, Set<Bytes> kept, Listener ear) {
    for (Bytes name : names) {
      Set<Listener> of = kept.contains(name) ? null : byName.get(name);
      if (of != null && of.remove(ear) && of.isEmpty()) {
        byName.remove(name);
        nameBytes -= NAME_BYTES + name.size();
      }
    }
  }

  /** A stream is over. */
  void leave(Listener ear, long nowNanos) {
    Interest before = ears.remove(ear);
    if (before == null) {
      return;
    }
    forget(ear, before, Interest.NONE);
    waiting.removeIf(each -> each.ear() == ear);
    version = versions.getAsLong();
    if (ears.isEmpty()) {
      unconfirmed = false; // nobody waits for the answer to the last word
    }
    send(nowNanos);
  }

  /** One word is under way at a time: what changes meanwhile goes with the next. */
  private void send(long nowNanos) {
    if (!unconfirmed) {
      say(nowNanos);
    }
  }

  private void say(long nowNanos) {
    unconfirmed = true;
    sentVersion = version;
    sentNanos = nowNanos;
    way.listen(sentVersion, wanted(byChannel), wanted(byPattern), monitors.size());
  }

  private static List<EventTraffic.Wanted> wanted(Map<Bytes, Set<Listener>> byName) {
    var wanted = new ArrayList<EventTraffic.Wanted>(byName.size());
    byName.forEach((name, ears) -> wanted.add(new EventTraffic.Wanted(name, ears.size())));
    return wanted;
  }

  /** The shard knows what was wanted then. */
  void confirmed(long confirmedVersion, long nowNanos) {
    if (confirmedVersion >= sentVersion) {
      unconfirmed = false;
    }
    for (Waiting first = waiting.peek();
        first != null && first.version() <= confirmedVersion;
        first = waiting.peek()) {
      waiting.remove();
      first.confirmed().run();
    }
    if (version > sentVersion) {
      send(nowNanos);
    }
  }

  /** The shard has forgotten what it was told. */
  void lost(long nowNanos) {
    say(nowNanos);
  }

  /**
   * Called twice a second.
   *
   * @return streams that were not confirmed in time, and have left
   */
  List<Listener> tick(long nowNanos) {
    Set<Listener> late = newSet(); // several words of a stream may be late
    for (Waiting each : waiting) {
      if (nowNanos - each.deadlineNanos() >= 0) {
        late.add(each.ear());
      }
    }
    late.forEach(ear -> leave(ear, nowNanos));
    if (!ears.isEmpty() && nowNanos - sentNanos >= (unconfirmed ? REPEAT_NANOS : RENEW_NANOS)) {
      say(nowNanos);
    }
    return List.copyOf(late);
  }

  /** Gives out what has happened. */
  void give(EventTraffic.Item item) {
    if (item instanceof EventTraffic.Said said) {
      Set<Listener> hearing = byChannel.get(said.channel());
      if (hearing != null) {
        giveTo(hearing, new Message(said.channel(), said.text()));
      }
      byPattern.forEach(
          (pattern, ears) -> {
            if (Glob.matches(pattern, said.channel())) {
              giveTo(ears, new PatternMessage(pattern, said.channel(), said.text()));
            }
          });
    } else if (item instanceof EventTraffic.Ran ran) {
      giveTo(monitors, new Ran(ran.micros(), ran.client(), ran.command()));
    }
  }

  private static void giveTo(Set<Listener> ears, Event event) {
    ears.forEach(ear -> ear.heard(event));
  }

  /** Everybody who listens, in no order. */
  List<Listener> ears() {
    return List.copyOf(ears.keySet());
  }
}
