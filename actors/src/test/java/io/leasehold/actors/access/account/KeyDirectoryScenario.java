package io.leasehold.actors.access.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.statement.SqlLogger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two nodes on one database that hear nothing of each other, as if every message between them were
 * lost; the same on every database.
 */
abstract class KeyDirectoryScenario {
  /** Time that passes as it does, and more of it when told to. */
  private static final class MovedClock implements Clock {
    private volatile long moreNanos;

    @Override
    public long nanos() {
      return Clock.system().nanos() + moreNanos;
    }

    @Override
    public long wallMillis() {
      return Clock.system().wallMillis() + moreNanos / 1_000_000;
    }
  }

  private static final Requester NOBODY = new Requester(new Requester.Nobody(), "10.0.0.1", "");

  /** What became known in the cluster at most: what is promised is a second. */
  private static final Duration SOON = Duration.ofSeconds(10);

  private final ActorTestKit kit = ActorTestKit.create();
  private final MovedClock clockOfB = new MovedClock();
  private final CollectorRegistry figuresOfB = new CollectorRegistry();
  private AccountsDatabase databaseOfA;
  private AccountsDatabase databaseOfB;
  private AccountService a;
  private AccountService b;
  private Requester ann;
  private String organization;

  abstract String url() throws Exception;

  abstract String user();

  @BeforeEach
  void open() throws Exception {
    databaseOfA = database(new JournalMeter(true).statements());
    databaseOfA.migrate(true);
    databaseOfB = database(new JournalMeter(true).register(figuresOfB).statements());
    a = node(databaseOfA, Clock.system(), "s".repeat(32));
    b = node(databaseOfB, clockOfB, "s".repeat(32));
    User made =
        done(
            a.users()
                .register(NOBODY, new Users.NewUser("ann@x", "ann", "long enough", null, null)));
    ann = new Requester(new Requester.Session(made.id()), "10.0.0.1", "test");
    organization =
        done(a.organizations().create(ann, new Organization.Content("Acme", "acme", null)))
            .id()
            .toString();
  }

  private AccountsDatabase database(SqlLogger meter) throws Exception {
    return new AccountsDatabase(url(), user(), "", Duration.ofSeconds(3), meter);
  }

  private AccountService node(AccountsDatabase database, Clock clock, String secret) {
    var setup =
        new AccountService.Setup(
            secret, List.of(), Duration.ofHours(1), 4, Users.Registration.OPEN, Duration.ofDays(1));
    return AccountService.startDeaf(
        kit.system(),
        database,
        setup,
        AccountService.Checks.of(
            id -> CompletableFuture.completedFuture(new InstanceCheck.Found(0, 0, null))),
        clock);
  }

