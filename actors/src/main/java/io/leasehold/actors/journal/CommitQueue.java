package io.leasehold.actors.journal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.pekko.dispatch.Futures;
import org.jspecify.annotations.Nullable;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.Promise;
import scala.runtime.BoxedUnit;

/**
 * Has rows of many journals committed together: what comes while a statement is under way goes with
 * the next one, so that the more there is to commit, the more of it shares a commit. Safe for any
 * thread.
 *
 * <p>The rows of a call are written together or not at all. A statement that meets the fence of one
 * journal has written nothing, and is tried again in halves: the journals of the others do not
 * suffer for it.
 *
 * @param <R> one row
 */
final class CommitQueue<R> {
  /** Class of the states by which a database says that a row may not be there. */
  private static final String CONSTRAINT = "23";

  /** Writes rows to the database. */
  interface Statement<R> {
    /** All of them in a transaction of its own, or none. Blocking. */
    void write(Connection connection, List<R> rows) throws SQLException;

    /** What a row counts towards the bound of a statement. */
    long bytes(R row);
  }

  /** Where statements run. */
  interface Runner {
    /**
     * Runs something that blocks, with a connection on which each statement is a transaction.
     *
     * @param failed called if there is no connection, or {@code work} has thrown
     */
    void run(Consumer<Connection> work, Consumer<Throwable> failed);
  }

  /**
   * What is bounded.
   *
   * @param statements that may be under way at a time
   * @param besideBytes that must wait before a statement begins while another is under way: what is
   *     small is worth waiting for, and shares the next one
   * @param waiting calls that may wait; what comes on top fails
   * @param rows of a statement; more only if one call has more
   * @param bytes of a statement; more only if one call has more
   */
  record Bounds(int statements, long besideBytes, int waiting, int rows, long bytes) {}

  /** One call. */
  private record Entry<R>(List<R> rows, long bytes, Promise<BoxedUnit> promise) {}

  /** A call and what has become of it. */
  private record Outcome<R>(Entry<R> entry, @Nullable Throwable failure) {}

  private final Bounds bounds;
  private final Statement<R> statement;
  private final Runner runner;
  private final ExecutionContext answers;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Entry<R>> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private int working;

  /**
   * @param answers where callers are answered: never in a thread that writes
   */
  CommitQueue(Bounds bounds, Statement<R> statement, Runner runner, ExecutionContext answers) {
    this.bounds = bounds;
    this.statement = statement;
    this.runner = runner;
    this.answers = answers;
  }

  /** Has rows committed. The future fails if they are not, or if that is not known. */
  Future<BoxedUnit> commit(List<R> rows) {
    long bytes = 0;
    for (R row : rows) {
      bytes += statement.bytes(row);
    }
    Promise<BoxedUnit> promise = Futures.promise();
    boolean start;
    lock.lock();
    try {
      if (waiting.size() >= bounds.waiting()) {
        return Futures.failed(
            new JournalException(
                waiting.size() + " commits wait for the database, of at most " + bounds.waiting()));
      }
      waiting.add(new Entry<>(rows, bytes, promise));
      waitingBytes += bytes;
      start =
          working == 0 || (working < bounds.statements() && waitingBytes >= bounds.besideBytes());
      working += start ? 1 : 0;
    } finally {
      lock.unlock();
    }
    if (start) {
      start();
    }
    return promise.future();
  }

  private void start() {
    var turn = new Turn();
    runner.run(turn::work, turn::failed);
  }

  /** One connection, for as long as there is something to write and it works. */
  private final class Turn {
    private boolean over;

    void work(Connection connection) {
      for (List<Entry<R>> batch = next(); !batch.isEmpty(); batch = next()) {
        List<Outcome<R>> outcomes = new ArrayList<>(batch.size());
        boolean usable = write(connection, batch, outcomes);
        answer(outcomes);
        if (!usable) {
          goOnElsewhere();
          break;
        }
      }
      over = true;
    }

    /** There is no connection: all that wait are told so, unless another one writes. */
    void failed(Throwable failure) {
      if (!over) { // else nothing was left to do
        failWaiting(failure);
      }
    }
  }

  private void goOnElsewhere() {
    boolean more;
    lock.lock();
    try {
      more = !waiting.isEmpty();
      if (!more) {
        working--;
      }
    } finally {
      lock.unlock();
    }
    if (more) {
      start();
    }
  }

  /** The next calls to be written together; empty = nothing waits, and who asked has ended. */
  private List<Entry<R>> next() {
    lock.lock();
    try {
      List<Entry<R>> batch = new ArrayList<>();
      int rows = 0;
      long bytes = 0;
      for (Entry<R> entry = waiting.peek(); entry != null; entry = waiting.peek()) {
        rows += entry.rows.size();
        bytes += entry.bytes;
        if (!batch.isEmpty() && (rows > bounds.rows() || bytes > bounds.bytes())) {
          break;
        }
        batch.add(waiting.remove());
        waitingBytes -= entry.bytes;
      }
      if (batch.isEmpty()) {
        working--;
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether the connection can be used on. */
  private boolean write(Connection connection, List<Entry<R>> batch, List<Outcome<R>> outcomes) {
    List<R> rows = new ArrayList<>(batch.size());
    batch.forEach(entry -> rows.addAll(entry.rows));
    try {
      statement.write(connection, rows);
      batch.forEach(entry -> outcomes.add(new Outcome<>(entry, null)));
      return true;
    } catch (Throwable e) { // also an error must not leave anybody waiting
      boolean refused = isRefused(e);
      int half = batch.size() / 2;
      if (refused && half > 0) {
        List<Entry<R>> rest = batch.subList(half, batch.size());
        if (!write(connection, batch.subList(0, half), outcomes)) {
          putBack(rest); // they have not been tried on a connection that works
          return false;
        }
        return write(connection, rest, outcomes);
      }
      var failure = new JournalException(JournalException.rootMessage(e), e);
      batch.forEach(entry -> outcomes.add(new Outcome<>(entry, failure)));
      return refused;
    }
  }

  private void putBack(List<Entry<R>> entries) {
    lock.lock();
    try {
      for (int i = entries.size() - 1; i >= 0; i--) {
        waiting.addFirst(entries.get(i));
        waitingBytes += entries.get(i).bytes;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the database has looked at the rows and taken none. */
  private static boolean isRefused(Throwable failure) {
    return failure instanceof SQLException refused
        && refused.getSQLState() != null
        && refused.getSQLState().startsWith(CONSTRAINT);
  }

  /**
   * In one task: what follows from one answer runs behind the others in the same thread, instead of
   * waking another for each.
   */
  private void answer(List<Outcome<R>> outcomes) {
    Futures.successful(BoxedUnit.UNIT)
        .onComplete(
            unit -> {
              for (Outcome<R> each : outcomes) {
                if (each.failure == null) {
                  each.entry.promise.success(BoxedUnit.UNIT);
                } else {
                  each.entry.promise.failure(each.failure);
                }
              }
              return BoxedUnit.UNIT;
            },
            answers);
  }

  private void failWaiting(Throwable failure) {
    List<Outcome<R>> outcomes = new ArrayList<>();
    lock.lock();
    try {
      working--;
      if (working > 0) {
        return; // who writes at this moment goes on with them
      }
      for (Entry<R> entry = waiting.poll(); entry != null; entry = waiting.poll()) {
        outcomes.add(new Outcome<>(entry, failure));
      }
      waitingBytes = 0;
    } finally {
      lock.unlock();
    }
    answer(outcomes);
  }
}
