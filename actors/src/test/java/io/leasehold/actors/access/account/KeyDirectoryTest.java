package io.leasehold.actors.access.account;

import java.util.UUID;

/** On H2 in memory. */
class KeyDirectoryTest extends KeyDirectoryScenario {
  private final String url =
      "jdbc:h2:mem:directory-"
          + UUID.randomUUID()
          + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1";

  @Override
  String url() {
    return url;
  }

  @Override
  String user() {
    return "sa";
  }
}
