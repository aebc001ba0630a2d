package io.leasehold.actors.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.leasehold.domain.time.Clock;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.prometheus.client.Histogram;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rates are taken over ten seconds, and a quarter of an hour is kept. */
class NodeFiguresTest {
  private static final class HandClock implements Clock {
    long millis;

    @Override
    public long nanos() {
      return millis * 1_000_000;
    }

    @Override
    public long wallMillis() {
      return 1_700_000_000_000L + millis;
    }
  }

  private final HandClock clock = new HandClock();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final Counter requests =
      Counter.build("ttl_semlock_requests", "help")
          .labelNames("action", "status")
          .register(registry);
  private final Histogram times =
      Histogram.build("ttl_semlock_request_duration_seconds", "help")
          .buckets(0.01, 0.1)
          .register(registry);
  private final Gauge locks = Gauge.build("ttl_semlock_active_locks", "help").register(registry);
  private final NodeFigures figures = new NodeFigures(registry, Duration.ofSeconds(2), clock);

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i += 2) {
      clock.millis += 2_000;
      figures.read();
    }
  }

  @Test
  void ratesAreOfTheLastTenSeconds() {
    figures.read();
    requests.labels("acquire", "success").inc(90);
    requests.labels("acquire", "error").inc(10);
    times.observe(0.05);
    locks.set(3);
    pass(10);

    assertThat(figures.rates().locksPerSecond()).isEqualTo(10);
    assertThat(figures.rates().lockTimes().p95Millis()).isCloseTo(95.5, within(0.01));
    assertThat(figures.rates().telemetryRuns()).isFalse();
    var last = figures.charts().points().get(5);
    assertThat(last.requestsPerSecond()).isEqualTo(10);
    assertThat(last.errorPercent()).isEqualTo(10);
    assertThat(last.activeLocks()).isEqualTo(3);
    assertThat(last.telemetryPerSecond()).isNaN();
    assertThat(last.wallMillis()).isEqualTo(1_700_000_010_000L);

    pass(12);

    assertThat(figures.rates().locksPerSecond()).isZero();
    assertThat(figures.rates().lockTimes().p95Millis()).isNaN();
  }

  @Test
  void refusalsOfTheGatewayAreToldByReason() {
    var answers =
        Counter.build("http_requests_total", "help")
            .labelNames("method", "path", "status")
            .register(registry);
    var streams =
        Gauge.build("gateway_streams_active", "help").labelNames("kind").register(registry);
    figures.read();
    answers.labels("POST", "/redis/{id}", "200").inc(50);
    answers.labels("POST", "/redis/{id}", "429").inc(20);
    answers.labels("GET", "/redis/{id}/{command}", "429").inc(10);
    answers.labels("GET", "/redis/{id}/{command}", "418").inc(10);
    answers.labels("GET", "/api/v1/kv/{key}", "404").inc(1_000);
    streams.labels("subscribe").set(2);
    streams.labels("monitor").set(1);
    pass(10);

    var gateway = figures.rates().gateway();
    assertThat(gateway.requests()).isEqualTo(9);
    assertThat(gateway.refused()).isEqualTo(Map.of("rate_limit", 3.0, "other", 1.0));
    assertThat(gateway.streams()).isEqualTo(3);
    var both = gateway.plus(new GatewayFigures(1, 0, Map.of("other", 2.0), Buckets.EMPTY, 1));
    assertThat(both.requests()).isEqualTo(10);
    assertThat(both.refused()).isEqualTo(Map.of("rate_limit", 3.0, "other", 3.0));
  }

  @Test
  void aQuarterOfAnHourIsKept() {
    pass(3_600);

    var points = figures.charts().points();
    assertThat(points).hasSize(450);
    assertThat(points.get(449).wallMillis() - points.get(0).wallMillis()).isEqualTo(898_000);
    assertThat(figures.charts().intervalMillis()).isEqualTo(2_000);
  }

  @Test
  void nothingReadIsNothingShown() {
    assertThat(figures.rates().locksPerSecond()).isZero();
    assertThat(figures.charts().points()).isEmpty();
  }
}
