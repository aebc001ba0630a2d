package io.leasehold.actors.journal;

import com.zaxxer.hikari.HikariDataSource;
import io.leasehold.domain.time.Clock;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our own small door to the journal's database, beside that of the journal plugin: schema,
 * identity, clean-up, health. Safe for any thread. What is called blocking blocks at most as long
 * as the connection time-out and the socket time-out of the URL allow; everything else works on one
 * thread of its own.
 */
public final class JournalDatabase implements JournalCleaner, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalDatabase.class);

  /** For upkeep, for a health check, and for whoever proves that it owns a journal. */
  private static final int CONNECTIONS = 3;

  private static final int MAX_TASKS = 1_024;

  /**
   * With the events goes the primary key that fences old writers off: the floor takes its place.
   */
  private static final String RAISE_FLOOR =
      "INSERT INTO leasehold_journal_floor AS floor (persistence_id, sequence_number)"
          + " VALUES (?, ?) ON CONFLICT (persistence_id) DO UPDATE"
          + " SET sequence_number = greatest(floor.sequence_number, excluded.sequence_number)";

  private static final String DELETE_EVENTS =
      "DELETE FROM event_journal WHERE persistence_id = ? AND sequence_number < ?";
  private static final String DELETE_SNAPSHOTS =
      "DELETE FROM snapshot WHERE persistence_id = ? AND sequence_number < ?";

  /** H2 gives space of old versions back only after a checkpoint has made them unreachable. */
  private static final Duration CHECKPOINT_EVERY = Duration.ofMillis(100);

  private final HikariDataSource pool;
  private final boolean embedded;
  private final ThreadPoolExecutor worker;

  /**
   * Opens the pool; connects when first used.
   *
   * @param connectionTimeout how long a caller waits for a connection, 250 ms or more
   */
  public JournalDatabase(String url, String user, String password, Duration connectionTimeout) {
    this.pool =
        ConnectionPool.open(
            "leasehold-journal", url, user, password, CONNECTIONS, connectionTimeout);
    this.embedded = url.startsWith("jdbc:h2:");
    this.worker =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.MILLISECONDS,
            new ArrayBlockingQueue<>(MAX_TASKS),
            task -> {
              var thread = new Thread(task, "leasehold-journal-upkeep");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** For health checks. */
  public DataSource dataSource() {
    return pool;
  }

  /** Where blocking work on this database belongs: one thread, a bounded queue, full = refused. */
  public ExecutorService executor() {
    return worker;
  }

  /**
   * Brings the schema up to date, or says what is missing. Blocking.
   *
   * @param allowed false: a missing or old schema is an error
   * @throws JournalException with a text for the operator
   */
  public void migrate(boolean allowed) {
    Flyway flyway =
        Flyway.configure(JournalDatabase.class.getClassLoader())
            .dataSource(pool)
            .locations(
                embedded
                    ? new String[] {"classpath:db/leasehold"}
                    : new String[] {"classpath:db/leasehold", "classpath:db/leasehold-postgresql"})
            .table("leasehold_schema")
            .load();
    SchemaMigration.run(flyway, "db/", allowed);
  }

  /**
   * Writes what is fixed for the life of the data at the first start, and compares it later.
   * Blocking.
   *
   * @throws JournalException naming the value of this node and that of the data
   */
  public void claim(Map<String, String> identity) {
    try (Connection connection = pool.getConnection()) {
      for (var each : new TreeMap<>(identity).entrySet()) {
        String stored = storedOrWritten(connection, each.getKey(), each.getValue());
        if (!stored.equals(each.getValue())) {
          throw new JournalException(
              each.getKey()
                  + " = "
                  + each.getValue()
                  + ": the data was made with "
                  + stored
                  + ", and that is fixed for its life");
        }
      }
    } catch (SQLException e) {
      throw new JournalException("database cannot be used: " + JournalException.rootMessage(e), e);
    }
  }

  /**
   * Which data this is: a random number that the first node wrote. Blocking.
   *
   * @param proposed written if there is none yet
   */
  public String dataId(UUID proposed) {
    try (Connection connection = pool.getConnection()) {
      return storedOrWritten(connection, "data", proposed.toString());
    } catch (SQLException e) {
      throw new JournalException("database cannot be used: " + JournalException.rootMessage(e), e);
    }
  }

  /** What stands there: several nodes may start at once, and the first to write decides. */
  private static String storedOrWritten(Connection connection, String name, String text)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO leasehold_identity (name, text) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
      insert.setString(1, name);
      insert.setString(2, text);
      insert.executeUpdate();
    }
    try (PreparedStatement select =
        connection.prepareStatement("SELECT text FROM leasehold_identity WHERE name = ?")) {
      select.setString(1, name);
      try (ResultSet found = select.executeQuery()) {
        if (!found.next()) {
          throw new SQLException("leasehold_identity has lost " + name);
        }
        return found.getString(1);
      }
    }
  }

  /**
   * By how much the clock of the database and ours differ, in milliseconds, 0 or more; what the
   * question itself took is left out. Blocking.
   */
  public long clockOffsetMillis(Clock clock) {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      long before = clock.wallMillis();
      try (ResultSet now = statement.executeQuery("SELECT CURRENT_TIMESTAMP")) {
        now.next();
        long theirs = now.getTimestamp(1).getTime();
        long after = clock.wallMillis();
        return theirs < before ? before - theirs : Math.max(0, theirs - after);
      }
    } catch (SQLException e) {
      throw new JournalException("database cannot be used: " + JournalException.rootMessage(e), e);
    }
  }

  @Override
  public CompletionStage<Void> deleteBefore(String persistenceId, long sequenceNumber) {
    return run(
        () -> {
          try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try {
              if (!embedded) {
                update(connection, RAISE_FLOOR, persistenceId, sequenceNumber);
              }
              update(connection, DELETE_EVENTS, persistenceId, sequenceNumber);
              update(connection, DELETE_SNAPSHOTS, persistenceId, sequenceNumber);
              connection.commit();
            } catch (SQLException e) {
              connection.rollback();
              throw e;
            } finally {
              connection.setAutoCommit(true);
            }
          }
        });
  }

  private static void update(Connection connection, String sql, String id, long number)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, id);
      statement.setLong(2, number);
      statement.executeUpdate();
    }
  }

  /** How often {@link #checkpoint} should be called; null where there is no need. */
  public Duration checkpointEvery() {
    return embedded ? CHECKPOINT_EVERY : Duration.ZERO;
  }

  /** Lets an embedded database give space back. Returns at once; skipped if one is under way. */
  public void checkpoint() {
    if (embedded && worker.getQueue().isEmpty() && worker.getActiveCount() == 0) {
      run(() -> execute("CHECKPOINT SYNC"))
          .exceptionally(
              failure -> {
                LOG.debug("checkpoint: {}", failure.toString());
                return null;
              });
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Closes the pool and, if it is embedded, the database itself. Blocking, a second at most. */
  @Override
  public void close() {
    worker.shutdown();
    try {
      if (!worker.awaitTermination(1, TimeUnit.SECONDS)) {
        worker.shutdownNow();
      }
      if (embedded) {
        execute("SHUTDOWN");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      LOG.debug("closing the database: {}", e.toString());
    } finally {
      pool.close();
    }
  }

  private interface SqlTask {
    void run() throws SQLException;
  }

  private CompletionStage<Void> run(SqlTask task) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            task.run();
          } catch (SQLException e) {
            throw new CompletionException(e);
          }
        },
        worker);
  }
}
