package io.leasehold.app.server;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.access.RateLimiter;
import io.leasehold.actors.access.account.ExternalGate;
import io.leasehold.actors.access.account.Overview;
import io.leasehold.actors.health.EveryNode;
import io.leasehold.actors.kv.KvClient;
import io.leasehold.actors.kv.KvService;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.config.Settings;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.RawArea;
import io.leasehold.http.kv.redis.DataPlane;
import io.leasehold.http.kv.redis.EventStreams;
import io.leasehold.http.kv.redis.GatewayMeter;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.CounterMetricFamily;
import io.prometheus.client.GaugeMetricFamily;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/**
 * The Redis gateway of a node: accounts, and what serves the commands of their instances. Starting
 * and stopping block; one thread does both.
 */
final class GatewaySetup implements AutoCloseable {
  private final Node node;
  private final KvService shards;
  private final AccountsSetup accounts;
  private final GatewayLimits limits;
  private final EmbeddedInstances instances;
  private final GatewayMeter meter;
  private final EventStreams streams;
  private volatile @Nullable RespPort resp;

  private GatewaySetup(Node node, KvService shards, AccountsSetup accounts, Parts parts) {
    this.node = node;
    this.shards = shards;
    this.accounts = accounts;
    this.limits = parts.limits();
    this.instances = parts.instances();
    var gateway = node.settings().gateway();
    this.meter = new GatewayMeter(node.settings().metrics().enabled()).register(node.registry());
    this.streams = streams();
    accounts.dropDeletedBy(
        node.actors(), id -> instances.drop(id, "deleted-instance", gateway.commandTimeout()));
  }

  /** What accounts and commands have in common. */
  record Parts(EmbeddedInstances instances, GatewayLimits limits) {}

  /**
   * Where it runs.
   *
   * @param dataDir where the secret of a node of its own stands
   * @param everyNode by which the nodes ask each other
   */
  record Node(
      ActorSystem<?> actors,
      Settings settings,
      Path dataDir,
      CollectorRegistry registry,
      Clock clock,
      EveryNode everyNode) {}

  /**
   * Starts it; null where its port is off.
   *
   * @param shards keep embedded instances, and tell their events
   * @param limiter keeps the buckets of keys and addresses
   */
  static @Nullable GatewaySetup startIfWanted(
      Node node, KvService shards, RateLimiter limiter, JournalMeter journals)
      throws StartException {
    var settings = node.settings();
    if (settings.http().port().isOff()) {
      return null;
    }
    CallerLimits.Buckets buckets = limiter::take;
    KvClient client = shards.client();
    var parts =
        new Parts(
            new EmbeddedInstances(client::commands, node.clock(), settings.gateway().maxResponse()),
            new GatewayLimits(buckets, settings.gateway().rateLimit().defaultRps()));
    node.registry().register(parts.limits().refusals());
    node.registry().register(new Buckets(limiter));
    return new GatewaySetup(node, shards, AccountsSetup.start(node, parts, journals), parts);
  }

  /** What there is in its tables. */
  Overview overview() {
    return accounts.overview();
  }

  private EventStreams streams() {
    var gateway = node.settings().gateway();
    var wanted = gateway.streams();
    return new EventStreams(
            new EventStreams.Setup(
                wanted.enabled(),
                wanted.maxPerKey(),
                wanted.maxPerNode(),
                wanted.heartbeat(),
                gateway.commandTimeout()),
            node.actors(),
            shards.instanceEvents(),
            accounts.keys(),
            accounts.instances(),
            accounts.denied(),
            node.clock())
        .register(node.registry());
  }

  List<ApiRoute> routes() {
    return accounts.routes();
  }

  /** What is served by its own rules, below {@code /redis}. */
  RawArea area() {
    var gateway = node.settings().gateway();
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
        accounts.keys(),
        accounts.instances(),
        instances,
        accounts.externals(),
        streams,
        limits,
        accounts.denied(),
        meter,
        node.clock());
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

  /** Those at the port of Redis; nobody while there is none. */
  static IntFunction<DoorClient.Page> clients(@Nullable GatewaySetup gateway) {
    return limit -> {
      RespPort port = gateway == null ? null : gateway.resp;
      return port == null ? DoorClient.Page.NONE : port.clients(limit);
    };
  }

  /** Opens the port that speaks the protocol of Redis, if it is wanted. */
  void openResp(Map<String, Integer> ports) throws StartException {
    resp = RespPort.openIfWanted(node, accounts, shards, instances, limits, meter::answered, ports);
  }

  /** From here on streams end, and nobody comes in at the port of Redis. */
  void drain() {
    streams.close();
    RespPort port = resp;
    if (port != null) {
      port.close();
      resp = null;
    }
  }

  @Override
  public void close() {
    drain();
    accounts.close();
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
