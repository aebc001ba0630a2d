package io.leasehold.app.server;

import io.leasehold.actors.access.account.AccountsDatabase;
import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.actors.health.DatabaseChecks;
import io.leasehold.actors.journal.DatabaseClaim;
import io.leasehold.actors.journal.JournalDatabase;
import io.leasehold.config.Durability;
import io.leasehold.config.Settings;
import io.leasehold.domain.time.Clock;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jspecify.annotations.Nullable;

/** Makes the database of the journal ready for this node, or says why it cannot be. Blocking. */
final class JournalSetup {
  /** Below the patience of a request, above what a commit takes on a bad day. */
  private static final int SOCKET_SECONDS = 4;

  private final Settings settings;
  private final PekkoSettings.Journal journal;
  private final Clock clock;

  JournalSetup(Settings settings, PekkoSettings.Journal journal, Clock clock) {
    this.settings = settings;
    this.journal = journal;
    this.clock = clock;
  }

  /** Where the journal is, and who may use it. */
  static PekkoSettings.Journal of(Settings settings) {
    var database = settings.database();
    String url = database.url();
    if (database.isEmbedded()) {
      url = PekkoSettings.Journal.embeddedUrl(settings.dataDir());
    } else if (!database.isH2()) {
      url = PekkoSettings.Journal.postgresUrl(url, SOCKET_SECONDS);
    }
    return new PekkoSettings.Journal(
        url,
        database.isH2() && database.user().isEmpty() ? "sa" : database.user(),
        database.password().reveal(),
        database.poolSize(),
        database.connectionTimeout().toMillis());
  }

  /**
   * The tables of accounts: in the same database by connections of their own; in memory, for as
   * long as the process lives, where nothing else is kept either.
   */
  static AccountsDatabase accounts(Settings settings, SqlLogger meter) {
    var timeout = settings.database().connectionTimeout();
    if (settings.durability() == Durability.MEMORY) {
      String url =
          "jdbc:h2:mem:accounts-"
              + UUID.randomUUID()
              + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1";
      return new AccountsDatabase(url, "sa", "", timeout, meter);
    }
    var journal = of(settings);
    return new AccountsDatabase(journal.url(), journal.user(), journal.password(), timeout, meter);
  }

  /** Null where the database belongs to one process anyway. */
  @Nullable DatabaseClaim claim() {
    return settings.database().isH2()
        ? null
        : DatabaseClaim.take(
            journal.url(), journal.user(), journal.password(), settings.cluster().isShared());
  }

  /** Opens it, brings its schema up to date, and compares what is fixed for its life. */
  JournalDatabase database() throws StartException {
    var opened =
        new JournalDatabase(
            journal.url(),
            journal.user(),
            journal.password(),
            settings.database().connectionTimeout());
    try {
      opened.migrate(settings.database().migrate());
      opened.claim(
          Map.of(
              "partitions",
              Integer.toString(settings.partitions()),
              "kv.shards",
              Integer.toString(settings.kv().shards()),
              "cluster.name",
              settings.cluster().name()));
      long offset = opened.clockOffsetMillis(clock);
      if (offset > DatabaseChecks.CLOCK_UNHEALTHY_MILLIS) {
        throw new StartException(
            "clock: it is "
                + offset
                + " ms off that of the database, at most "
                + DatabaseChecks.CLOCK_UNHEALTHY_MILLIS
                + " are allowed, or leases would be cut when they move; set the clock");
      }
      return opened;
    } catch (RuntimeException | StartException e) {
      opened.close();
      throw e;
    }
  }

  String dataId(JournalDatabase opened) {
    return opened.dataId(UUID.randomUUID());
  }
}
