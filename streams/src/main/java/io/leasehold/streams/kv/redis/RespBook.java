package io.leasehold.streams.kv.redis;

import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.domain.access.DoorClient;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;

/** The open connections of the port, and how many there may be. Safe for any thread. */
final class RespBook {
  private final int max;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong lastId = new AtomicLong();
  private final Map<Long, RespPeer> peers = new ConcurrentSkipListMap<>();
  private final EventCounter refused =
      new EventCounter("gateway_resp_refused", "Connections that found no place.");
  private final EventCounter broken =
      new EventCounter(
          "gateway_resp_protocol_errors", "Connections closed for what could not be read.");
  private final EventCounter dropped =
      new EventCounter(
          "gateway_resp_dropped", "Connections closed as they did not read what they are told.");
  private final CompletableFuture<Done> emptied = new CompletableFuture<>();
  private volatile boolean draining;

  RespBook(int max) {
    this.max = max;
  }

  /** Adds its families to a registry. */
  void register(CollectorRegistry registry) {
    List.of(refused, broken, dropped).forEach(registry::register);
    registry.register(new Open());
  }

  /** Takes a place; false = there is none. */
  boolean tryEnter() {
    if (open.incrementAndGet() > max || draining) {
      open.decrementAndGet();
      refused.count();
      return false;
    }
    return true;
  }

  long nextId() {
    return lastId.incrementAndGet();
  }

  /** A connection that has its place begins. */
  void enter(RespPeer peer) {
    peers.put(peer.id(), peer);
    if (draining) {
      peer.drain();
    }
  }

  /** Gives its place back. */
  void leave(RespPeer peer) {
    if (peers.remove(peer.id()) != null && open.decrementAndGet() == 0 && draining) {
      emptied.complete(Done.getInstance());
    }
  }

  void broken() {
    broken.count();
  }

  void dropped() {
    dropped.count();
  }

  int open() {
    return open.get();
  }

  /** At most so many, the oldest first. */
  DoorClient.Page clients(int limit, long nowNanos) {
    return new DoorClient.Page(
        peers.values().stream().limit(limit).map(each -> each.view(nowNanos)).toList(),
        peers.size());
  }

  /** Those at an instance, by their age. */
  List<RespPeer> at(UUID instance) {
    return peers.values().stream().filter(each -> each.isOf(instance)).toList();
  }

  /** A key or an instance was changed. */
  void changed(UUID keyOrInstance) {
    for (RespPeer each : peers.values()) {
      if (each.isOf(keyOrInstance)) {
        each.recheck();
      }
    }
  }

  /** Nobody comes in any more, and everybody goes when it has been answered. */
  CompletionStage<Done> drain() {
    draining = true;
    peers.values().forEach(RespPeer::drain);
    if (open.get() == 0) {
      emptied.complete(Done.getInstance());
    }
    return emptied;
  }

  private final class Open extends Collector {
    @Override
    public List<MetricFamilySamples> collect() {
      return List.of(
          new GaugeMetricFamily(
              "gateway_resp_connections", "Open connections of the RESP port.", open.get()));
    }
  }
}
