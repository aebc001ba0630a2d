package io.leasehold.actors.journal;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * Asks a PostgreSQL how far journals have been written. Has a thread of its own, since reads wait
 * for the answer and must not wait behind a clean-up. Safe for any thread.
 */
public final class DatabaseNumbers implements JournalNumbers, AutoCloseable {
  /** One look from the end of the primary key for each journal. */
  private static final String HIGHEST =
      "SELECT id, (SELECT max(sequence_number) FROM event_journal WHERE persistence_id = id)"
          + " FROM unnest(?) AS id";

  private static final int MAX_TASKS = 16;

  private final DataSource source;
  private final ThreadPoolExecutor worker =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.MILLISECONDS,
          new ArrayBlockingQueue<>(MAX_TASKS),
          task -> {
            var thread = new Thread(task, "leasehold-journal-numbers");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Connects when first asked.
   *
   * @param source of connections, with limits to how long it blocks
   */
  public DatabaseNumbers(DataSource source) {
    this.source = source;
  }

  @Override
  public CompletionStage<Map<String, Long>> highest(Collection<String> journals) {
    String[] ids = journals.toArray(new String[0]);
    try {
      return CompletableFuture.supplyAsync(() -> ask(ids), worker);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e); // closed, or more questions than anybody waits for
    }
  }

  private Map<String, Long> ask(String[] ids) {
    var highest = new HashMap<String, Long>();
    try (Connection connection = source.getConnection();
        PreparedStatement select = connection.prepareStatement(HIGHEST)) {
      Array array = connection.createArrayOf("varchar", ids);
      select.setArray(1, array);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          long number = rows.getLong(2);
          if (!rows.wasNull()) {
            highest.put(rows.getString(1), number);
          }
        }
      }
    } catch (SQLException e) {
      throw new CompletionException(JournalException.rootMessage(e), e);
    }
    return highest;
  }

  /** Questions that are open fail. Does not wait. */
  @Override
  public void close() {
    worker.shutdownNow();
  }
}
