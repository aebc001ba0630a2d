package io.leasehold.actors.access.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.actors.journal.JournalException;
import io.leasehold.actors.metrics.JournalMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The bounds of the accounts' database, and what it says when it cannot. */
class AccountsDatabaseTest {
  private final AccountsDatabase database =
      new AccountsDatabase(
          "jdbc:h2:mem:bounds-"
              + UUID.randomUUID()
              + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1",
          "sa",
          "",
          Duration.ofSeconds(3),
          new JournalMeter(false).statements());

  @AfterEach
  void close() {
    database.close();
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void missingTablesAreNamedWhereNoneMayBeMade() {
    assertThatThrownBy(() -> database.migrate(false))
        .isInstanceOf(JournalException.class)
        .hasMessage(
            "database.migrate = false: the schema lacks V1__accounts.sql (in the jar under"
                + " db/leasehold-gateway/); apply it, or allow the server to");
    database.migrate(true);
    database.migrate(false);
  }

  @Test
  void whatDoesNotFitIntoTheQueueIsRefused() throws Exception {
    var goOn = new CountDownLatch(1);
    List<CompletionStage<Outcome<String>>> taken = new ArrayList<>();
    for (int i = 0; i < AccountsDatabase.CONNECTIONS + AccountsDatabase.MAX_WAITING; i++) {
      taken.add(
          database.run(
              handle -> {
                try {
                  goOn.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                return Outcome.done("done");
              }));
    }
    Outcome<String> refused = await(database.run(handle -> Outcome.done("never")));
    assertThat(refused)
        .isEqualTo(
            new Outcome.Refused<String>(
                Outcome.Reason.UNAVAILABLE, "Too many requests wait for the database", 1));
    goOn.countDown();
    for (CompletionStage<Outcome<String>> each : taken) {
      assertThat(await(each)).isEqualTo(Outcome.done("done"));
    }
  }

  @Test
  void whoComesSecondIsRefusedAndChangesNothing() throws Exception {
    database.migrate(true);
    String insert = "INSERT INTO access_guards (name) VALUES ('%s')";
    Outcome<String> refused =
        await(
            database.run(
                handle -> {
                  handle.execute(insert.formatted("other"));
                  handle.execute(insert.formatted("registration"));
                  return Outcome.done("never");
                }));
    assertThat(refused)
        .isEqualTo(
            new Outcome.Refused<String>(
                Outcome.Reason.CONFLICT, "Another request took this name first", 0));
    long rows =
        await(
            database.ask(
                handle ->
                    handle
                        .createQuery("SELECT count(*) FROM access_guards")
                        .mapTo(Long.class)
                        .one()));
    assertThat(rows).isEqualTo(1);
  }

  @Test
  void aBugIsNoRefusalAndItsTextHasNoValues() {
    assertThatThrownBy(
            () ->
                await(
                    database.<String>run(
                        handle -> {
                          handle
                              .createUpdate("INSERT INTO nowhere (secret) VALUES (:secret)")
                              .bind("secret", "hidden value")
                              .execute();
                          return Outcome.done("never");
                        })))
        .isInstanceOf(ExecutionException.class)
        .satisfies(
            failure -> {
              for (Throwable each = failure; each != null; each = each.getCause()) {
                assertThat(String.valueOf(each.getMessage())).doesNotContain("hidden value");
              }
            });
  }
}
