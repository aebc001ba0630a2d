package io.leasehold.http.access.account;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** On PostgreSQL. */
class ControlPlanePostgresIT extends ControlPlaneScenario {
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.start();
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  @Override
  @BeforeEach
  void open() throws Exception {
    try (Connection connection = DriverManager.getConnection(url(), user(), "");
        Statement statement = connection.createStatement()) {
      statement.execute("DROP SCHEMA public CASCADE");
      statement.execute("CREATE SCHEMA public");
      // the journal's tables are there first
      statement.execute("CREATE TABLE event_journal (ordering BIGINT)");
    }
    super.open();
  }

  @Override
  String url() {
    return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres";
  }

  @Override
  String user() {
    return "postgres";
  }
}
