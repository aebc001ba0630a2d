package io.leasehold.app.server;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.access.RateLimiter;
import io.leasehold.actors.kv.KvClient;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.config.Settings;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.RawArea;
import io.leasehold.http.kv.redis.DataPlane;
import io.leasehold.http.kv.redis.GatewayMeter;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.util.List;
import java.util.UUID;

/** Sets the data plane of the Redis gateway up. */
public final class GatewaySetup {
  private GatewaySetup() {}

  /** Who says what keys open, and what instances are. */
  public record Directories(KeyDirectory keys, InstanceDirectory instances) {}

  /**
   * The data plane of a node.
   *
   * @param limiter keeps the buckets of keys and addresses
   */
  static RawArea area(
      Settings settings,
      Directories directories,
      KvClient shards,
      RateLimiter limiter,
      CollectorRegistry registry,
      Clock clock) {
    var gateway = settings.gateway();
    CallerLimits.Buckets buckets = limiter::take;
    var limits = new GatewayLimits(buckets, gateway.rateLimit().defaultRps());
    registry.register(limits.refusals());
    registry.register(new Buckets(limiter));
    var setup =
        new DataPlane.Setup(
            UUID.randomUUID().toString().substring(0, 8),
            gateway.commandTimeout(),
            gateway.batchTimeout(),
            gateway.maxBody(),
            gateway.maxUri(),
            gateway.maxResponse(),
            gateway.maxCommands(),
            gateway.embedded().maxCommand());
    return new DataPlane(
        setup,
        directories.keys(),
        directories.instances(),
        new EmbeddedInstances(shards::commands, clock, gateway.maxResponse()),
        limits,
        new GatewayMeter(settings.metrics().enabled()).register(registry),
        clock);
  }

  /** What the limiter keeps. */
  private static final class Buckets extends Collector {
    private final RateLimiter limiter;

    Buckets(RateLimiter limiter) {
      this.limiter = limiter;
    }

    @Override
    public List<MetricFamilySamples> collect() {
      return List.of(
          new GaugeMetricFamily(
              "gateway_rate_limit_buckets", "Buckets that this node keeps.", limiter.buckets()),
          new CounterMetricFamily(
              "gateway_rate_limit_fallbacks",
              "Decisions made without the owner of the bucket.",
              limiter.fallbacks()));
    }
  }
}
