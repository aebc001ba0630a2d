package io.leasehold.http.kv.redis;

import io.leasehold.actors.metrics.EventCounter;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The open event streams of a node, and how many there may be. Safe for any thread. */
final class StreamBook {
  private static final List<RequestForm> KINDS =
      List.of(RequestForm.SUBSCRIBE, RequestForm.PSUBSCRIBE, RequestForm.MONITOR);

  private final int maxPerKey;
  private final int maxPerNode;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger[] byKind = new AtomicInteger[KINDS.size()];
  private final Map<UUID, Integer> byKey = new ConcurrentHashMap<>();
  private final Map<Place, Runnable> entered = new ConcurrentHashMap<>();
  private final EventCounter dropped =
      new EventCounter(
          "gateway_streams_dropped", "Event streams whose readers were too far behind.");
  private volatile boolean closed;

  StreamBook(int maxPerKey, int maxPerNode) {
    this.maxPerKey = maxPerKey;
    this.maxPerNode = maxPerNode;
    for (int i = 0; i < byKind.length; i++) {
      byKind[i] = new AtomicInteger();
    }
  }

  /** Adds its families to a registry. */
  void register(CollectorRegistry registry) {
    registry.register(dropped);
    registry.register(new Active());
  }

  /** The place of one stream. */
  final class Place {
    private final int kind;
    final UUID key;
    final UUID instance;
    private final AtomicBoolean given = new AtomicBoolean();

    Place(int kind, UUID key, UUID instance) {
      this.kind = kind;
      this.key = key;
      this.instance = instance;
    }

    /** The stream has begun; {@code end} ends it, and may be called several times. */
    void enter(Runnable end) {
      entered.put(this, end);
      if (given.get()) {
        entered.remove(this);
      } else if (closed) {
        end.run();
      }
    }

    /** Gives the place back, once. */
    void leave() {
      if (given.compareAndSet(false, true)) {
        entered.remove(this);
        byKind[kind].decrementAndGet();
        byKey.computeIfPresent(key, (id, count) -> count == 1 ? null : count - 1);
        open.decrementAndGet();
      }
    }
  }

  /** Takes a place; null if there is none. */
  @Nullable Place reserve(RequestForm form, UUID key, UUID instance) {
    if (open.incrementAndGet() > maxPerNode) {
      open.decrementAndGet();
      return null;
    }
    int ofKey = byKey.merge(key, 1, Integer::sum);
    int kind = KINDS.indexOf(form);
    byKind[kind].incrementAndGet();
    var place = new Place(kind, key, instance);
    if (ofKey > maxPerKey) {
      place.leave();
      return null;
    }
    return place;
  }

  /** A reader was too far behind. */
  void dropped() {
    dropped.count();
  }

  /** The streams that are open now, of which this holds. */
  List<Place> which(Predicate<Place> wanted) {
    return entered.keySet().stream().filter(wanted).toList();
  }

  /** Ends a stream. */
  void end(Place place) {
    Runnable end = entered.get(place);
    if (end != null) {
      end.run();
    }
  }

  /** Ends all of them, and those that are about to begin. */
  void close() {
    closed = true;
    entered.values().forEach(Runnable::run);
  }

  private final class Active extends Collector {
    @Override
    public List<MetricFamilySamples> collect() {
      var family =
          new GaugeMetricFamily(
              "gateway_streams_active", "Event streams that are open.", List.of("kind"));
      for (int i = 0; i < KINDS.size(); i++) {
        family.addMetric(List.of(KINDS.get(i).name().toLowerCase(Locale.ROOT)), byKind[i].get());
      }
      return List.of(family);
    }
  }
}
