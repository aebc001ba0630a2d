package io.leasehold.actors.journal;

import io.leasehold.actors.cluster.PekkoSettings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A real PostgreSQL, as durable as in production, with the schema of the journal. */
public final class TestPostgres implements AutoCloseable {
  private final EmbeddedPostgres postgres;
  public final JournalDatabase database;

  private TestPostgres(EmbeddedPostgres postgres) {
    this.postgres = postgres;
    var journal = journal();
    this.database =
        new JournalDatabase(
            journal.url(), journal.user(), journal.password(), Duration.ofSeconds(3));
    database.migrate(true);
  }

  public static TestPostgres start() throws Exception {
    return new TestPostgres(
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("max_connections", "200")
            .start());
  }

  public PekkoSettings.Journal journal() {
    String url = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres";
    return new PekkoSettings.Journal(
        PekkoSettings.Journal.postgresUrl(url, 4), "postgres", "", 8, 3_000);
  }

  public void execute(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  public long number(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public void close() throws Exception {
    database.close();
    postgres.close();
  }
}
