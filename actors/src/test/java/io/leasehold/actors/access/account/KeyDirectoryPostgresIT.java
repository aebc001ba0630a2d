package io.leasehold.actors.access.account;

import io.leasehold.actors.journal.TestPostgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** On PostgreSQL, beside the tables of the journal. */
class KeyDirectoryPostgresIT extends KeyDirectoryScenario {
  private static final String TABLES =
      "users, organizations, organization_memberships, api_keys, redis_instances, audit_logs,"
          + " access_changes, access_guards, leasehold_schema_history";
  private static TestPostgres postgres;

  @BeforeAll
  static void start() throws Exception {
    postgres = TestPostgres.start();
  }

  @AfterAll
  static void stop() throws Exception {
    postgres.close();
  }

  @Override
  @BeforeEach
  void open() throws Exception {
    postgres.execute("DROP TABLE IF EXISTS " + TABLES + " CASCADE");
    super.open();
    postgres.database.migrate(false); // the journal's own history is as it was
  }

  @Override
  String url() {
    return postgres.journal().url();
  }

  @Override
  String user() {
    return postgres.journal().user();
  }
}
