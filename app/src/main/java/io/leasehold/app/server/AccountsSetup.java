package io.leasehold.app.server;

import io.leasehold.actors.access.account.AccountService;
import io.leasehold.actors.access.account.AccountsDatabase;
import io.leasehold.actors.access.account.InstanceCheck;
import io.leasehold.actors.access.account.InstanceNodes;
import io.leasehold.actors.access.account.Overview;
import io.leasehold.actors.access.account.Users;
import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.kv.redis.external.ExternalInstances;
import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.app.Version;
import io.leasehold.config.Durability;
import io.leasehold.config.access.GatewaySettings;
import io.leasehold.config.value.Secret;
import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.EmbeddedDirectory;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.account.AccountRoutes;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the accounts of the gateway on a node, and stops them. What serves the commands of
 * instances finds keys and instances here. Starting and stopping block; one thread does both.
 */
final class AccountsSetup implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);

  private final AccountsDatabase database;
  private final AccountService accounts;
  private final ExternalSetup externals;
  private final List<ApiRoute> routes;

  private AccountsSetup(
      AccountsDatabase database,
      AccountService accounts,
      ExternalSetup externals,
      List<ApiRoute> routes) {
    this.database = database;
    this.accounts = accounts;
    this.externals = externals;
    this.routes = routes;
  }

  /** Starts them. */
  static AccountsSetup start(
      GatewaySetup.Node node, GatewaySetup.Parts parts, JournalMeter journals)
      throws StartException {
    var settings = node.settings();
    var clock = node.clock();
    var actors = node.actors();
    var wanted = settings.accounts();
    String secret =
        wanted.jwtSecret().isEmpty()
            ? SecretsFile.jwtSecret(node.dataDir(), new SecureRandom())
            : wanted.jwtSecret().reveal();
    var setup =
        new AccountService.Setup(
            secret,
            wanted.previousSecrets().stream().map(Secret::reveal).toList(),
            wanted.sessionTtl(),
            wanted.bcryptCost(),
            switch (wanted.registration()) {
              case OPEN -> Users.Registration.OPEN;
              case FIRST_USER_ONLY -> Users.Registration.FIRST_USER_ONLY;
              case CLOSED -> Users.Registration.CLOSED;
            },
            wanted.auditRetention());
    var externals = ExternalSetup.start(node);
    var database = JournalSetup.accounts(settings, journals.statements());
    try {
      boolean forgetful = settings.durability() == Durability.MEMORY;
      database.migrate(settings.database().migrate() || forgetful);
      var accounts =
          AccountService.start(
              actors,
              database,
              setup,
              externals.checks(check(parts.instances(), settings.gateway(), clock)),
              clock);
      externals.follow(accounts);
      node.registry().register(accounts.figures());
      var shown =
          new AccountRoutes.Setup(
              wanted.publicUrl(),
              settings.gateway().embedded().maxMemory(),
              InstanceNodes.all(node.everyNode(), externals.instances()::state),
              Version.text(),
              settings.http().isOnLoopback(),
              !forgetful);
      return new AccountsSetup(
          database,
          accounts,
          externals,
          new AccountRoutes(accounts, parts.limits(), shown, clock).routes());
    } catch (RuntimeException e) {
      externals.close();
      database.close();
      throw e;
    }
  }

  /** An embedded instance answers if its shard does, whose owner knows what it holds. */
  private static InstanceCheck check(
      EmbeddedInstances instances, GatewaySettings settings, Clock clock) {
    return id -> {
      long started = clock.nanos();
      return instances
          .memory(id, "instance-check", settings.commandTimeout())
          .thenApply(
              memory ->
                  new InstanceCheck.Found(
                      (clock.nanos() - started) / 1_000_000, memory.usedBytes(), memory.error()));
    };
  }

  List<ApiRoute> routes() {
    return routes;
  }

  /** What there is. */
  Overview overview() {
    return accounts.overview();
  }

  /** What keys open. */
  KeyDirectory keys() {
    return accounts.keyDirectory();
  }

  /** Removes what deleted instances held; see {@link AccountService#dropDeletedBy}. */
  void dropDeletedBy(ActorSystem<?> actors, Function<UUID, CompletionStage<Boolean>> drop) {
    accounts.dropDeletedBy(actors, drop);
  }

  /** Where commands are told of that were refused. */
  Denials denied() {
    return accounts.denied();
  }

  /** The connections to external instances. */
  ExternalInstances externals() {
    return externals.instances();
  }

  /** How external instances are. */
  HealthCheck health() {
    return externals.health(accounts);
  }

  /** What instances are. */
  InstanceDirectory instances() {
    return accounts.instanceDirectory();
  }

  /** Which embedded instances there are. */
  EmbeddedDirectory embedded() {
    return accounts.embeddedDirectory();
  }

  @Override
  public void close() {
    try {
      Patience.await(accounts.stop(), STOP_PATIENCE, "use of keys is not written");
    } catch (StartException e) {
      LOG.warn("stopping: {}", String.valueOf(e.getMessage()));
    }
    externals.close();
    database.close();
  }
}
