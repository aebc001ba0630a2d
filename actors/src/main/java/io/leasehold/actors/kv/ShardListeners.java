package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.redis.Glob;
import io.leasehold.domain.kv.redis.RedisGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The nodes that listen to the instances of a shard: each is told once of what any of its streams
 * wants, and gives it out itself. Nobody is waited for; what a node is told may be lost on its way.
 * Confined to the actor of the shard.
 */
final class ShardListeners {
  /** Accounted bytes of a message; above it is the frame limit of 2 MiB. */
  static final long PART_BYTES = 1L << 20;

  /** A node says every few seconds what it wants; one that does not has gone. */
  static final long PATIENCE_NANOS = 15_000_000_000L;

  private static final int MICROS = 1_000;

  /** A node, as it was heard last. */
  private static final class Node {
    EventTraffic.Listen wants;
    Map<Bytes, Integer> channels = Map.of();
    long heardNanos;

    Node(EventTraffic.Listen wants, long nowNanos) {
      this.wants = wants;
      hear(wants, nowNanos);
    }

    void hear(EventTraffic.Listen said, long nowNanos) {
      heardNanos = nowNanos;
      wants = said;
      channels = new HashMap<>();
      said.channels().forEach(each -> channels.put(each.name(), each.streams()));
    }

    /** How many of its streams hear a channel. */
    int hearing(Bytes channel) {
      int streams = channels.getOrDefault(channel, 0);
      for (EventTraffic.Wanted pattern : wants.patterns()) {
        streams += Glob.matches(pattern.name(), channel) ? pattern.streams() : 0;
      }
      return streams;
    }
  }

  private final ShardAccess shard;
  private final Map<String, Map<ActorRef<PartAnswer>, Node>> byInstance = new TreeMap<>();

  ShardListeners(ShardAccess shard) {
    this.shard = shard;
  }

  void take(EventTraffic.Listen said) {
    var nodes = byInstance.computeIfAbsent(said.instance(), none -> new HashMap<>());
    Node known = nodes.get(said.replyTo());
    if (known == null || known.wants.version() <= said.version()) {
      if (said.isEmpty()) {
        nodes.remove(said.replyTo());
      } else if (known == null) {
        nodes.put(said.replyTo(), new Node(said, now()));
      } else {
        known.hear(said, now());
      }
    }
    if (nodes.isEmpty()) {
      byInstance.remove(said.instance());
    }
    said.replyTo()
        .tell(new EventTraffic.Listening(said.instance(), said.version(), shard.actor().getSelf()));
  }

  private long now() {
    return shard.node().clock().nanos();
  }

  /** How many streams, on all nodes, hear a channel of an instance. */
  int hearing(String instance, Bytes channel) {
    int streams = 0;
    for (Node each : byInstance.getOrDefault(instance, Map.of()).values()) {
      streams += each.hearing(channel);
    }
    return streams;
  }

  /** These were published, and the group that published them is committed. */
  void published(String instance, List<RedisGroup.Published> all) {
    byInstance
        .getOrDefault(instance, Map.of())
        .forEach(
            (ref, node) -> {
              var items = new ArrayList<EventTraffic.Item>();
              for (RedisGroup.Published each : all) {
                if (node.hearing(each.channel()) > 0) {
                  items.add(new EventTraffic.Said(each.channel(), each.message()));
                }
              }
              tell(ref, instance, items);
            });
  }

  /** Whether anybody wants to know what is run in an instance. */
  boolean isMonitored(String instance) {
    for (Node each : byInstance.getOrDefault(instance, Map.of()).values()) {
      if (each.wants.monitors() > 0) {
        return true;
      }
    }
    return false;
  }

  /** These commands were run, and what they did is committed. */
  void ran(KvOperation.Commands operation, List<List<Bytes>> commands) {
    long micros = shard.node().clock().wallMillis() * MICROS;
    var items = new ArrayList<EventTraffic.Item>();
    for (List<Bytes> command : commands) {
      items.add(new EventTraffic.Ran(micros, operation.client(), command));
    }
    byInstance
        .getOrDefault(operation.instance(), Map.of())
        .forEach(
            (ref, node) -> {
              if (node.wants.monitors() > 0) {
                tell(ref, operation.instance(), items);
              }
            });
  }

  private static void tell(
      ActorRef<PartAnswer> node, String instance, List<EventTraffic.Item> items) {
    var part = new ArrayList<EventTraffic.Item>();
    long bytes = 0;
    for (EventTraffic.Item item : items) {
      if (!part.isEmpty() && bytes + item.weight() > PART_BYTES) {
        node.tell(new EventTraffic.Told(instance, part));
        part.clear();
        bytes = 0;
      }
      part.add(item);
      bytes += item.weight();
    }
    if (!part.isEmpty()) {
      node.tell(new EventTraffic.Told(instance, part));
    }
  }

  /** Forgets the nodes that have said nothing for long. */
  void sweep() {
    long now = now();
    for (Iterator<Map<ActorRef<PartAnswer>, Node>> i = byInstance.values().iterator();
        i.hasNext(); ) {
      var nodes = i.next();
      nodes.values().removeIf(each -> now - each.heardNanos > PATIENCE_NANOS);
      if (nodes.isEmpty()) {
        i.remove();
      }
    }
  }

  /** Nobody is told anything from here on. */
  void end() {
    byInstance.forEach(
        (instance, nodes) ->
            nodes.keySet().forEach(node -> node.tell(new EventTraffic.Lost(instance))));
    byInstance.clear();
  }
}
