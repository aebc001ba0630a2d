package io.leasehold.http.access.account;

import java.util.UUID;

/** On H2 in memory. */
class ControlPlaneTest extends ControlPlaneScenario {
  private final String name = "jdbc:h2:mem:" + UUID.randomUUID();

  /** Stays until the process ends, so that a node may go and come back. */
  @Override
  String url() {
    return name.replace("mem:", "mem:control-")
        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1";
  }

  @Override
  String user() {
    return "sa";
  }
}
