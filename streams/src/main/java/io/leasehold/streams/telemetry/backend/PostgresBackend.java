package io.leasehold.streams.telemetry.backend;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.leasehold.config.telemetry.PostgresSettings;
import io.leasehold.domain.time.Clock;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores messages as rows of a table of PostgreSQL, one transaction with one COPY for each batch.
 *
 * <p>A row is there once. A transaction whose commit got no answer is repeated by way of a
 * temporary table and {@code ON CONFLICT DO NOTHING} on the ingest id; so is a batch that may have
 * been stored before a restart.
 *
 * <p>A row that the server refuses for its content is left out and the rest stored; the server says
 * which one it was. Where it does not, {@link BackendException.Kind#DATA} has the caller halve.
 *
 * <p>Has a pool of its own of {@value #CONCURRENCY} connections. A statement lasts a second longer
 * than a batch may at most, a connect {@value #CONNECT_SECONDS} s.
 */
public final class PostgresBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final int CONCURRENCY = 2;
  private static final int CONNECT_SECONDS = 5;

  /** One wait for a connection: {@link #abort} is noticed after it. */
  private static final long WAIT_MILLIS = 900;

  /** Bounds the work of one batch: with more bad rows it is halved. */
  private static final int MAX_REFUSED = 16;

  private static final long UPKEEP_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final long UPKEEP_RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final String TEMPORARY = "pg_temp.leasehold_batch";

  private final PostgresSettings settings;
  private final Duration timeout;
  private final Clock clock;
  private final PostgresSchema schema;
  private final Set<Connection> inUse = ConcurrentHashMap.newKeySet();
  private final AtomicLong aborts = new AtomicLong();
  private final AtomicLong upkeepAt = new AtomicLong();
  private @Nullable HikariDataSource pool;

  /**
   * Not connected yet.
   *
   * @param timeout of a batch
   */
  public PostgresBackend(PostgresSettings settings, Duration timeout, Clock clock) {
    this.settings = settings;
    this.timeout = timeout;
    this.clock = clock;
    this.schema = new PostgresSchema(settings, clock);
  }

  @Override
  public int concurrency() {
    return CONCURRENCY;
  }

  @Override
  public void open() throws BackendException, InterruptedException {
    if (pool == null) {
      pool = pool(); // kept when the rest fails: it holds nothing then, and is closed by close
    }
    use(
        connection -> {
          schema.prepare(connection);
          return Outcome.CONFIRMED;
        });
    upkeepAt.set(clock.nanos() + UPKEEP_NANOS);
  }

  private HikariDataSource pool() {
    long seconds = Math.max(1, timeout.plusMillis(999).toSeconds());
    var config = new HikariConfig();
    config.setPoolName("leasehold-telemetry " + settings.address());
    config.setDriverClassName("org.postgresql.Driver");
    config.setJdbcUrl("jdbc:postgresql://" + settings.address());
    if (!settings.user().isEmpty()) {
      config.setUsername(settings.user());
    }
    if (!settings.password().isEmpty()) {
      config.setPassword(settings.password().reveal());
    }
    config.addDataSourceProperty("ApplicationName", "leasehold-telemetry");
    config.addDataSourceProperty(
        "connectTimeout", Long.toString(Math.min(CONNECT_SECONDS, seconds)));
    config.addDataSourceProperty("socketTimeout", Long.toString(seconds + 1));
    config.addDataSourceProperty("tcpKeepAlive", "true");
    // no statement of ours is worth preparing, and one that is prepared on the server is not there
    // any more where a pooler such as PgBouncer gives each transaction another connection
    config.addDataSourceProperty("prepareThreshold", "0");
    settings
        .parameters()
        .forEach((name, value) -> config.addDataSourceProperty(name, value.reveal()));
    config.setAutoCommit(false);
    config.setMaximumPoolSize(CONCURRENCY);
    config.setMinimumIdle(0);
    config.setConnectionTimeout(WAIT_MILLIS);
    config.setValidationTimeout(WAIT_MILLIS);
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  /** Work on one connection, whose transaction is over when it returns. */
  private interface Work {
    Outcome run(Connection connection) throws SQLException, BackendException;
  }

  /** Runs it on a connection that {@link #abort} can close. */
  private Outcome use(Work work) throws BackendException, InterruptedException {
    long seen = aborts.get();
    try (Connection connection = borrow(seen)) {
      Connection raw = raw(connection);
      inUse.add(raw);
      boolean done = false;
      try {
        if (aborts.get() != seen) {
          throw BackendException.retryable("timeout", "took too long", null);
        }
        Outcome outcome = work.run(connection);
        done = true;
        return outcome;
      } finally {
        inUse.remove(raw);
        if (!done) {
          rollBack(connection);
        }
      }
    } catch (SQLException e) {
      if (Thread.interrupted()) { // the pool sets the flag again and wraps the exception
        throw new InterruptedException();
      }
      throw PostgresErrors.of(e);
    }
  }

  /** The pool knows nothing of a COPY: without this it would hand out an open transaction. */
  private static void rollBack(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) { // the pool drops the connection
      LOG.debug("rollback: {}", e.toString());
    }
  }

  private Connection borrow(long seen) throws SQLException {
    HikariDataSource open = pool;
    if (open == null) {
      throw new SQLException("not open", "08003");
    }
    long since = clock.nanos();
    while (true) {
      try {
        return open.getConnection();
      } catch (SQLTransientConnectionException e) {
        boolean refused = e.getCause() != null; // else a connect is still under way
        boolean late = clock.nanos() - since >= TimeUnit.SECONDS.toNanos(CONNECT_SECONDS);
        if (refused || late || aborts.get() != seen) {
          throw e;
        }
      }
    }
  }

  private static Connection raw(Connection pooled) throws SQLException {
    return (Connection) pooled.unwrap(PGConnection.class);
  }

  @Override
  public Outcome deliver(Batch batch) throws BackendException, InterruptedException {
    return use(
        connection -> {
          if (takeUpkeep()) {
            schema.maintain(connection);
          }
          schema.cover(connection, days(batch));
          return store(connection, batch);
        });
  }

  private static Set<Long> days(Batch batch) {
    var days = new TreeSet<Long>();
    long last = Long.MIN_VALUE;
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      long day = Math.floorDiv(line.ts(), PostgresRows.DAY_MILLIS);
      if (day != last) {
        days.add(day);
        last = day;
      }
    }
    return days;
  }

  private Outcome store(Connection connection, Batch batch) throws SQLException, BackendException {
    var rows = new PostgresRows();
    var left = new BitSet(batch.size());
    List<Refusal> refused = new ArrayList<>();
    boolean merge = batch.maybeThere();
    while (refused.size() < batch.size()) {
      try {
        write(connection, batch, left, rows, merge);
        commit(connection);
        break;
      } catch (SQLException e) {
        if (!PostgresErrors.isContent(e)) {
          throw e;
        }
        connection.rollback();
        if (!merge && PostgresErrors.isDuplicate(e)) {
          merge = true; // it is there already, such as after a replay
          continue;
        }
        int line = PostgresErrors.copyLine(e);
        if (line == 0 || refused.size() == MAX_REFUSED) {
          throw e;
        }
        int index = indexOf(line, left);
        if (index >= batch.size()) {
          throw e;
        }
        left.set(index);
        refused.add(
            Refusal.deadLetter(index, DeadLetters.Reason.DATA_ERROR, PostgresErrors.text(e)));
      }
    }
    return refused.isEmpty() ? Outcome.CONFIRMED : new Outcome(refused);
  }

  /** Of the row with this number among those that were written, from 1. */
  private static int indexOf(int line, BitSet left) {
    int index = -1;
    for (int i = 0; i < line; i++) {
      index = left.nextClearBit(index + 1);
    }
    return index;
  }

  private void write(
      Connection connection, Batch batch, BitSet left, PostgresRows rows, boolean merge)
      throws SQLException {
    if (!merge) {
      copy(connection, schema.table(), batch, left, rows);
      return;
    }
    try (Statement sql = connection.createStatement()) {
      sql.execute(
          "CREATE TEMPORARY TABLE leasehold_batch ON COMMIT DROP AS SELECT "
              + PostgresRows.COLUMNS
              + " FROM "
              + schema.table()
              + " WITH NO DATA");
      copy(connection, TEMPORARY, batch, left, rows);
      sql.execute(
          "INSERT INTO "
              + schema.table()
              + " ("
              + PostgresRows.COLUMNS
              + ") SELECT "
              + PostgresRows.COLUMNS
              + " FROM "
              + TEMPORARY
              + " ON CONFLICT ("
              + schema.key()
              + ") DO NOTHING");
    }
  }

  private static void copy(
      Connection connection, String table, Batch batch, BitSet left, PostgresRows rows)
      throws SQLException {
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY " + table + " (" + PostgresRows.COLUMNS + ") FROM STDIN");
    boolean ended = false;
    try {
      rows.write(batch, left, copy);
      copy.endCopy();
      ended = true;
    } finally {
      if (!ended) {
        cancel(copy);
      }
    }
  }

  /** Of a copy that failed; what it failed with is what counts. */
  private static void cancel(CopyIn copy) {
    try {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    } catch (SQLException e) {
      LOG.debug("cancel: {}", e.toString());
    }
  }

  private static void commit(Connection connection) throws SQLException, BackendException {
    try {
      connection.commit();
    } catch (SQLException e) {
      if (PostgresErrors.isUnknownCommit(e)) {
        throw PostgresErrors.of(e).unknown();
      }
      throw e;
    }
  }

  /** True for one caller an hour. */
  private boolean takeUpkeep() {
    long due = upkeepAt.get();
    long now = clock.nanos();
    return now - due >= 0 && upkeepAt.compareAndSet(due, now + UPKEEP_NANOS);
  }

  @Override
  public void idle() {
    if (!takeUpkeep()) {
      return;
    }
    try {
      use(
          connection -> {
            schema.maintain(connection);
            return Outcome.CONFIRMED;
          });
    } catch (BackendException e) {
      upkeepAt.set(clock.nanos() + UPKEEP_RETRY_NANOS);
      LOG.warn(
          "{}: partitions are looked after in a minute again: {}", schema.table(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Closes the sockets; commits under way then have an unknown outcome. */
  @Override
  public void abort() {
    aborts.incrementAndGet();
    for (Connection each : inUse) {
      try {
        each.abort(Runnable::run); // closes its socket, says nothing to the server
      } catch (SQLException e) {
        LOG.debug("abort: {}", e.toString());
      }
    }
  }

  @Override
  public void close() {
    HikariDataSource open = pool;
    pool = null;
    if (open != null) {
      open.close();
    }
  }
}
