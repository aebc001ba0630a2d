package io.leasehold.actors.access.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.statement.SqlLogger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two members of a cluster: what one does, the other is told of. */
class AccountsTwoNodesIT {
  private static final Requester NOBODY = new Requester(new Requester.Nobody(), "10.0.0.1", "");

  private final String url =
      "jdbc:h2:mem:two-nodes-"
          + UUID.randomUUID()
          + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1";
  private final ActorTestKit kitOfA = kit();
  private final ActorTestKit kitOfB = kit();
  private final AccountsDatabase databaseOfA = database();
  private final AccountsDatabase databaseOfB = database();
  private AccountService a;
  private AccountService b;

  private static ActorTestKit kit() {
    return ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1));
  }

  private AccountsDatabase database() {
    return new AccountsDatabase(url, "sa", "", Duration.ofSeconds(3), SqlLogger.NOP_SQL_LOGGER);
  }

  @BeforeEach
  void open() {
    var first = Cluster.get(kitOfA.system());
    for (ActorTestKit kit : List.of(kitOfA, kitOfB)) {
      Cluster.get(kit.system()).manager().tell(Join.create(first.selfMember().address()));
    }
    databaseOfA.migrate(true);
    a = node(kitOfA, databaseOfA);
    b = node(kitOfB, databaseOfB);
  }

  private static AccountService node(ActorTestKit kit, AccountsDatabase database) {
    var setup =
        new AccountService.Setup(
            "s".repeat(32),
            List.of(),
            Duration.ofHours(1),
            4,
            Users.Registration.OPEN,
            Duration.ofDays(1));
    return AccountService.start(
        kit.system(),
        database,
        setup,
        AccountService.Checks.of(
            id -> CompletableFuture.completedFuture(new InstanceCheck.Found(0, 0, null))),
        Clock.system());
  }

  @AfterEach
  void close() {
    databaseOfA.close();
    databaseOfB.close();
    kitOfA.shutdownTestKit();
    kitOfB.shutdownTestKit();
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static <T> T done(CompletionStage<Outcome<T>> stage) throws Exception {
    return ((Outcome.Done<T>) await(stage)).value();
  }

  /** Without the database, which would tell it too, only the message is left. */
  @Test
  void aRevocationIsToldWithoutTheDatabase() throws Exception {
    var user = new Users.NewUser("ann@x", "ann", "long enough", null, null);
    User made = done(a.users().register(NOBODY, user));
    var ann = new Requester(new Requester.Session(made.id()), "10.0.0.1", "test");
    String organization =
        done(a.organizations().create(ann, new Organization.Content("Acme", "acme", null)))
            .id()
            .toString();
    var rules =
        new ApiKey.Rules("k", List.of("read"), List.of(), List.of(), List.of(), List.of(), 1, null);
    Keys.Made key = done(a.keys().create(ann, organization, rules, null));
    assertThat(await(b.keyDirectory().check(key.token()))).isInstanceOf(KeyVerdict.Valid.class);
    databaseOfB.close();

    Awaitility.await() // the topic finds its subscribers by and by
        .atMost(30, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              done(
                  a.keys()
                      .update(
                          ann, organization, key.key().id().toString(), before -> before, null));
              // it was told to forget the key, and cannot ask again
              assertThat(await(b.keyDirectory().check(key.token())))
                  .isInstanceOf(KeyVerdict.Unavailable.class);
            });
    done(a.keys().revoke(ann, organization, key.key().id().toString()));
    assertThat(await(a.keyDirectory().check(key.token()))).isEqualTo(new KeyVerdict.Refused());
  }
}
