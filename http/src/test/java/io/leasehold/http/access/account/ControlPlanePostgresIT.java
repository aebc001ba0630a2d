package io.leasehold.http.access.account;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** On PostgreSQL. */
class ControlPlanePostgresIT extends ControlPlaneScenario {
  private static final String TABLES =
      "users, organizations, organization_memberships, api_keys, redis_instances, audit_logs,"
          + " access_changes";
  private static EmbeddedPostgres postgres;
  private static boolean migrated;

  @BeforeAll
  static void start() throws Exception {
    postgres = EmbeddedPostgres.start();
    execute("CREATE TABLE event_journal (ordering BIGINT)"); // the journal's tables are first
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  private static void execute(String sql) throws Exception {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  @BeforeEach
  void open() throws Exception {
    if (migrated) {
      execute("TRUNCATE " + TABLES); // making all of them anew would take a second a test
    }
    super.open();
    migrated = true;
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
