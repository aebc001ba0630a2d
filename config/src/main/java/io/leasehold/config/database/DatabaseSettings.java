package io.leasehold.config.database;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Secret;
import io.leasehold.config.value.Shown;
import io.leasehold.config.value.Values;
import java.time.Duration;
import java.util.Locale;

/**
 * The database of the journal. Immutable.
 *
 * @param url JDBC; empty = an H2 file in the data directory
 * @param user empty = the driver's default, for H2 {@code sa}
 * @param migrate whether the schema is created and upgraded at start
 * @param poolSize connections, 1..1000
 * @param connectionTimeout longest wait for one, 250 ms (the pool's own minimum)..1 min
 */
public record DatabaseSettings(
    String url,
    String user,
    Secret password,
    boolean migrate,
    int poolSize,
    Duration connectionTimeout) {
  private static final String H2 = "jdbc:h2:";
  private static final String POSTGRESQL = "jdbc:postgresql:";

  public DatabaseSettings {
    Checks.of("database")
        .that(
            url.isEmpty() || startsWith(url, H2) || startsWith(url, POSTGRESQL),
            "url",
            url,
            "must begin with " + POSTGRESQL + " or " + H2 + ", or be empty")
        .within("pool-size", poolSize, 1, 1000)
        .within(
            "connection-timeout", connectionTimeout, Duration.ofMillis(250), Duration.ofMinutes(1))
        .done();
  }

  /** Whether the node keeps its own file in the data directory. */
  public boolean isEmbedded() {
    return url.isEmpty();
  }

  /** Whether it is H2, which belongs to one process. */
  public boolean isH2() {
    return isEmbedded() || startsWith(url, H2);
  }

  /** Reads every key now. */
  public static DatabaseSettings from(Values values) {
    return new DatabaseSettings(
        values.text("database.url"),
        values.text("database.user"),
        values.secret("database.password"),
        values.flag("database.migrate"),
        values.integer("database.pool-size"),
        values.duration("database.connection-timeout"));
  }

  /** Leaves out a password that stands in the URL. */
  @Override
  public String toString() {
    return "DatabaseSettings[url=" + Shown.whole(url) + ", user=" + user + "]";
  }

  private static boolean startsWith(String url, String prefix) {
    return url.toLowerCase(Locale.ROOT).startsWith(prefix);
  }
}
