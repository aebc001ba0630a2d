package io.leasehold.app.server;

import io.leasehold.actors.access.account.AccountService;
import io.leasehold.actors.access.account.InstanceCheck;
import io.leasehold.actors.access.account.PasswordSeal;
import io.leasehold.actors.kv.redis.external.ExternalInstances;
import io.leasehold.actors.kv.redis.external.InstanceMonitor;
import io.leasehold.actors.kv.redis.external.Networks;
import io.leasehold.config.value.Secret;
import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.CheckResult.Detail;
import io.leasehold.domain.health.HealthCheck;
import java.security.SecureRandom;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * External instances of a node: what seals their passwords, what connects to them, and how they
 * are. Starting and stopping block; one thread does both.
 */
final class ExternalSetup implements AutoCloseable {
  private final GatewaySetup.Node node;
  private final PasswordSeal seal;
  private final ExternalInstances instances;

  private ExternalSetup(GatewaySetup.Node node, PasswordSeal seal, ExternalInstances instances) {
    this.node = node;
    this.seal = seal;
    this.instances = instances;
  }

  static ExternalSetup start(GatewaySetup.Node node) throws StartException {
    var gateway = node.settings().gateway();
    var wanted = gateway.external();
    var seal = new PasswordSeal(keys(node), new SecureRandom());
    var networks =
        new Networks(
            wanted.allowNetworks(), wanted.denyNetworks(), node.settings().http().isOnLoopback());
    var setup =
        new ExternalInstances.Setup(
            networks,
            wanted.maxRetryAttempts(),
            wanted.retryDelay(),
            wanted.connections(),
            gateway.commandTimeout(),
            gateway.batchTimeout(),
            gateway.maxResponse());
    var instances =
        new ExternalInstances(node.actors(), setup, seal, new Random()::nextDouble, node.clock());
    node.registry().register(instances.figures());
    return new ExternalSetup(node, seal, instances);
  }

  /**
   * A key that a node made for itself opens nothing on others, so only a node of its own makes one.
   */
  private static List<String> keys(GatewaySetup.Node node) throws StartException {
    var given = node.settings().gateway().external().encryptionKeys();
    boolean alone = !node.settings().cluster().isShared() && node.settings().http().isOnLoopback();
    return given.isEmpty() && alone
        ? List.of(SecretsFile.encryptionKey(node.dataDir(), new SecureRandom()))
        : given.stream().map(Secret::reveal).toList();
  }

  ExternalInstances instances() {
    return instances;
  }

  AccountService.Checks checks(InstanceCheck embedded) {
    return new AccountService.Checks(embedded, instances, seal);
  }

  /** From now on changes of instances are followed, and all are checked regularly. */
  void follow(AccountService accounts) {
    var directory = accounts.instanceDirectory();
    directory.onChange(id -> directory.find(id).thenAccept(found -> instances.settle(id, found)));
    InstanceMonitor.start(
        node.actors(),
        accounts.externals()::check,
        node.settings().gateway().external().healthCheckInterval());
  }

  private static HealthCheck check(Supplier<CheckResult> look) {
    return new HealthCheck(
        "redis_pool", false, false, () -> CompletableFuture.completedFuture(look.get()));
  }

  /** Of a node without a gateway. */
  static HealthCheck off() {
    return check(CheckResult::disabled);
  }

  /** The component {@code redis_pool}: a user's Redis must not take the node out. */
  HealthCheck health(AccountService accounts) {
    return check(
        () -> {
          var all = accounts.external();
          int connections = instances.connections();
          long failed = Math.max(all.failed(), instances.circuitsOpen());
          Detail[] details = {
            Detail.of("connections", connections),
            Detail.of("instances", all.instances()),
            Detail.of("failed", failed)
          };
          return failed > 0
              ? CheckResult.degraded(
                  failed + " of " + all.instances() + " external instances do not answer", details)
              : CheckResult.healthy(connections + " active connections", details);
        });
  }

  @Override
  public void close() {
    instances.close();
  }
}
