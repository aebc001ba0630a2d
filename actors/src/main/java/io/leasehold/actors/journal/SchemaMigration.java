package io.leasehold.actors.journal;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** Brings the tables of a database to what this version needs, or says what they lack. */
public final class SchemaMigration {
  private SchemaMigration() {}

  /**
   * Applies what is missing.
   *
   * @param flyway knows the scripts and the database
   * @param folder where the scripts are in the jar, for the message
   * @param allowed false: nothing is changed, and a schema that lacks something is refused
   * @throws JournalException if it is refused, or the database cannot be used
   */
  public static void run(Flyway flyway, String folder, boolean allowed) {
    try {
      if (allowed) {
        flyway.migrate();
        return;
      }
      var pending = flyway.info().pending();
      if (pending.length > 0) {
        throw new JournalException(
            "database.migrate = false: the schema lacks "
                + pending[0].getScript()
                + " (in the jar under "
                + folder
                + "); apply it, or allow the server to");
      }
    } catch (FlywayException e) {
      throw new JournalException("database cannot be used: " + JournalException.rootMessage(e), e);
    }
  }
}
