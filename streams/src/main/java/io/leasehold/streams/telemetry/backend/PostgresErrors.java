package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.value.Shown;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What an error of PostgreSQL means for the batch, by its SQLSTATE. */
final class PostgresErrors {
  /** No partition takes the row, or a check refuses it: only the second names a constraint. */
  private static final String CHECK_VIOLATION = "23514";

  private static final String UNIQUE_VIOLATION = "23505";
  private static final int MAX_TEXT = 300;

  /**
   * Where a COPY failed. Only a whole line counts, and only a line feed ends one: the lines before
   * it may quote the message, which has no line feed in it.
   */
  private static final Pattern COPY_LINE =
      Pattern.compile("^COPY [^\\n]*?, line (\\d{1,9})", Pattern.MULTILINE | Pattern.UNIX_LINES);

  private PostgresErrors() {}

  /** The kind follows the class of the error; everything unknown is worth another try. */
  static BackendException of(SQLException failure) {
    SQLException real = real(failure);
    String text = text(real);
    String state = state(real);
    if (isContent(real)) {
      return BackendException.data(text, real);
    }
    BackendException again = BackendException.retryable(reason(state), text, real);
    // the table is not what it was: looked at once more before the next batch
    return state.startsWith("42") || isWithoutPartition(real) ? again.reopening() : again;
  }

  private static String reason(String state) {
    return state.startsWith("08") || state.startsWith("57P") || state.isEmpty()
        ? "connection"
        : state.startsWith("28") || state.equals("42501") ? "refused" : "database";
  }

  /** Whether the content of a row is at fault: data, constraints, limits of what a value may be. */
  static boolean isContent(SQLException failure) {
    String state = state(failure);
    boolean content = state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
    return content && !isWithoutPartition(failure);
  }

  static boolean isDuplicate(SQLException failure) {
    return state(failure).equals(UNIQUE_VIOLATION);
  }

  /** Somebody dropped the partition, or none could be made. */
  static boolean isWithoutPartition(SQLException failure) {
    ServerErrorMessage server = server(failure);
    return state(failure).equals(CHECK_VIOLATION)
        && server != null
        && server.getConstraint() == null;
  }

  /**
   * Whether the transaction may have been committed although its commit failed. The server's plain
   * no is one; a lost connection or a server that stops is none.
   */
  static boolean isUnknownCommit(SQLException failure) {
    String state = state(failure);
    return state.isEmpty()
        || state.startsWith("08")
        || state.startsWith("57")
        || state.startsWith("58")
        || state.startsWith("XX");
  }

  /** The row of a COPY that was refused, from 1; 0 if the server does not say. */
  static int copyLine(SQLException failure) {
    ServerErrorMessage server = server(failure);
    String where = server == null ? null : server.getWhere();
    Matcher line = where == null ? null : COPY_LINE.matcher(where);
    return line != null && line.find() ? Integer.parseInt(line.group(1)) : 0;
  }

  /** SQLSTATE and the server's words, cut; never the connection's parameters. */
  static String text(SQLException failure) {
    ServerErrorMessage server = server(failure);
    String words = server == null ? failure.getMessage() : server.getMessage();
    String whole = Shown.whole((state(failure) + ' ' + words).trim());
    return whole.length() <= MAX_TEXT ? whole : whole.substring(0, MAX_TEXT) + "…";
  }

  /** SQLSTATE, empty if there is none. */
  static String state(SQLException failure) {
    String state = failure.getSQLState();
    return state == null ? "" : state;
  }

  /** The pool wraps what kept it from connecting. */
  private static SQLException real(SQLException failure) {
    return failure.getCause() instanceof SQLException cause ? cause : failure;
  }

  private static @Nullable ServerErrorMessage server(SQLException failure) {
    return failure instanceof PSQLException known ? known.getServerErrorMessage() : null;
  }
}