  @AfterEach
  void close() throws Exception {
    databaseOfA.close();
    databaseOfB.close();
    kit.shutdownTestKit();
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static <T> T done(CompletionStage<Outcome<T>> stage) throws Exception {
    Outcome<T> outcome = await(stage);
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<T>) outcome).value();
  }

  private Keys.Made key() throws Exception {
    var rules =
        new ApiKey.Rules(
            "k", List.of("read"), List.of(), List.of(), List.of(), List.of(), null, null);
    return done(a.keys().create(ann, organization, rules, null));
  }

  private KeyVerdict atB(String token) throws Exception {
    return await(b.keyDirectory().check(token));
  }

  private long selectsOfKeysAtB() {
    Double all =
        figuresOfB.getSampleValue(
            "database_queries_total", new String[] {"type"}, new String[] {"select"});
    return all.longValue();
  }

  private void assertRefusedSoon(String token) {
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(atB(token)).isEqualTo(new KeyVerdict.Refused()));
  }

  @Test
  void aKeyThatIsRevokedAtOneNodeIsRefusedByTheOther() throws Exception {
    Keys.Made made = key();
    var told = new ConcurrentLinkedQueue<UUID>();
    Runnable stop = b.keyDirectory().onChange(told::add);
    assertThat(((KeyVerdict.Valid) atB(made.token())).grant().scopes()).containsExactly(Scope.READ);

    done(a.keys().revoke(ann, organization, made.key().id().toString()));
    assertThat(await(a.keyDirectory().check(made.token()))).isEqualTo(new KeyVerdict.Refused());
    assertRefusedSoon(made.token());
    assertThat(told).contains(made.key().id());

    stop.run();
    told.clear();
    Keys.Made second = key();
    atB(second.token());
    done(a.keys().revoke(ann, organization, second.key().id().toString()));
    assertRefusedSoon(second.token());
    assertThat(told).isEmpty();
  }

  @Test
  void aChangedKeyIsSeenByTheOtherNode() throws Exception {
    Keys.Made made = key();
    atB(made.token());
    done(
        a.keys()
            .update(
                ann,
                organization,
                made.key().id().toString(),
                before ->
                    new ApiKey.Rules(
                        "k", List.of("admin"), List.of(), List.of(), List.of(), List.of(), 9, null),
                null));
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(((KeyVerdict.Valid) atB(made.token())).grant().rate()).hasValue(9));
  }

  @Test
  void aDeletedOrganizationTakesItsKeysWithIt() throws Exception {
    Keys.Made made = key();
    var told = new ConcurrentLinkedQueue<UUID>();
    b.keyDirectory().onChange(told::add);
    atB(made.token());
    done(a.organizations().delete(ann, organization));
    assertRefusedSoon(made.token());
    assertThat(told).contains(made.key().id());
  }

  @Test
  void anInstanceComesAndGoesOnTheOtherNode() throws Exception {
    UUID id =
        done(a.instances()
                .create(ann, organization, new Instances.NewInstance("cache", null, 1 << 20, null)))
            .id();
    Found found = await(b.instanceDirectory().find(id));
    assertThat(found).isEqualTo(new Found.Embedded(id, UUID.fromString(organization), 1 << 20));
    var told = new ConcurrentLinkedQueue<UUID>();
    b.instanceDirectory().onChange(told::add);
    done(a.instances().delete(ann, organization, id.toString()));
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(await(b.instanceDirectory().find(id))).isEqualTo(new Found.Missing()));
    assertThat(told).contains(id);
  }

  /** The rows of the accounts are read in between, so only keys are looked at. */
  @Test
  void aForgedTokenNeverReachesTheDatabase() throws Exception {
    Keys.Made made = key();
    var others =
        new Tokens("x".repeat(32), List.of(), Duration.ofHours(1), Clock.system()).key(made.key());
    databaseOfB.close(); // whoever asked it now would say that it is away
    assertThat(atB(others)).isEqualTo(new KeyVerdict.Refused());
    assertThat(atB("nonsense")).isEqualTo(new KeyVerdict.Refused());
    assertThat(atB(made.token())).isInstanceOf(KeyVerdict.Unavailable.class);
  }

  @Test
  void whatIsKnownIsNotAskedForAgain() throws Exception {
    Keys.Made made = key();
    atB(made.token());
    ApiKey row = made.key();
    String unknown =
        a.tokens()
            .key(
                new ApiKey(
                    UUID.randomUUID(),
                    row.prefix(),
                    row.user(),
                    row.organization(),
                    row.rules(),
                    null,
                    null,
                    true,
                    row.expiresAt(),
                    row.createdAt()));
    assertThat(atB(unknown)).isEqualTo(new KeyVerdict.Refused());
    databaseOfB.close();
    assertThat(atB(made.token())).isInstanceOf(KeyVerdict.Valid.class);
    assertThat(atB(unknown)).isEqualTo(new KeyVerdict.Refused()); // a miss is kept
    clockOfB.moreNanos += KeptRows.MISS.toNanos();
    assertThat(atB(unknown)).isInstanceOf(KeyVerdict.Unavailable.class);
    assertThat(atB(made.token())).isInstanceOf(KeyVerdict.Valid.class);
  }

  @Test
  void withoutTheDatabaseKeysAreKnownForAWhile() throws Exception {
    Keys.Made made = key();
    atB(made.token());
    databaseOfB.close();
    clockOfB.moreNanos += AccessChanges.STALE.toNanos() / 2;
    assertThat(atB(made.token())).isInstanceOf(KeyVerdict.Valid.class);
    clockOfB.moreNanos += AccessChanges.STALE.toNanos();
    assertThat(atB(made.token())).isInstanceOf(KeyVerdict.Unavailable.class);
    assertThat(await(b.instanceDirectory().find(UUID.randomUUID())))
        .isInstanceOf(Found.Unavailable.class);
  }

  @Test
  void aKeyThatHasExpiredIsRefusedByWhoKnowsIt() throws Exception {
    Keys.Made made = key();
    assertThat(atB(made.token())).isInstanceOf(KeyVerdict.Valid.class);
    clockOfB.moreNanos += Keys.LIFE.toNanos();
    Awaitility.await() // until the node has heard of the database again
        .atMost(SOON)
        .untilAsserted(() -> assertThat(atB(made.token())).isEqualTo(new KeyVerdict.Refused()));
  }

  @Test
  void useOfAKeyIsWrittenAtTheStop() throws Exception {
    Keys.Made made = key();
    b.keyDirectory().used(made.key().id(), "10.1.2.3");
    b.keyDirectory().used(made.key().id(), "10.1.2.4");
    await(b.stop());
    ApiKey row = done(a.keys().get(ann, organization, made.key().id().toString()));
    assertThat(row.lastUsedIp()).isEqualTo("10.1.2.4");
    assertThat(row.lastUsedAt()).isAfterOrEqualTo(made.key().createdAt());
  }

  @Test
  void refusedCommandsOfAKeyAreOneLineWithTheirNumber() throws Exception {
    Keys.Made made = key();
    var grant = ((KeyVerdict.Valid) atB(made.token())).grant();
    b.denied().forbidden(grant, "client", "NOPERM set");
    b.denied().forbidden(grant, "client", "NOPERM del");
    b.denied().unauthenticated("10.9.9.9", "client", "Missing API key");
    await(b.stop());
    Page<AuditRecord> lines =
        done(
            a.organizations().auditLog(ann, organization, "redis.command", new Page.Wanted(1, 10)));
    assertThat(lines.items()).hasSize(1); // without a key it belongs to no organization
    AuditRecord line = lines.items().get(0);
    assertThat(line.apiKey()).isEqualTo(made.key().id());
    assertThat(line.details()).isEqualTo("{\"count\":2}");
    assertThat(line.error()).isEqualTo("NOPERM del");
    assertThat(line.status()).isEqualTo("denied");
  }

  @Test
  void statementsAreCountedByWhatTheyDo() {
    Awaitility.await().atMost(SOON).until(() -> selectsOfKeysAtB() > 2);
    assertThat(
            figuresOfB.getSampleValue(
                "database_query_errors_total", new String[] {"type"}, new String[] {"select"}))
        .isZero();
  }
}
