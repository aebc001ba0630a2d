package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.leasehold.app.cluster.LocalDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server on its PostgreSQL, and what it takes for granted of it until that is no longer so. */
class DatabaseTroubleIT {
  private static final String CLAIMS =
      " FROM pg_locks WHERE locktype = 'advisory' AND objid = 8765 AND granted";

  @TempDir static Path directory;
  private static LocalDatabase database;

  @TempDir Path dir;

  @BeforeAll
  static void start() throws Exception {
    database = LocalDatabase.start(directory.resolve("postgresql"));
  }

  @AfterAll
  static void stop() throws Exception {
    database.close();
  }

  private ServerProcess server() throws Exception {
    return ServerProcess.start(
        dir.resolve("data"), "database.url=" + database.url(), "database.user=" + database.user());
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(database.url(), database.user(), "");
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getLong(1) : -1;
    }
  }

  private static JsonNode verify(RawClient client, String key, long token) throws Exception {
    return client.json("{\"action\":\"verify\",\"key\":\"" + key + "\",\"token\":" + token + "}");
  }

  private static long take(RawClient client, String key, int ttl) throws Exception {
    JsonNode taken =
        client.json(
            "{\"action\":\"acquire\",\"key\":\"" + key + "\",\"ttl\":" + ttl + ",\"owner\":\"w\"}");
    assertThat(taken.path("success").booleanValue()).as(taken.toString()).isTrue();
    return taken.path("token").longValue();
  }

  @Test
  @Timeout(120)
  void aLostClaimIsTakenAgainAndAServerWhoseDatabaseIsTakenGivesUp() throws Exception {
    try (var server = server();
        var client = server.client();
        var operator = connect()) {
      long token = take(client, "job", 600);
      long first = number(operator, "SELECT pid" + CLAIMS);

      number(operator, "SELECT pg_terminate_backend(" + first + ")::int");
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> server.output().contains("database: claimed again"));
      assertThat(number(operator, "SELECT pid" + CLAIMS)).isPositive().isNotEqualTo(first);
      assertThat(verify(client, "job", token).path("success").booleanValue()).isTrue();

      // as another server would, the moment it is free; once more if the server was faster
      Awaitility.await()
          .atMost(10, TimeUnit.SECONDS)
          .pollDelay(0, TimeUnit.MILLISECONDS)
          .pollInterval(1, TimeUnit.MILLISECONDS)
          .until(
              () -> {
                number(operator, "SELECT pg_terminate_backend(pid)::int" + CLAIMS);
                return number(operator, "SELECT pg_try_advisory_lock(8765)::int") == 1;
              });

      assertThat(server.exitCode()).as(server.output()).isEqualTo(1);
      assertThat(server.output())
          .contains("error: database.url: another server took this database while the connection");
    }
  }

  @Test
  @Timeout(60)
  void aServerWhoseClockIsFiveMinutesOffThatOfTheDatabaseDoesNotStart() throws Exception {
    var clock = MovedClock.by(300, dir.resolve("clock"));
    try (var server = launch(clock)) {
      assertThat(server.exitCode()).as(server.output()).isEqualTo(1);
      assertThat(server.output())
          .containsPattern(
              "error: clock: it is (299|300)[0-9]{3} ms off that of the database, at most 1000 are");
    }
  }

  @Test
  @Timeout(120)
  void aServerWhoseClockIsMovedIsNotReadyAndCutsAndProlongsNoLease() throws Exception {
    var clock = MovedClock.by(0, dir.resolve("clock"));
    try (var server = launch(clock)) {
      server.awaitReady();
      try (var client = server.client()) {
        long token = take(client, "held", 200);

        clock.move(300); // by a wall clock its deadline is long over
        awaitNotReady(server);
        assertThat(verify(client, "held", token).path("success").booleanValue()).isTrue();
        assertThat(verify(client, "held", token).path("ttl_ms").longValue())
            .isBetween(1L, 200_000L);
        awaitEndOf(client, "brief", take(client, "brief", 1));

        clock.move(0);
        Awaitility.await()
            .atMost(20, TimeUnit.SECONDS)
            .until(() -> ready(server).path("ready").booleanValue());
        long later = take(client, "later", 1);
        clock.move(-300); // by a wall clock its deadline is in five minutes
        awaitNotReady(server);
        awaitEndOf(client, "later", later);
        assertThat(verify(client, "held", token).path("success").booleanValue()).isTrue();
      }
      assertThat(server.output())
          .containsPattern("error: clock: it is (299|300)[0-9]{3} ms off that of the database")
          .contains("info: clock: it agrees with that of the database again");
    }
  }

  private ServerProcess launch(MovedClock clock) throws Exception {
    return ServerProcess.launch(
        dir.resolve("data"),
        clock.environment(),
        "database.url=" + database.url(),
        "database.user=" + database.user());
  }

  private static JsonNode ready(ServerProcess server) throws Exception {
    return ServerProcess.get(server.port("monitor"), "/ready");
  }

  private static void awaitNotReady(ServerProcess server) {
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              JsonNode ready = ready(server);
              assertThat(ready.path("ready").booleanValue()).isFalse();
              assertThat(ready.path("reason").asText())
                  .matches("clock: clocks differ by (299|300)[0-9]{3} ms");
              assertThat(ready.path("checks").path("clock").asText()).isEqualTo("unhealthy");
            });
  }

  /** In its time, which is over. */
  private static void awaitEndOf(RawClient client, String key, long token) {
    Awaitility.await()
        .atMost(5, TimeUnit.SECONDS)
        .until(() -> verify(client, key, token).path("reason").asText().equals("not_held"));
  }
}
