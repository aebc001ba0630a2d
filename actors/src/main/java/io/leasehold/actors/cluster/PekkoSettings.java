package io.leasehold.actors.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.leasehold.config.Settings;
import io.leasehold.config.cluster.ClusterSettings;
import io.leasehold.config.cluster.Discovery;
import io.leasehold.config.cluster.TlsSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns our settings into those of Pekko. */
public final class PekkoSettings {
  /** Name under which nodes look for each other. */
  private static final String SERVICE = "leasehold";

  /** Role of nodes that have a telemetry sidecar. */
  public static final String TELEMETRY_ROLE = "telemetry";

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

    /**
     * The address of a PostgreSQL, with what the journal needs: rows of a group in one statement,
     * and no wait for a server that hangs beyond {@code socketSeconds}. What the address sets
     * itself stays.
     */
    public static String postgresUrl(String url, int socketSeconds) {
      var complete = new StringBuilder(url);
      withDefault(complete, "reWriteBatchedInserts", "true");
      withDefault(complete, "socketTimeout", Integer.toString(socketSeconds));
      withDefault(complete, "connectTimeout", Integer.toString(socketSeconds));
      withDefault(complete, "tcpKeepAlive", "true");
      withDefault(complete, "ApplicationName", SERVICE);
      return complete.toString();
    }

    private static void withDefault(StringBuilder url, String name, String value) {
      if (url.indexOf(name + "=") < 0) {
        url.append(url.indexOf("?") < 0 ? '?' : '&').append(name).append('=').append(value);
      }
    }

    boolean isEmbedded() {
      return url.startsWith("jdbc:h2:");
    }
  }

  private PekkoSettings() {}

  /**
   * The configuration of a node that is alone, without a journal.
   *
   * @param port 0 = a free one
   * @param shards of the lock entities, which is the number of partitions
   */
  public static Config of(String host, int port, int shards) {
    return complete(remoting(host, port, shards));
  }

  /** The same with a journal. */
  public static Config of(String host, int port, int shards, Journal journal) {
    Map<String, Object> values = remoting(host, port, shards);
    journal(values, journal);
    return complete(values);
  }

  /**
   * The configuration of a node as it is set up.
   *
   * @param journal null with memory durability
   * @param dataId identifies the data that all nodes of the cluster share
   */
  public static Config of(Settings settings, @Nullable Journal journal, String dataId) {
    Map<String, Object> values =
        remoting(
            settings.remoting().host(),
            settings.remoting().port().bindNumber(),
            settings.partitions());
    if (journal != null) {
      journal(values, journal);
    }
    tls(values, settings.remoting().tls());
    discovery(values, settings.cluster());
    management(values, settings);
    if (!settings.cluster().appVersion().isEmpty()) {
      values.put("pekko.cluster.app-version", settings.cluster().appVersion());
    }
    if (settings.telemetry().enabled()) {
      values.put("pekko.cluster.roles", List.of(TELEMETRY_ROLE));
    }
    values.putAll(SameData.of(settings, dataId));
    return complete(values);
  }

  private static Map<String, Object> remoting(String host, int port, int shards) {
    Map<String, Object> values = new HashMap<>();
    values.put("pekko.remote.artery.canonical.hostname", host);
    values.put("pekko.remote.artery.canonical.port", port);
    values.put("pekko.cluster.sharding.number-of-shards", shards);
    return values;
  }

  private static void journal(Map<String, Object> values, Journal journal) {
    String db = "pekko-persistence-jdbc.shared-databases.slick.";
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
  }

  private static void tls(Map<String, Object> values, TlsSettings tls) {
    if (!tls.isOn()) {
      return;
    }
    String ssl = "pekko.remote.artery.ssl.";
    String engine = ssl + "rotating-keys-engine.";
    values.put("pekko.remote.artery.transport", "tls-tcp");
    values.put(
        ssl + "ssl-engine-provider",
        "org.apache.pekko.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider");
    values.put(engine + "cert-file", String.valueOf(tls.certificate()));
    values.put(engine + "key-file", String.valueOf(tls.key()));
    values.put(engine + "ca-cert-file", String.valueOf(tls.authority()));
  }

  private static void discovery(Map<String, Object> values, ClusterSettings cluster) {
    String bootstrap = "pekko.management.cluster.bootstrap.contact-point-discovery.";
    values.put(bootstrap + "service-name", SERVICE);
    values.put(bootstrap + "required-contact-point-nr", cluster.requiredContactPoints());
    if (cluster.discovery() == Discovery.CONFIG) {
      values.put(bootstrap + "discovery-method", "config");
      values.put(
          "pekko.discovery.config.services." + SERVICE + ".endpoints",
          cluster.contactPoints().stream()
              .map(point -> Map.of("host", point.host(), "port", point.port()))
              .toList());
    } else if (cluster.discovery() == Discovery.KUBERNETES) {
      values.put(bootstrap + "discovery-method", "kubernetes-api");
      values.put(bootstrap + "port-name", "management");
      values.put("pekko.discovery.kubernetes-api.pod-label-selector", cluster.kubernetesSelector());
      values.put("pekko.discovery.kubernetes-api.use-raw-ip", true);
    }
  }

  private static void management(Map<String, Object> values, Settings settings) {
    var management = settings.management();
    String host = management.host();
    boolean everywhere = host.equals("0.0.0.0") || host.equals("::");
    String http = "pekko.management.http.";
    // what others are told; a node knows itself among the contact points by it
    values.put(http + "hostname", everywhere ? settings.remoting().host() : host);
    values.put(http + "bind-hostname", host);
    int port = management.port().isOff() ? 0 : management.port().bindNumber();
    values.put(http + "port", port);
    values.put(http + "bind-port", port);
  }

  private static Config complete(Map<String, Object> values) {
    // -Dpekko...=... wins over everything: the way to tune what is no setting of ours
    return ConfigFactory.systemProperties()
        .withFallback(ConfigFactory.parseMap(values, "settings"))
        .withFallback(ConfigFactory.parseResourcesAnySyntax(loader(), "leasehold-pekko.conf"))
        .withFallback(ConfigFactory.defaultReferenceUnresolved(loader()))
        .resolve();
  }

  private static ClassLoader loader() {
    return PekkoSettings.class.getClassLoader();
  }
}
