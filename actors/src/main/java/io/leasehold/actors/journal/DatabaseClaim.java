package io.leasehold.actors.journal;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in a PostgreSQL that it is in use: by one node alone, or by the nodes of one cluster. Held
 * for as long as its connection lives, which the server looks after every few seconds. A courtesy
 * to operators who start a second server by mistake: what keeps data right is the journal's fence.
 */
public final class DatabaseClaim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseClaim.class);

  /** Of our advisory locks; the number is that of the lock port. */
  private static final long LOCK = 8_765;

  private static final String KEEP_ALIVE =
      "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2";

  private final Connection connection;

  private DatabaseClaim(Connection connection) {
    this.connection = connection;
  }

  /**
   * Claims the database. Blocking.
   *
   * @param shared with the other nodes of a cluster; false = for this node alone
   * @throws JournalException if somebody else has it
   */
  public static DatabaseClaim take(String url, String user, String password, boolean shared) {
    var properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("options", KEEP_ALIVE);
    try {
      Connection connection = DriverManager.getConnection(url, properties);
      var claim = new DatabaseClaim(connection);
      if (!claim.tryLock(shared)) {
        claim.close();
        throw new JournalException(
            shared
                ? "database.url: a server with cluster.discovery = single uses this database"
                : "database.url: another server uses this database; several nodes of one cluster"
                    + " need cluster.discovery = config or kubernetes");
      }
      return claim;
    } catch (SQLException e) {
      throw new JournalException("database cannot be used: " + e.getMessage(), e);
    }
  }

  private boolean tryLock(boolean shared) throws SQLException {
    String function = shared ? "pg_try_advisory_lock_shared" : "pg_try_advisory_lock";
    try (PreparedStatement statement = connection.prepareStatement("SELECT " + function + "(?)")) {
      statement.setLong(1, LOCK);
      try (ResultSet result = statement.executeQuery()) {
        return result.next() && result.getBoolean(1);
      }
    }
  }

  /** Gives the database up. Blocking. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("giving up the database: {}", e.toString());
    }
  }
}
