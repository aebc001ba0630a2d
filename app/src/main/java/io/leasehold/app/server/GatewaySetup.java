package io.leasehold.app.server;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.access.RateLimiter;
import io.leasehold.actors.access.account.ExternalGate;
import io.leasehold.actors.access.account.Overview;
import io.leasehold.actors.kv.KvClient;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.config.Settings;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.RawArea;
import io.leasehold.http.kv.redis.DataPlane;
import io.leasehold.http.kv.redis.GatewayMeter;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/**
 * The Redis gateway of a node: accounts, and what serves the commands of their instances. Starting
 * and stopping block; one thread does both.
 */
final class GatewaySetup implements AutoCloseable {
  private final AccountsSetup accounts;
  private final RawArea area;

  private GatewaySetup(AccountsSetup accounts, RawArea area) {
    this.accounts = accounts;
    this.area = area;
  }

  /** What accounts and commands have in common. */
  record Parts(EmbeddedInstances instances, GatewayLimits limits) {}

  /**
   * Where it runs.
   *
   * @param dataDir where the secret of a node of its own stands
   */
  record Node(
      ActorSystem<?> actors,
      Settings settings,
      Path dataDir,
      CollectorRegistry registry,
      Clock clock) {}

  /**
   * Starts it; null where its port is off.
   *
   * @param shards keep embedded instances
   * @param limiter keeps the buckets of keys and addresses
   */
  static @Nullable GatewaySetup startIfWanted(
      Node node, KvClient shards, RateLimiter limiter, JournalMeter journals)
      throws StartException {
    var settings = node.settings();
    if (settings.http().port().isOff()) {
      return null;
    }
    CallerLimits.Buckets buckets = limiter::take;
    var parts =
        new Parts(
            new EmbeddedInstances(shards::commands, node.clock(), settings.gateway().maxResponse()),
            new GatewayLimits(buckets, settings.gateway().rateLimit().defaultRps()));
    node.registry().register(parts.limits().refusals());
    node.registry().register(new Buckets(limiter));
    var accounts = AccountsSetup.start(node, parts, journals);
    return new GatewaySetup(accounts, area(node, accounts, parts));
  }

  /** What there is in its tables. */
  Overview overview() {
    return accounts.overview();
  }

  List<ApiRoute> routes() {
    return accounts.routes();
  }

  /** What is served by its own rules, below {@code /redis}. */
  RawArea area() {
    return area;
  }

  /**
   * How external instances are.
   *
   * @param gateway null = it is off
   */
  static HealthCheck health(@Nullable GatewaySetup gateway) {
    return gateway == null ? ExternalSetup.off() : gateway.accounts.health();
  }

  /** How this node stands with each of them. */
  static Supplier<Map<UUID, ExternalGate.State>> externals(@Nullable GatewaySetup gateway) {
    return gateway == null ? Map::of : gateway.accounts.externals()::states;
  }

  @Override
  public void close() {
    accounts.close();
  }

  private static RawArea area(Node node, AccountsSetup accounts, Parts parts) {
    var registry = node.registry();
    var clock = node.clock();
    var settings = node.settings();
    var gateway = settings.gateway();
    var instances = parts.instances();
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
    accounts.dropDeletedBy(
        node.actors(), id -> instances.drop(id, "deleted-instance", gateway.commandTimeout()));
    return new DataPlane(
        setup,
        accounts.keys(),
        accounts.instances(),
        instances,
        accounts.externals(),
        parts.limits(),
        accounts.denied(),
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
