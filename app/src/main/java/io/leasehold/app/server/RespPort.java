package io.leasehold.app.server;

import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.kv.KvService;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.config.Durability;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.kv.redis.RedisLimits;
import io.leasehold.streams.kv.redis.RespDoor;
import io.leasehold.streams.kv.redis.RespServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The port that speaks the protocol of Redis: opened, drained, closed. One thread. */
final class RespPort implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");

  private final RespServer server;
  private final Duration drainTimeout;

  private RespPort(RespServer server, Duration drainTimeout) {
    this.server = server;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Opens the port; null if it is off.
   *
   * @param limits of keys and addresses
   * @param meter counts commands
   */
  static @Nullable RespPort openIfWanted(
      GatewaySetup.Node node,
      AccountsSetup accounts,
      KvService shards,
      EmbeddedInstances instances,
      GatewayLimits limits,
      RespDoor.Meter meter,
      Map<String, Integer> ports)
      throws StartException {
    var settings = node.settings();
    var port = settings.resp().port();
    if (port.isOff()) {
      return null;
    }
    var gateway = settings.gateway();
    var embedded = gateway.embedded();
    var rules =
        new RespDoor.Rules(
            embedded.maxCommand(),
            gateway.maxCommands(),
            new RedisLimits(
                embedded.maxKey(),
                embedded.maxValue(),
                embedded.maxCommand(),
                gateway.maxResponse(),
                embedded.maxMemory()),
            gateway.commandTimeout(),
            gateway.batchTimeout(),
            settings.durability() == Durability.DURABLE);
    var door =
        new RespDoor(
            rules,
            instances,
            shards.keyVersions(),
            shards.instanceEvents(),
            accounts.keys(),
            accounts.instances(),
            accounts.embedded(),
            limits,
            accounts.denied(),
            meter,
            node.clock());
    String host = settings.http().host();
    var server =
        new RespServer(node.actors(), host, port.bindNumber(), door).register(node.registry());
    InetSocketAddress bound =
        Patience.await(server.bind(), "resp.port = " + port + ": cannot be bound");
    ports.put("resp", bound.getPort());
    LOG.info("redis protocol on {}:{}", host, bound.getPort());
    return new RespPort(server, settings.lock().drainTimeout());
  }

  /** At most so many of those that are connected, the oldest first. */
  DoorClient.Page clients(int limit) {
    return server.clients(limit);
  }

  @Override
  public void close() {
    try {
      Patience.await(server.unbind(), drainTimeout, "the RESP port is open");
      Patience.await(server.drain(), drainTimeout, "connections are open");
    } catch (StartException e) {
      LOG.warn("stopping: {}: they are cut off", String.valueOf(e.getMessage()));
    }
  }
}
