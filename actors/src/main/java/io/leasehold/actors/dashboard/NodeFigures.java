package io.leasehold.actors.dashboard;

import io.leasehold.actors.dashboard.Reading.Figure;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the registry of its node at every interval: rates are taken over some ten seconds, and a
 * quarter of an hour is kept for charts, 1,800 points of 64 bytes at most. Safe for any thread.
 */
public final class NodeFigures {
  private static final Logger LOG = LoggerFactory.getLogger(NodeFigures.class);
  private static final Duration RATE_WINDOW = Duration.ofSeconds(10);
  private static final Duration KEPT = Duration.ofMinutes(15);

  /**
   * Rates over some ten seconds.
   *
   * @param lockTimes of that time, as {@code kvTimes}
   * @param watchers of the store on this node
   * @param gateway all zero where an older node does not tell
   * @param telemetryRuns whether there are figures of the telemetry at all
   */
  public record Rates(
      double locksPerSecond,
      double kvPerSecond,
      double receivedPerSecond,
      double deliveredPerSecond,
      double droppedPerSecond,
      double commandsPerSecond,
      double watchers,
      Buckets lockTimes,
      Buckets kvTimes,
      boolean telemetryRuns,
      boolean gatewayRuns,
      GatewayFigures gateway) {
    public Rates {
      // what an older node tells has none
      gateway = gateway == null ? GatewayFigures.NONE : gateway;
    }
  }

  private final CollectorRegistry registry;
  private final Clock clock;
  private final long intervalMillis;
  private final int maxPoints;
  private final int maxReadings;
  private final ArrayDeque<Reading> readings = new ArrayDeque<>();
  private final ArrayDeque<Charts.Point> points = new ArrayDeque<>();

  /** Nothing is read until {@link #start}. */
  public NodeFigures(CollectorRegistry registry, Duration interval, Clock clock) {
    this.registry = registry;
    this.clock = clock;
    this.intervalMillis = interval.toMillis();
    this.maxPoints = (int) Math.max(2, KEPT.toMillis() / intervalMillis);
    this.maxReadings = (int) (RATE_WINDOW.toMillis() / intervalMillis) + 2;
  }

  /** Reads now and at every interval until it is cancelled. */
  public Cancellable start(ActorSystem<?> system) {
    return system
        .scheduler()
        .scheduleWithFixedDelay(
            Duration.ZERO,
            Duration.ofMillis(intervalMillis),
            this::read,
            system.executionContext());
  }

  void read() {
    try {
      add(Reading.of(registry, clock.nanos()));
    } catch (RuntimeException e) {
      LOG.warn("the figures of the dashboard could not be read", e); // the next time they may
    }
  }

  private synchronized void add(Reading reading) {
    readings.addLast(reading);
    while (readings.size() > maxReadings) {
      readings.removeFirst();
    }
    Reading before = readings.getFirst();
    double requests =
        reading.rise(Figure.LOCK_REQUESTS, before) + reading.rise(Figure.HTTP_REQUESTS, before);
    double errors =
        reading.rise(Figure.LOCK_ERRORS, before) + reading.rise(Figure.HTTP_ERRORS, before);
    Buckets times =
        reading
            .lockTimes()
            .since(before.lockTimes())
            .plus(reading.httpTimes().since(before.httpTimes()));
    Runtime runtime = Runtime.getRuntime();
    points.addLast(
        new Charts.Point(
            clock.wallMillis(),
            reading.perSecond(Figure.LOCK_REQUESTS, before)
                + reading.perSecond(Figure.HTTP_REQUESTS, before),
            times.p95Millis(),
            requests == 0 ? 0 : 100 * errors / requests,
            reading.value(Figure.STORAGE_BYTES),
            reading.value(Figure.ACTIVE_LOCKS),
            reading.has(Figure.RECEIVED) ? reading.perSecond(Figure.RECEIVED, before) : Double.NaN,
            (runtime.totalMemory() - runtime.freeMemory()) / (double) (1 << 20)));
    while (points.size() > maxPoints) {
      points.removeFirst();
    }
  }

  /** What was kept. */
  public synchronized Charts charts() {
    return new Charts(intervalMillis, List.copyOf(points));
  }

  /** As of the last reading. */
  synchronized Rates rates() {
    if (readings.isEmpty()) {
      return new Rates(
          0, 0, 0, 0, 0, 0, 0, Buckets.EMPTY, Buckets.EMPTY, false, false, GatewayFigures.NONE);
    }
    Reading now = readings.getLast();
    Reading before = readings.getFirst();
    return new Rates(
        now.perSecond(Figure.LOCK_REQUESTS, before),
        now.perSecond(Figure.KV_OPERATIONS, before),
        now.perSecond(Figure.RECEIVED, before),
        now.perSecond(Figure.DELIVERED, before),
        now.perSecond(Figure.DROPPED, before),
        now.perSecond(Figure.COMMANDS, before),
        now.value(Figure.WATCHERS),
        now.lockTimes().since(before.lockTimes()),
        now.kvTimes().since(before.kvTimes()),
        now.has(Figure.RECEIVED),
        now.has(Figure.COMMANDS),
        now.gateway(before));
  }
}
