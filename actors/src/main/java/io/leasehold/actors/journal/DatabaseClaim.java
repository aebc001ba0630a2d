package io.leasehold.actors.journal;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in a PostgreSQL that it is in use: by one node alone, or by the nodes of one cluster. Held
 * for as long as its connection lives, which the server looks after every few seconds; {@link
 * #renew} takes it again when the connection was lost. A courtesy to operators who start a second
 * server by mistake: what keeps data right is the journal's fence.
 *
 * <p>It also says whether a cluster lives: its members hold a second lock together, and only a node
 * that gets it alone may found a cluster.
 *
 * <p>One thread renews; {@link #state} and {@link #close} are safe for any thread.
 */
public final class DatabaseClaim implements AutoCloseable {
  /** How it stands with the claim. */
  public enum State {
    /** Nobody else can take the database. */
    HELD,
    /** Its connection is gone and the next one has not got it yet. */
    LOST,
    /** Somebody else took the database meanwhile. */
    TAKEN
  }

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseClaim.class);

  /** Of our advisory locks; the number is that of the lock port. */
  private static final long LOCK = 8_765;

  /** Shared by the members of a cluster; alone by a node that founds one, for a moment. */
  private static final long CLUSTER_LOCK = 8_766;

  private static final String KEEP_ALIVE =
      "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2";

  private static final int ANSWER_SECONDS = 2;

  /**
   * The server may not know yet that our last connection is dead, and hold the lock for it. A lock
   * with a key of 64 bits stands there as two halves and a 1.
   */
  private static final String END_OUR_LAST_SESSION =
      "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
          + " WHERE locktype = 'advisory' AND classid = 0 AND objid::bigint = ? AND objsubid = 1"
          + " AND granted AND application_name = ?";

  private final String url;
  private final Properties properties;
  private final boolean shared;

  /** Of our sessions, so that we know them again. */
  private final String name = "leasehold claim " + UUID.randomUUID();

  private volatile @Nullable Connection connection;
  private volatile State state = State.LOST;
  private volatile boolean closed;

  /** Whether this connection says that a cluster lives. */
  private volatile boolean member;

  private DatabaseClaim(String url, Properties properties, boolean shared) {
    this.url = url;
    this.properties = properties;
    this.shared = shared;
  }

  /**
   * Claims the database. Blocking.
   *
   * @param url with time-outs: they bound how long {@link #renew} blocks
   * @param shared with the other nodes of a cluster; false = for this node alone
   * @throws JournalException if somebody else has it
   */
  public static DatabaseClaim take(String url, String user, String password, boolean shared) {
    var properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    properties.setProperty("options", KEEP_ALIVE);
    var claim = new DatabaseClaim(url, properties, shared);
    try {
      if (!claim.connect()) {
        claim.close();
        throw new JournalException(
            shared
                ? "database.url: a server with cluster.discovery = single uses this database"
                : "database.url: another server uses this database; several nodes of one cluster"
                    + " need cluster.discovery = config or kubernetes");
      }
      return claim;
    } catch (SQLException e) {
      claim.close();
      throw new JournalException("database cannot be used: " + e.getMessage(), e);
    }
  }

  /** As {@link #renew} found it last. */
  public State state() {
    return state;
  }

  /**
   * Looks whether the claim is held, and tries to take it again if its connection was lost; logs
   * both. Blocking, as long as the time-outs of the URL allow. Never fails: what cannot be asked is
   * lost.
   */
  public State renew() {
    if (isAnswered()) {
      return state;
    }
    if (state == State.HELD) {
      state = State.LOST;
      LOG.warn("database: the connection that claims it is lost, claiming it again");
    }
    try {
      if (connect()) {
        LOG.info("database: claimed again");
      } else if (!endOurLastSession()) {
        state = State.TAKEN;
      }
    } catch (SQLException e) {
      LOG.debug("claiming the database: {}", e.toString());
    }
    return state;
  }

  /**
   * Says that a cluster lives if none does: then this node may found one. As long as the claim is
   * held afterwards, no other node may. Blocking, by the thread that renews.
   *
   * @return false if a member of a cluster holds a claim, or if that cannot be found out
   */
  public boolean found() {
    Connection asking = connection;
    if (state != State.HELD || asking == null) {
      return false;
    }
    try {
      if (!select(asking, "SELECT pg_try_advisory_lock(?)", CLUSTER_LOCK)) {
        return false;
      }
      // shared before the other is given back: between them nobody else gets it
      member = select(asking, "SELECT pg_try_advisory_lock_shared(?)", CLUSTER_LOCK);
      return select(asking, "SELECT pg_advisory_unlock(?)", CLUSTER_LOCK) && member;
    } catch (SQLException e) {
      LOG.warn("database: whether a cluster uses it cannot be found out: {}", e.toString());
      disconnect(); // and with it whatever was locked
      return false;
    }
  }

  /**
   * Says that a cluster lives, since this node is a member of one. To be called again and again:
   * what a lost connection said is lost. Blocking, by the thread that renews.
   */
  public void keepMembership() {
    Connection asking = connection;
    if (member || state != State.HELD || asking == null) {
      return;
    }
    try {
      member = select(asking, "SELECT pg_try_advisory_lock_shared(?)", CLUSTER_LOCK);
    } catch (SQLException e) {
      LOG.debug("saying that a cluster lives: {}", e.toString());
    }
  }

  /** A connection that answers has its locks still. */
  private boolean isAnswered() {
    Connection last = connection;
    try {
      return state == State.HELD && last != null && last.isValid(ANSWER_SECONDS);
    } catch (SQLException e) {
      return false;
    }
  }

  /** Returns whether the new connection got the lock; fails if there is no connection. */
  private boolean connect() throws SQLException {
    disconnect();
    Connection next = DriverManager.getConnection(url, properties);
    connection = next;
    if (closed) { // while we connected
      disconnect();
      throw new SQLException("the claim has been given up");
    }
    // afterwards: a name in the URL would win over one in the properties
    select(next, "SELECT set_config('application_name', ?, false)", name);
    String function = shared ? "pg_try_advisory_lock_shared" : "pg_try_advisory_lock";
    boolean locked = select(next, "SELECT " + function + "(?)", LOCK);
    state = locked ? State.HELD : State.LOST;
    return locked;
  }

  /** Returns whether the lock is held by a session of ours, which ends now. */
  private boolean endOurLastSession() throws SQLException {
    Connection asking = connection;
    return asking != null && select(asking, END_OUR_LAST_SESSION, LOCK, name);
  }

  /** Returns whether the first row begins with true: false without a row, and for anything else. */
  private static boolean select(Connection connection, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      try (ResultSet result = statement.executeQuery()) {
        return result.next() && Boolean.TRUE.equals(result.getObject(1));
      }
    }
  }

  private void disconnect() {
    Connection last = connection;
    connection = null;
    member = false;
    try {
      if (last != null) {
        last.close();
      }
    } catch (SQLException e) {
      LOG.debug("giving up the database: {}", e.toString());
    }
  }

  /** Gives the database up. Blocking. */
  @Override
  public void close() {
    closed = true;
    disconnect();
  }
}
