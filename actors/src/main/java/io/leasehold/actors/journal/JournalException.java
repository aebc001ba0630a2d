package io.leasehold.actors.journal;

/** The journal's database cannot be used; the message is for the operator. */
public final class JournalException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final int MAX_CHARS = 160;

  public JournalException(String message) {
    super(message);
  }

  public JournalException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * What a failure comes from, on one line and short: a driver's message goes on with the statement
   * and what it was to write, which belongs neither into a log nor to a client.
   */
  public static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    var message = root.getMessage();
    String line =
        message == null || message.isBlank()
            ? root.getClass().getSimpleName()
            : message.lines().findFirst().orElse("");
    return line.length() > MAX_CHARS ? line.substring(0, MAX_CHARS) + "..." : line;
  }
}
