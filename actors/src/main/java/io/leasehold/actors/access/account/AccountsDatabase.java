package io.leasehold.actors.access.account;

import com.zaxxer.hikari.HikariDataSource;
import io.leasehold.actors.journal.ConnectionPool;
import io.leasehold.actors.journal.JournalException;
import io.leasehold.actors.journal.SchemaMigration;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables of the accounts, in the journal's database but by a pool of their own, so that no
 * question about an account delays a commit. Four threads work on it, 256 tasks wait, more are
 * refused. Safe for any thread.
 */
public final class AccountsDatabase implements AutoCloseable {
  static final int CONNECTIONS = 4;
  static final int MAX_WAITING = 256;

  private static final Logger LOG = LoggerFactory.getLogger(AccountsDatabase.class);
  private static final String UNIQUE_VIOLATION = "23505";

  private final HikariDataSource pool;
  private final Jdbi jdbi;
  private final ThreadPoolExecutor workers;

  /**
   * Opens the pool; connects when first used.
   *
   * @param connectionTimeout how long a task waits for a connection, 250 ms or more
   * @param meter is told of every statement
   */
  public AccountsDatabase(
      String url, String user, String password, Duration connectionTimeout, SqlLogger meter) {
    this.pool =
        ConnectionPool.open(
            "leasehold-gateway", url, user, password, CONNECTIONS, connectionTimeout);
    this.jdbi = Jdbi.create(pool);
    jdbi.getConfig(SqlStatements.class).setSqlLogger(meter);
    // else the values of a statement that failed, hashes among them, would stand in the log
    jdbi.getConfig(StatementExceptions.class)
        .setMessageRendering(StatementExceptions.MessageRendering.NONE);
    var number = new AtomicInteger();
    this.workers =
        new ThreadPoolExecutor(
            CONNECTIONS,
            CONNECTIONS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(MAX_WAITING),
            task -> {
              var thread = new Thread(task, "leasehold-gateway-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    workers.allowCoreThreadTimeOut(true);
  }

  /** The threads that may wait for the database, for whoever watches threads. */
  public Executor executor() {
    return workers;
  }

  /**
   * Brings the tables up to date, or says what is missing. Those of the journal have a history of
   * their own, so the schema is not empty when this one begins. Blocking.
   *
   * @param allowed false: missing or old tables are an error
   * @throws JournalException with a text for the operator
   */
  public void migrate(boolean allowed) {
    Flyway flyway =
        Flyway.configure(AccountsDatabase.class.getClassLoader())
            .dataSource(pool)
            .locations("classpath:db/leasehold-gateway")
            .table("leasehold_schema_history")
            .baselineOnMigrate(true)
            .baselineVersion("0")
            .load();
    SchemaMigration.run(flyway, "db/leasehold-gateway/", allowed);
  }

  /** What is done in one transaction. */
  interface Work<T> {
    Outcome<T> run(Handle handle);
  }

  /**
   * Does it in one transaction, which is rolled back if it throws. The stage fails only for bugs:
   * that the database is away, or does not take any more, is a refusal.
   */
  <T> CompletionStage<Outcome<T>> run(Work<T> work) {
    return this.<Outcome<T>>submit(() -> jdbi.inTransaction(work::run))
        .exceptionally(
            failure -> {
              Outcome<T> refusal = refusal(failure);
              if (refusal == null) {
                throw new CompletionException(failure);
              }
              return refusal;
            });
  }

  /** Does it in one transaction; the stage fails with whatever went wrong. */
  <T> CompletionStage<T> ask(Function<Handle, T> question) {
    return submit(() -> jdbi.inTransaction(question::apply));
  }

  private interface Task<T> {
    T run() throws SQLException;
  }

  private <T> CompletionStage<T> submit(Task<T> task) {
    var result = new CompletableFuture<T>();
    try {
      workers.execute(
          () -> {
            try {
              result.complete(task.run());
            } catch (SQLException | RuntimeException e) {
              result.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  /** Null for what is a bug. */
  private static <T> @Nullable Outcome<T> refusal(Throwable failure) {
    Throwable cause = failure;
    while (cause != null) {
      if (cause instanceof RejectedExecutionException) {
        return new Outcome.Refused<>(
            Outcome.Reason.UNAVAILABLE, "Too many requests wait for the database", 1);
      }
      if (cause instanceof SQLException sql && UNIQUE_VIOLATION.equals(sql.getSQLState())) {
        return Outcome.no(Outcome.Reason.CONFLICT, "Another request took this name first");
      }
      if (cause instanceof ConnectionException
          || (cause instanceof SQLException unavailable && isAway(unavailable))) {
        LOG.warn("the database of the accounts: {}", JournalException.rootMessage(failure));
        return new Outcome.Refused<>(Outcome.Reason.UNAVAILABLE, "Database unavailable", 1);
      }
      cause = cause.getCause();
    }
    return null;
  }

  /** Connection lost, resources short, told to stop, gave up waiting for a lock, H2 closed. */
  private static boolean isAway(SQLException failure) {
    String state = failure.getSQLState();
    return failure instanceof SQLTransientException
        || state == null
        || state.startsWith("08")
        || state.startsWith("53")
        || state.startsWith("57")
        || state.startsWith("40")
        || state.equals("HYT00")
        || state.startsWith("9009")
        || state.equals("90121")
        || state.equals("90067");
  }

  /** Lets what is under way end, for a second at most, and closes the pool. Blocking. */
  @Override
  public void close() {
    workers.shutdown();
    try {
      if (!workers.awaitTermination(1, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      pool.close();
    }
  }
}
