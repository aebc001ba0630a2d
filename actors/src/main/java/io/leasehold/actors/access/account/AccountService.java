package io.leasehold.actors.access.account;

import io.leasehold.domain.access.EmbeddedDirectory;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.pubsub.Topic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All there is to accounts on one node. Safe for any thread. */
public final class AccountService {
  private static final Logger LOG = LoggerFactory.getLogger(AccountService.class);
  private static final Duration UPKEEP_EVERY = Duration.ofMinutes(10);
  private static final String TOPIC = "leasehold-access-changes";

  /**
   * How it works.
   *
   * @param secret signs sessions and keys, 32 bytes or more
   * @param previousSecrets what they signed is still believed
   * @param bcryptCost logarithm of the rounds
   * @param auditRetention older lines of the audit log are deleted
   */
  public record Setup(
      String secret,
      List<String> previousSecrets,
      Duration sessionTtl,
      int bcryptCost,
      Users.Registration registration,
      Duration auditRetention) {
    public Setup {
      previousSecrets = List.copyOf(previousSecrets);
    }

    @Override
    public String toString() {
      return "Setup[" + registration + "]";
    }
  }

  /**
   * How instances are asked.
   *
   * @param embedded asks an embedded one whether it answers
   * @param external connects to others
   * @param seal hides the passwords of those
   */
  public record Checks(InstanceCheck embedded, ExternalGate external, PasswordSeal seal) {
    /** Of embedded ones only. */
    public static Checks of(InstanceCheck embedded) {
      return new Checks(
          embedded, ExternalGate.closed(), new PasswordSeal(List.of(), new SecureRandom()));
    }
  }

  private final AccountsDatabase database;
  private final Setup setup;
  private final Clock clock;
  private final Tokens tokens;
  private final Passwords passwords;
  private final AccessChanges changes;
  private final KeyUse use;
  private final DeniedCalls denied;
  private final AccountFigures figures;
  private final DatabaseKeyDirectory keyDirectory;
  private final DatabaseInstanceDirectory instanceDirectory;
  private final DatabaseEmbeddedDirectory embeddedDirectory;
  private final Users users;
  private final Organizations organizations;
  private final Keys keys;
  private final Instances instances;
  private final ExternalUpkeep externals;
  private final List<Cancellable> timers = new ArrayList<>();

  private AccountService(
      AccountsDatabase database,
      Setup setup,
      Checks checks,
      Consumer<AccessChange> publish,
      Executor executor,
      Clock clock) {
    this.database = database;
    this.setup = setup;
    this.clock = clock;
    this.tokens = new Tokens(setup.secret(), setup.previousSecrets(), setup.sessionTtl(), clock);
    this.passwords = new Passwords(setup.bcryptCost());
    this.changes = new AccessChanges(database, clock);
    this.use = new KeyUse(database, clock);
    this.denied = new DeniedCalls(database, clock);
    this.figures = new AccountFigures(database, clock);
    changes.listen(figures);
    this.keyDirectory = new DatabaseKeyDirectory(database, changes, tokens, use, clock);
    this.instanceDirectory = new DatabaseInstanceDirectory(database, changes, clock);
    this.embeddedDirectory = new DatabaseEmbeddedDirectory(database);
    var desk =
        new Desk(
            database,
            change -> {
              changes.hear(change);
              publish.accept(change);
            },
            clock);
    this.keys = new Keys(desk, tokens);
    this.users =
        new Users(desk, passwords, tokens, keys, new LoginAttempts(clock), setup.registration());
    this.organizations = new Organizations(desk);
    this.instances = new Instances(desk, checks.embedded(), checks.external(), checks.seal());
    this.externals =
        new ExternalUpkeep(database, checks.external(), checks.seal(), executor, clock);
  }

