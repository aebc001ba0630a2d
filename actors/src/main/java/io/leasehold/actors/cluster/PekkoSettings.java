package io.leasehold.actors.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns our settings into those of Pekko. */
public final class PekkoSettings {
  /** The JDBC address of the journal, and who may use it. */
  public record Journal(
      String url, String user, String password, int poolSize, long connectionTimeoutMillis) {

    /** The embedded database in a data directory, which must be absolute. */
    public static String embeddedUrl(Path dataDir) {
      // WRITE_DELAY=0: an acknowledged commit survives kill -9. RETENTION_TIME: space of old
      // versions is used again after so many ms. DB_CLOSE_ON_EXIT: we close it, as the last step.
      return "jdbc:h2:file:"
          + dataDir.resolve("journal")
          + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_ON_EXIT=FALSE"
          + ";WRITE_DELAY=0;RETENTION_TIME=200";
    }

    boolean isEmbedded() {
      return url.startsWith("jdbc:h2:");
    }
  }

  private PekkoSettings() {}

  /**
   * The configuration of an actor system without a journal.
   *
   * @param port 0 = a free one
   * @param shards of the lock entities, which is the number of partitions
   */
  public static Config of(String host, int port, int shards) {
    Map<String, Object> values = new HashMap<>();
    values.put("pekko.remote.artery.canonical.hostname", host);
    values.put("pekko.remote.artery.canonical.port", port);
    values.put("pekko.cluster.sharding.number-of-shards", shards);
    // -Dpekko...=... wins over everything: the way to tune what is no setting of ours
    return ConfigFactory.systemProperties()
        .withFallback(ConfigFactory.parseMap(values, "settings"))
        .withFallback(ConfigFactory.parseResourcesAnySyntax(loader(), "leasehold-pekko.conf"))
        .withFallback(ConfigFactory.defaultReferenceUnresolved(loader()))
        .resolve();
  }

  /** The same with a journal. */
  public static Config of(String host, int port, int shards, Journal journal) {
    String db = "pekko-persistence-jdbc.shared-databases.slick.";
    Map<String, Object> values = new HashMap<>();
    values.put(
        db + "profile",
        journal.isEmbedded() ? "slick.jdbc.H2Profile$" : "slick.jdbc.PostgresProfile$");
    values.put(db + "db.driver", journal.isEmbedded() ? "org.h2.Driver" : "org.postgresql.Driver");
    values.put(db + "db.url", journal.url());
    values.put(db + "db.user", journal.user());
    values.put(db + "db.password", journal.password());
    // sizes that differ can deadlock
    for (String size : List.of("numThreads", "maxConnections", "minConnections")) {
      values.put(db + "db." + size, journal.poolSize());
    }
    values.put(db + "db.connectionTimeout", journal.connectionTimeoutMillis());
    return ConfigFactory.parseMap(values, "settings")
        .withFallback(of(host, port, shards))
        .resolve();
  }

  private static ClassLoader loader() {
    return PekkoSettings.class.getClassLoader();
  }
}