  /**
   * Starts it on a database whose tables are up to date. Blocking, as long as one hash takes.
   *
   * @param checks how instances are asked
   */
  public static AccountService start(
      ActorSystem<?> actors, AccountsDatabase database, Setup setup, Checks checks, Clock clock) {
    ActorRef<Topic.Command<AccessChange>> topic =
        actors.systemActorOf(Topic.create(AccessChange.class, TOPIC), TOPIC, Props.empty());
    var service =
        new AccountService(
            database,
            setup,
            checks,
            change -> topic.tell(Topic.publish(change)),
            actors.executionContext(),
            clock);
    Behavior<AccessChange> listener =
        Behaviors.receiveMessage(
            change -> {
              service.changes.hear(change);
              return Behaviors.same();
            });
    topic.tell(Topic.subscribe(actors.systemActorOf(listener, TOPIC + "-heard", Props.empty())));
    service.startTimers(actors);
    return service;
  }

  /** The same without messages to other nodes, as if all of them were lost. */
  static AccountService startDeaf(
      ActorSystem<?> actors, AccountsDatabase database, Setup setup, Checks checks, Clock clock) {
    var service =
        new AccountService(database, setup, checks, change -> {}, actors.executionContext(), clock);
    service.startTimers(actors);
    return service;
  }

  private void startTimers(ActorSystem<?> actors) {
    every(actors, AccessChanges.EVERY, changes::read);
    every(actors, KeyUse.EVERY, use::write);
    every(actors, DeniedCalls.EVERY, denied::write);
    every(actors, AccountFigures.LOOK_EVERY, figures::readIfDue);
    every(actors, UPKEEP_EVERY, this::upkeep);
  }

  /**
   * From now on what deleted embedded instances held is removed.
   *
   * @param drop removes all that an instance holds; says whether that is committed, and is asked
   *     again if not
   */
  public void dropDeletedBy(ActorSystem<?> actors, Function<UUID, CompletionStage<Boolean>> drop) {
    every(actors, DeletedInstances.EVERY, new DeletedInstances(database, drop, clock)::drop);
  }

  /** What is done now and then. */
  private interface Upkeep {
    CompletionStage<Void> begin();
  }

  private void every(ActorSystem<?> actors, Duration interval, Upkeep task) {
    timers.add(
        actors
            .scheduler()
            .scheduleAtFixedRate(Duration.ZERO, interval, task::begin, actors.executionContext()));
  }

  private CompletionStage<Void> upkeep() {
    Instant oldest = Instant.ofEpochMilli(clock.wallMillis()).minus(setup.auditRetention());
    return externals
        .reseal()
        .thenCompose(resealed -> changes.sweep())
        .thenCompose(
            swept ->
                database.<Void>ask(
                    handle -> {
                      AuditRecord.deleteOlder(handle, oldest);
                      return null;
                    }))
        .exceptionally(
            failure -> {
              LOG.warn("old rows of the accounts are not deleted: {}", failure.toString());
              return null;
            });
  }

  public Users users() {
    return users;
  }

  public Organizations organizations() {
    return organizations;
  }

  public Keys keys() {
    return keys;
  }

  public Instances instances() {
    return instances;
  }

  /** Checks of external instances, for whoever does them in the cluster. */
  public ExternalUpkeep externals() {
    return externals;
  }

  public Tokens tokens() {
    return tokens;
  }

  public KeyDirectory keyDirectory() {
    return keyDirectory;
  }

  public InstanceDirectory instanceDirectory() {
    return instanceDirectory;
  }

  public EmbeddedDirectory embeddedDirectory() {
    return embeddedDirectory;
  }

  /** Where commands are told of that were refused. */
  public DeniedCalls denied() {
    return denied;
  }

  /** How many external instances there are, and how many failed their last check. */
  public AccountFigures.Externals external() {
    return figures.externals();
  }

  /** For a registry. */
  public Collector figures() {
    return figures;
  }

  /** What there is, some seconds old at most as a rule. */
  public Overview overview() {
    return figures.overview();
  }

  /** Stops what it does by itself, and writes what is left to write. */
  public CompletionStage<Void> stop() {
    timers.forEach(Cancellable::cancel);
    passwords.close();
    return use.write().thenCompose(written -> denied.write());
  }
}
